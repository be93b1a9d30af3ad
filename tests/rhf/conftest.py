import pytest
from pipe.making import learn, stories

from .making import make_base, rhf_pipeline


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The folder of a random model."""
    return make_base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def untrained(base):
    """A pipeline with adapters that change nothing. Tests do not change it."""
    return rhf_pipeline(base)


@pytest.fixture(scope="session")
def trained(base):
    """A pipeline that was trained on the stories for a moment, so that its answers differ."""
    nlp = rhf_pipeline(base)
    learn(nlp, stories(nlp), steps=10)
    return nlp
