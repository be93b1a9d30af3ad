import pytest

from .making import examples, learn, small_pipeline, stories


@pytest.fixture(scope="session")
def trained():
    """A pipeline that knows the stories. Tests that change a pipeline make their own."""
    nlp = small_pipeline()
    nlp.initialize(lambda: examples(nlp))
    learn(nlp, stories(nlp), steps=60)
    return nlp


@pytest.fixture(scope="session")
def saved(trained, tmp_path_factory):
    """The directory of that pipeline."""
    path = tmp_path_factory.mktemp("saved") / "pipeline"
    trained.to_disk(path)
    return path
