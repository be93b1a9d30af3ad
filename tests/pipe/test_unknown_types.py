"""A recogniser whose labels are not the types that the schema knows."""

import warnings

import pytest
import spacy
from spacy.tokens import Span

from spacy_docre.component.unknown_types import count_unknown_types
from spacy_docre.data.schema import RelationType, Schema

from .making import BLANK, blank, small_model, untrained

TEXT = "Ann was born in Bonn . Bob was born in Ulm in 1990 ."
LABELS = {"Ann": "PERSON", "Bob": "PERSON", "Bonn": "GPE", "Ulm": "GPE", "1990": "DATE"}
ONTONOTES = {"@misc": "spacy_docre.OntoNotesToDocRED.v1"}


def document():
    doc = BLANK.make_doc(TEXT)
    doc.ents = [Span(doc, t.i, t.i + 1, LABELS[t.text]) for t in doc if t.text in LABELS]
    return doc


def pipeline(schema=None, **sources):
    nlp = untrained(sources={"@misc": "spacy_docre.DefaultSources.v1", **sources}, threshold=0.0)
    if schema is not None:
        nlp.get_pipe("docre").schema = schema
    return nlp


def test_types_that_the_schema_does_not_know_are_warned_about_once():
    nlp = pipeline()
    expected = (
        r"DRW110.*'docre'.*5 of 5.*'PERSON' \(2\), 'GPE' \(2\), 'DATE' \(1\).*'LAND', 'LOC', 'PER'"
    )
    with pytest.warns(UserWarning, match=expected) as caught:
        list(nlp.pipe([document() for _ in range(3)], batch_size=1))
    assert len([w for w in caught if "DRW110" in str(w.message)]) == 1
    assert nlp.get_pipe("docre").unknown_types == {"PERSON": 6, "GPE": 6, "DATE": 3}


@pytest.mark.parametrize("map", [{"PERSON": "PER", "GPE": "LOC", "DATE": "LOC"}, None])
def test_mapped_types_are_known(map):
    nlp = pipeline(map=map or {**ONTONOTES})
    nlp.get_pipe("docre").schema = Schema(
        nlp.get_pipe("docre").schema.relations, ("PER", "LOC", "TIME")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        doc = nlp(document())
    assert {relation.head.type for relation in doc._.relations} <= {"PER", "LOC", "TIME"}
    assert not nlp.get_pipe("docre").unknown_types


@pytest.mark.parametrize(
    ("types", "entity_types", "matters"),
    [((), (), False), ((), ("PER",), True), ((("PER",), ()), (), True)],
)
def test_unknown_types_matter_where_the_schema_names_types(types, entity_types, matters):
    schema = Schema((RelationType("born_in", types=types),), entity_types)
    nlp = pipeline()
    component = nlp.get_pipe("docre")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        docs = [component.entity_doc(document())]
        count_unknown_types(component.unknown_types, docs, schema, name="docre")
    assert bool(caught) == bool(component.unknown_types) == matters


def test_a_map_stays_in_the_config(tmp_path):
    nlp = pipeline(map={"PERSON": "PER"})
    nlp.to_disk(tmp_path)
    component = spacy.load(tmp_path).get_pipe("docre")
    assert {entity.type for entity in component.entity_doc(document()).entities} == {
        "PER",
        "GPE",
        "DATE",
    }


def test_a_ready_map_can_be_named_in_the_config():
    nlp = blank()
    sources = {"map": ONTONOTES}
    component = nlp.add_pipe("docre", config={"model": small_model(), "sources": sources})
    found = component.entity_doc(document()).entities
    assert [entity.type for entity in found] == ["PER", "LOC", "PER", "LOC", "TIME"]
