"""Typed relations can be assigned, and the document holds what was assigned."""

from dataclasses import replace

import pytest
from spacy.tokens import Doc, DocBin

from spacy_docre.data.entities import Entity
from spacy_docre.data.notes import CorpusNotes, load_notes, store_notes
from spacy_docre.data.storage import clear_relations, has_relations, load_relations, store_relations
from spacy_docre.data.triples import Triple

from .making import BORN, ENTITIES, LIVES, NLP, ROLES, TEXT, berg


def test_relations_that_are_filtered_are_what_the_document_holds_and_saves():
    doc = berg()
    doc._.relations = [r for r in doc._.relations if r.score > 0.6]
    assert [r.label for r in doc._.relations] == ["born_in", "moved"]
    data = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (again,) = DocBin().from_bytes(data).get_docs(NLP.vocab)
    assert again._.relations == doc._.relations
    assert Doc(NLP.vocab).from_bytes(doc.to_bytes())._.relations == doc._.relations


def test_entities_keep_their_positions_whether_a_relation_has_them_or_not():
    doc = berg()
    doc._.relations = doc._.relations[1:2]
    stored = load_relations(doc)
    assert list(stored.entities) == ENTITIES
    assert stored.triples == (LIVES,)
    assert (stored.triples[0].score, stored.triples[0].evidence) == (0.5, (1,))
    assert not stored.roles


def test_no_relations_are_an_annotation_too():
    doc = NLP(TEXT)
    doc._.relations = []
    assert has_relations(doc)
    assert doc._.relations == []


def test_assigning_what_is_there_changes_nothing():
    doc = berg()
    before = load_relations(doc)
    doc._.relations = doc._.relations
    assert load_relations(doc) == before


def test_relations_may_be_changed_on_the_way():
    doc = berg(BORN)
    (born,) = doc._.relations
    town = replace(born.tail, type="CITY")
    doc._.relations = [replace(born, score=0.2, entities=(born.head, town), evidence=())]
    (changed,) = doc._.relations
    assert (changed.score, changed.tail.type, changed.tail.text) == (0.2, "CITY", "Bonn")
    assert list(load_relations(doc).entities[:3]) == ENTITIES


def test_relations_follow_into_a_document_with_the_same_text_and_other_tokens():
    doc = berg()
    words = ["Ann Berg", "was", "born", "in", "Bonn", ".", "She", "now", "lives", "in", "Kiel", "."]
    spaces = [word not in ("Bonn", "Kiel", ".") or word == "." for word in words[:-1]] + [False]
    other = Doc(NLP.vocab, words=words, spaces=spaces)
    assert other.text == doc.text
    other._.relations = doc._.relations
    assert [repr(r) for r in other._.relations] == [repr(r) for r in doc._.relations]
    assert other._.relations == doc._.relations
    assert other._.relations[0].head.mentions[0].end == 1


def test_sentence_numbers_follow_by_the_sentences():
    doc, other = berg(LIVES), NLP(TEXT)
    other[3].is_sent_start = True  # an editor's idea
    other._.relations = doc._.relations
    assert other._.relations[0].evidence == (2,)


def test_relations_of_two_versions_of_a_text_share_their_entities():
    one, other = berg(BORN), berg(LIVES)
    doc = NLP(TEXT)
    doc._.relations = one._.relations + other._.relations
    stored = load_relations(doc)
    assert set(stored.entities) == set(ENTITIES)
    assert len(stored.entities) == 3


def test_equal_entities_stay_two_entities():
    doc, twin = NLP(TEXT), Entity.of([(5, 6)], "LOC")
    store_relations(doc, [twin, twin], [Triple((0, 1), "same_as")])
    other = NLP(TEXT)
    other._.relations = doc._.relations
    assert load_relations(other) == load_relations(doc)


def test_entities_are_found_again_where_another_run_has_ordered_them_otherwise():
    doc = berg()
    known = doc._.relations
    store_relations(doc, ENTITIES[::-1], [])
    doc._.relations = known
    assert list(load_relations(doc).entities) == ENTITIES[::-1]
    assert [repr(r) for r in doc._.relations] == [repr(r) for r in known]


def test_relations_stay_with_their_words_where_tokens_were_merged_meanwhile():
    doc = berg()
    known = doc._.relations
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[2:4])
    doc._.relations = known[:1]
    assert repr(doc._.relations) == "[born_in(head='Ann Berg', tail='Bonn', score=0.90)]"
    assert len(load_relations(doc).entities) == 3


def test_notes_of_triples_stay_with_their_triples():
    doc = berg(BORN, LIVES)
    store_notes(doc, CorpusNotes(triple_attrs=[{"novelty": "No"}, {"novelty": "Novel"}]))
    doc._.relations = doc._.relations[1:]
    assert load_notes(doc).triple_attrs == [{"novelty": "Novel"}]


@pytest.mark.parametrize("value", [None, 5, "born_in", [BORN], [("Ann", "born_in", "Bonn")]])
def test_what_is_no_list_of_relations_is_refused(value):
    doc = berg()
    with pytest.raises(ValueError, match=r"DRE081.*Ann Berg.*list of relations"):
        doc._.relations = value
    assert len(doc._.relations) == 3


def test_relations_of_another_text_are_refused():
    doc = NLP("Ann Berg was born in Kiel. She now lives in Bonn.")
    with pytest.raises(ValueError, match=r"DRE082.*born_in.*another one"):
        doc._.relations = berg()._.relations
    assert not has_relations(doc)


@pytest.mark.parametrize("offsets", [(-3, 2), (5, 5), (9, 4), (900, 904)])
def test_a_mention_outside_of_the_text_is_refused(offsets):
    doc = berg()
    born = doc._.relations[0]
    entities = replace(born.entities[0], offsets=(offsets,), document=doc), *born.entities[1:]
    begin, end = offsets
    with pytest.raises(ValueError, match=f"DRE078.*Ann Berg.*{begin} to {end}"):
        doc._.relations = [replace(born, entities=entities)]
    assert len(doc._.relations) == 3


def test_a_relation_that_is_there_twice_is_refused():
    doc = berg(BORN)
    with pytest.raises(ValueError, match=r"DRE086.*born_in.*twice"):
        doc._.relations = doc._.relations * 2


def test_two_roles_for_one_label_are_refused():
    doc = berg()
    born, _, moved = doc._.relations
    with pytest.raises(ValueError, match=r"DRE087.*moved"):
        doc._.relations = [moved, replace(born, label="moved")]
    with pytest.raises(ValueError, match="DRE004"):
        doc._.relations = [replace(moved, roles=("head", "tail"))]


@pytest.mark.parametrize("score", [float("nan"), 1.5, -1, 10**400, "high"])
def test_scores_that_are_none_are_refused(score):
    doc = berg(BORN)
    with pytest.raises(ValueError, match=r"DRE083.*Ann Berg"):
        doc._.relations = [replace(doc._.relations[0], score=score)]
    assert doc._.relations[0].score == 0.9


def test_the_attribute_may_have_any_name():
    from spacy_docre.data.relations import register_extension

    register_extension("facts")
    doc = berg()
    doc._.facts = doc._.relations
    clear_relations(doc)
    assert len(doc._.facts) == 3
    assert load_relations(doc, attr="facts").roles == ROLES
