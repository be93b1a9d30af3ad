from importlib.util import find_spec

import pytest

from tests.pipe.making import learn, stories

# Without the extra there is nothing to test here.
EXTRA = ("transformers", "peft", "accelerate")
collect_ignore_glob = [] if all(map(find_spec, EXTRA)) else ["test_*.py"]


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The folder of a random model."""
    from .making import make_base

    return make_base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def untrained(base):
    """A pipeline with adapters that change nothing. Tests do not change it."""
    from .making import rhf_pipeline

    return rhf_pipeline(base)


@pytest.fixture(scope="session")
def trained(base):
    """A pipeline that was trained on the stories for a moment, so that its answers differ."""
    from .making import rhf_pipeline

    nlp = rhf_pipeline(base)
    learn(nlp, stories(nlp), steps=10)
    return nlp


@pytest.fixture(scope="module")
def any_score():
    """Let a model list what is not probable at all: with a threshold of 0, everything."""
    from spacy_docre.models.llm import prompter

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prompter.LocalPrompter, "least", 0.0)
        yield
