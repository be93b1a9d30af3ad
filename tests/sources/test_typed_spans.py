import pytest
from spacy.tokens import SpanGroup

from spacy_docre.data.entities import Entity
from spacy_docre.sources.coref_spans import make_coref_spans
from spacy_docre.sources.defaults import make_default_sources
from spacy_docre.sources.doc_ents import make_doc_ents
from spacy_docre.sources.label_maps import make_ontonotes_to_docred
from spacy_docre.sources.span_group import make_span_group

from .making import make_doc, one, span

TEXT = "Ada Lovelace wrote to Charles Babbage in London"


def test_each_entity_span_is_an_entity_with_its_type_and_id():
    doc = make_doc(TEXT)
    doc.ents = [span(doc, 0, 2, "PER", "Q7259"), span(doc, 4, 6, "PER"), span(doc, 7, 8, "LOC")]
    assert make_doc_ents()(doc, []) == [
        one(0, 2, "PER", "Q7259"),
        one(4, 6, "PER"),
        one(7, 8, "LOC"),
    ]


def test_nil_is_no_id():
    doc = make_doc(TEXT)
    doc.ents = [span(doc, 0, 2, "PER", "NIL")]
    assert make_doc_ents()(doc, []) == [one(0, 2, "PER")]


@pytest.mark.parametrize("doc", [make_doc(""), make_doc(TEXT)])
def test_documents_without_entities_have_none(doc):
    assert make_doc_ents()(doc, []) == []
    assert make_span_group("absent")(doc, []) == []


def test_labels_can_be_chosen_and_excluded():
    doc = make_doc(TEXT)
    doc.ents = [span(doc, 0, 2, "PER"), span(doc, 7, 8, "LOC")]
    doc.spans["sc"] = list(doc.ents)
    for source in (make_doc_ents(labels=["LOC"]), make_span_group("sc", exclude=["PER"])):
        assert source(doc, []) == [one(7, 8, "LOC")]


def test_a_label_cannot_be_both_chosen_and_excluded():
    with pytest.raises(ValueError, match=r"DRE106.*LOC"):
        make_doc_ents(labels=["PER", "LOC"], exclude=["LOC"])


def test_spans_may_overlap_and_nest():
    doc = make_doc("Bank of America Tower")
    doc.spans["sc"] = [span(doc, 0, 4, "FAC"), span(doc, 0, 3, "ORG"), span(doc, 2, 3, "LOC")]
    found = make_span_group("sc")(doc, [])
    assert set(found) == {one(0, 4, "FAC"), one(0, 3, "ORG"), one(2, 3, "LOC")}


def test_a_mention_that_is_known_is_not_found_again():
    doc = make_doc(TEXT)
    doc.spans["sc"] = [span(doc, 0, 2, "ORG"), span(doc, 7, 8, "LOC"), span(doc, 7, 8, "LOC")]
    known = [Entity.of([(0, 2), (3, 4)], "PER")]
    assert make_span_group("sc")(doc, known) == [*known, one(7, 8, "LOC")]
    assert known == [Entity.of([(0, 2), (3, 4)], "PER")]


def test_a_known_mention_learns_the_id_and_type_it_lacks():
    doc = make_doc(TEXT)
    doc.spans["sc"] = [span(doc, 0, 2, "PER", "Q7259")]
    assert make_span_group("sc")(doc, [one(0, 2)]) == [one(0, 2, "PER", "Q7259")]


def test_one_mention_with_two_ids_belongs_to_two_entities():
    doc = make_doc("ovarian and breast cancer")
    doc.spans["sc"] = [span(doc, 0, 4, "D", "D010051"), span(doc, 0, 4, "D", "D001943")]
    found = make_span_group("sc")(doc, [])
    assert set(found) == {one(0, 4, "D", "D010051"), one(0, 4, "D", "D001943")}


def test_a_second_label_for_the_same_tokens_is_warned_about():
    doc = make_doc(TEXT)
    doc.spans["sc"] = [span(doc, 7, 8, "LOC"), span(doc, 7, 8, "GPE"), span(doc, 0, 2, "PER")]
    with pytest.warns(UserWarning, match=r"DRW103.*Ada Lovelace.*1 spans"):
        found = make_span_group("sc")(doc, [])
    assert found == [one(7, 8, "LOC"), one(0, 2, "PER")]


def test_a_group_of_another_document_is_refused():
    doc, other = make_doc(TEXT), make_doc(TEXT)
    other.spans["sc"] = [span(other, 0, 2, "PER")]
    doc.spans.data["sc"] = other.spans["sc"]
    with pytest.raises(ValueError, match=r"DRE102.*Ada Lovelace.*'sc'"):
        make_span_group("sc")(doc, [])


def test_a_span_beyond_the_text_is_refused():
    doc = make_doc(TEXT)
    longer = make_doc(TEXT + " in winter")
    spans = SpanGroup(longer, name="sc", spans=[span(longer, 9, 10, "TIME")])
    doc.spans["sc"] = SpanGroup(doc).from_bytes(spans.to_bytes())
    with pytest.raises(ValueError, match=r"DRE103.*Ada Lovelace.*'sc'.*characters 51 to 57"):
        make_span_group("sc")(doc, [])


def test_an_empty_span_is_refused():
    doc = make_doc(TEXT)
    doc.spans["sc"] = [doc[3:3]]
    with pytest.raises(ValueError, match=r"DRE103.*'sc'.*3 to 3"):
        make_span_group("sc")(doc, [])


@pytest.mark.parametrize(
    "source",
    [
        make_doc_ents(map={"PERSON": "PER"}, exclude=["GPE"]),
        make_span_group("sc", map={"PERSON": "PER"}, labels=["PERSON"]),
        make_coref_spans("sc", map={"PERSON": "PER"}),
    ],
)
def test_labels_can_be_mapped_to_types(source):
    doc = make_doc(TEXT)
    doc.ents = [span(doc, 0, 2, "PERSON"), span(doc, 7, 8, "GPE")]
    doc.spans["sc"] = list(doc.ents)
    doc.spans["sc_0"] = [span(doc, 0, 2, "PERSON")]
    assert source(doc, []) == [one(0, 2, "PER")]


def test_names_are_compared_by_the_types_that_labels_are_mapped_to():
    doc = make_doc("Marie Curie won . Curie wept . London and London")
    doc.ents = [
        span(doc, 0, 2, "PERSON"),
        span(doc, 4, 5, "PERSON"),
        span(doc, 7, 8, "GPE"),
        span(doc, 9, 10, "FAC"),
    ]
    find = make_default_sources(map=make_ontonotes_to_docred())
    assert find(doc) == (
        Entity.of([(0, 2), (4, 5)], "PER"),
        Entity.of([(7, 8), (9, 10)], "LOC"),
    )
