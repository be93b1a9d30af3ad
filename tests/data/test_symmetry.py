"""Relations without a direction are learnt in both, and found in one."""

from dataclasses import replace

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from thinc.api import Model

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.symmetry import add_directions, merge_directions
from spacy_docre.data.triples import Triple
from spacy_docre.models.extractor import begin_learning, extract, initialize_extractor

SCHEMA = Schema(
    (
        RelationType("bind", symmetric=True),
        RelationType("born_in"),
        RelationType("married", types=(("PER",), ("PER",)), symmetric=True),
        RelationType("meet", roles=("a", "b", "c"), symmetric=True),
        RelationType("owns", types=(("PER",), ("ORG",)), symmetric=True),
        RelationType("parent", inverse="child"),
        RelationType("child", inverse="parent"),
    )
)
TYPES = ["PER", "ORG", "PER", "LOC"]
BLANK = spacy.blank("xx")


def doc_of(*gold):
    doc = BLANK(" ".join(f"word{i}" for i in range(len(TYPES))))
    entities = tuple(Entity.of([(i, i + 1)], type) for i, type in enumerate(TYPES))
    return EntityDoc(doc, entities, tuple(gold))


def fits(triple):
    relation = SCHEMA[triple.label]
    return all(relation.allows(role, TYPES[i]) for role, i in enumerate(triple.entities))


def test_a_symmetric_relation_is_learnt_in_both_directions_and_another_in_one():
    completed = add_directions(doc_of(Triple((2, 0), "bind"), Triple((0, 3), "born_in")), SCHEMA)
    assert completed.gold == (
        Triple((2, 0), "bind"),
        Triple((0, 3), "born_in"),
        Triple((0, 2), "bind"),
    )


def test_gold_in_both_directions_is_no_repetition_and_keeps_its_evidence():
    both = Triple((2, 0), "bind", evidence=(1,)), Triple((0, 2), "bind", evidence=(3,))
    completed = add_directions(doc_of(*both), SCHEMA)
    assert [(t.entities, t.evidence) for t in completed.gold] == [((2, 0), (1,)), ((0, 2), (3,))]


def test_an_added_direction_has_the_evidence_of_the_given_one():
    completed = add_directions(doc_of(Triple((2, 0), "bind", evidence=(1,))), SCHEMA)
    assert completed.gold[1].evidence == (1,)


def test_a_direction_whose_types_do_not_fit_is_not_learnt():
    assert add_directions(doc_of(Triple((0, 1), "owns")), SCHEMA).gold == (Triple((0, 1), "owns"),)


def test_unannotated_documents_stay_unannotated():
    doc = replace(doc_of(), gold=None)
    assert add_directions(doc, SCHEMA).gold is None


def test_inverse_relations_are_not_symmetric_unless_they_are_their_own_inverse():
    gold = (Triple((0, 2), "parent"), Triple((2, 0), "child"))
    assert add_directions(doc_of(*gold), SCHEMA).gold == gold
    assert merge_directions(gold, doc_of(), SCHEMA) == list(gold)
    assert RelationType("spouse", inverse="spouse").symmetric
    assert Schema((RelationType("spouse", inverse="spouse"),)).symmetric == {"spouse"}


def test_of_two_directions_the_first_entity_comes_first_with_the_higher_score():
    found = [
        Triple((2, 0), "bind", 0.9, (4,)),
        Triple((0, 3), "born_in", 0.7),
        Triple((0, 2), "bind", 0.6, (1, 4)),
    ]
    merged = merge_directions(found, doc_of(), SCHEMA)
    assert [(t.label, t.entities, t.score, t.evidence) for t in merged] == [
        ("bind", (0, 2), 0.9, (1, 4)),
        ("born_in", (0, 3), 0.7, ()),
    ]


def test_a_direction_that_the_types_demand_is_kept():
    doc = doc_of()
    doc = EntityDoc(doc.doc, (doc.entities[1], *doc.entities[2:]))  # an ORG comes first
    assert merge_directions([Triple((1, 0), "owns", 0.8)], doc, SCHEMA) == [Triple((1, 0), "owns")]


def test_of_three_entities_all_orders_are_one():
    found = [Triple(e, "meet", s) for e, s in [((2, 0, 1), 0.5), ((1, 2, 0), 0.8)]]
    assert [(t.entities, t.score) for t in merge_directions(found, doc_of(), SCHEMA)] == [
        ((0, 1, 2), 0.8)
    ]
    assert len(add_directions(doc_of(Triple((2, 0, 1), "meet")), SCHEMA).gold) == 6


PAIRS = st.permutations(range(4)).map(lambda order: tuple(order[:2]))
TRIPLES = st.builds(
    Triple,
    PAIRS,
    st.sampled_from([r.label for r in SCHEMA.relations if r.arity == 2]),
    st.integers(0, 10).map(lambda n: n / 10),
    st.sets(st.integers(0, 3)).map(lambda sentences: tuple(sorted(sentences))),
).filter(fits)
FOUND = st.lists(TRIPLES, unique=True)


def told(triples):
    """What is stated, whichever way round."""
    return {
        (t.label, tuple(sorted(t.entities)) if t.label in SCHEMA.symmetric else t.entities)
        for t in triples
    }


@given(FOUND)
def test_completing_adds_only_what_is_stated_already(gold):
    completed = add_directions(doc_of(*gold), SCHEMA).gold
    assert completed[: len(gold)] == tuple(gold)
    assert len(set(completed)) == len(completed)
    assert told(completed) == told(gold)
    assert all(map(fits, completed))
    assert add_directions(doc_of(*completed), SCHEMA).gold == completed


@given(FOUND)
def test_merging_undoes_completing(gold):
    merged = merge_directions(gold, doc_of(), SCHEMA)
    assert told(merged) == told(gold)
    assert len(merged) == len(told(gold))
    completed = add_directions(doc_of(*gold), SCHEMA).gold
    assert merge_directions(completed, doc_of(), SCHEMA) == merged
    assert [t.score for t in merge_directions(completed, doc_of(), SCHEMA)] == [
        t.score for t in merged
    ]


@given(FOUND, st.randoms())
def test_merging_depends_neither_on_order_nor_on_being_repeated(found, random):
    expected = merge_directions(found, doc_of(), SCHEMA)
    again = merge_directions(expected, doc_of(), SCHEMA)
    assert [(t, t.score, t.evidence) for t in again] == [(t, t.score, t.evidence) for t in expected]
    random.shuffle(found)
    shuffled = merge_directions(found, doc_of(), SCHEMA)
    assert sorted((t, t.score, t.evidence) for t in shuffled) == sorted(
        (t, t.score, t.evidence) for t in expected
    )


@given(FOUND, st.integers(0, 10).map(lambda n: n / 10))
def test_it_does_not_matter_whether_the_threshold_comes_before_merging_or_after(found, threshold):
    before = merge_directions([t for t in found if t.score >= threshold], doc_of(), SCHEMA)
    after = [t for t in merge_directions(found, doc_of(), SCHEMA) if t.score >= threshold]
    assert sorted((t, t.score) for t in before) == sorted((t, t.score) for t in after)


# The contract between the pipe and any extractor


class Recorder:
    """An extractor that remembers what it was given, and finds what it is told to."""

    def __init__(self, *found):
        self.seen = []
        self.model = Model("recorder", self.forward, init=self.init)
        self.found = list(found)

    def init(self, model, X=None, Y=None):
        self.seen.extend(X)

    def forward(self, model, docs, is_train):
        if is_train:
            self.seen.extend(docs)
            return model.ops.alloc1f(len(docs)), lambda gradient: []
        docs, threshold, _ = docs
        found = [t for t in self.found if t.score >= threshold]
        return [(doc, found) for doc in docs], lambda _: []


@pytest.mark.parametrize("call", [initialize_extractor, begin_learning])
def test_every_extractor_learns_both_directions(call):
    recorder = Recorder()
    call(recorder.model, [doc_of(Triple((0, 2), "married"))], SCHEMA)
    assert recorder.seen[0].gold == (Triple((0, 2), "married"), Triple((2, 0), "married"))


@pytest.mark.parametrize(("threshold", "expected"), [(0.5, [0.9]), (0.9, [0.9]), (0.95, [])])
def test_what_any_extractor_finds_in_one_direction_or_both_is_one_triple(threshold, expected):
    recorder = Recorder(Triple((0, 2), "bind", 0.6), Triple((2, 0), "bind", 0.9))
    ((_, found),) = extract(recorder.model, [doc_of()], SCHEMA, threshold=threshold)
    assert [(t.entities, t.score) for t in found] == [((0, 2), score) for score in expected]
