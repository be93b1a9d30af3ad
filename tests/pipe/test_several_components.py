"""Which of several components a command is about."""

import pytest

from spacy_docre.component.lookup import find_component
from tests.pipe.making import blank


def pipeline(**attrs):
    nlp = blank()
    for name, attr in attrs.items():
        nlp.add_pipe("docre", name=name, config={"attr": attr})
    return nlp


def test_what_another_component_replaces_is_not_looked_at():
    nlp = pipeline(proposer="relations", judge="relations")
    assert find_component(nlp) is nlp.get_pipe("judge")
    assert find_component(nlp, "proposer") is nlp.get_pipe("proposer")


def test_components_that_write_different_attributes_have_to_be_named():
    nlp = pipeline(genes="relations", places="relations_of_places")
    with pytest.raises(ValueError, match=r"DRE420.*genes, places"):
        find_component(nlp)
    assert find_component(nlp, "places") is nlp.get_pipe("places")


@pytest.mark.parametrize("name", [None, "ner"])
def test_there_has_to_be_one(name):
    with pytest.raises(ValueError, match=r"DRE420.*: none"):
        find_component(pipeline(), name)
