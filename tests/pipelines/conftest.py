"""The pipeline that ships with the package, if it has been built."""

from pathlib import Path

import pytest
import spacy
import srsly

from .wheels import unpack

PIPELINES = Path(__file__).parents[2] / "pipelines"
BUILT = PIPELINES / "dist"


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """The pipeline, loaded from its wheel."""
    wheels = list(BUILT.glob("en_docre_wiki_sm-*.whl"))
    if not wheels:
        pytest.skip(f"there is no wheel of en_docre_wiki_sm in {BUILT}")
    (wheel,) = wheels
    return spacy.load(unpack(wheel, tmp_path_factory.mktemp("wheel")))


@pytest.fixture(scope="session")
def relations():
    """What the file of relations says of each."""
    return srsly.read_json(PIPELINES / "en_docre_wiki_sm" / "relations.json")["relations"]


@pytest.fixture(scope="session")
def relation_names(relations):
    return {each["name"] for each in relations}
