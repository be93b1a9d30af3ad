"""Triples that a schema rules out are not returned, and the best of them stays."""

import warnings
from itertools import combinations

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from thinc.api import Model

from spacy_docre.data.consistency import keep_consistent, warn_of_contradictions
from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.triples import Triple
from spacy_docre.models.extractor import extract

SCHEMA = Schema(
    (
        RelationType("born_in", functional=True),
        RelationType("capital", functional=True, inverse_functional=True),
        RelationType("child", inverse="parent"),
        RelationType("parent", inverse="child", excludes=("sibling", "child")),
        RelationType("father", functional=True, inverse="child", excludes=("mother",)),
        RelationType("mother", functional=True, inverse="child"),
        RelationType("follows", functional=True, inverse="followed_by"),
        RelationType("followed_by", functional=True, inverse="follows"),
        RelationType("sibling", symmetric=True),
        RelationType("spouse", symmetric=True, functional=True),
        RelationType("meet", roles=("a", "b", "c")),
        RelationType("likes"),
    )
)
WORDS = spacy.blank("xx")("Ann Bob Cleo Dan")
ENTITIES = tuple(Entity.of([(i, i + 1)], "PER") for i in range(4))


def kept(*triples):
    """What stays of triples, the first of which has the highest score."""
    scored = [
        Triple((head, tail), label, 1 - number / 10)
        for number, (label, head, tail) in enumerate(triples)
    ]
    return [(t.label, *t.entities) for t in keep_consistent(scored, SCHEMA)]


def test_a_functional_relation_gives_a_head_the_best_tail():
    assert kept(("born_in", 0, 1), ("born_in", 0, 2), ("born_in", 3, 1)) == [
        ("born_in", 0, 1),
        ("born_in", 3, 1),
    ]


def test_an_inverse_functional_relation_gives_a_tail_the_best_head():
    assert kept(("capital", 0, 1), ("capital", 2, 1), ("capital", 2, 3)) == [
        ("capital", 0, 1),
        ("capital", 2, 3),
    ]


def test_a_symmetric_functional_relation_gives_an_entity_one_partner():
    assert kept(("spouse", 1, 2), ("spouse", 0, 1), ("spouse", 2, 3), ("spouse", 0, 3)) == [
        ("spouse", 1, 2),
        ("spouse", 0, 3),
    ]


def test_relations_that_exclude_each_other_do_not_hold_of_the_same_head_and_tail():
    assert kept(("mother", 0, 1), ("father", 0, 1), ("father", 0, 2)) == [
        ("mother", 0, 1),
        ("father", 0, 2),
    ]
    assert kept(("father", 0, 1), ("mother", 1, 0)) == [("father", 0, 1), ("mother", 1, 0)]


@pytest.mark.parametrize("label", ["parent", "child"])
def test_a_symmetric_relation_is_excluded_in_both_directions(label):
    assert kept(("sibling", 0, 1), (label, 1, 0), (label, 0, 1)) == [("sibling", 0, 1)]


def test_relations_that_name_each_other_as_inverses_state_the_same_fact():
    # Neither contradicts the other, and nothing is added where there is only one of them.
    same = [("follows", 0, 1), ("followed_by", 1, 0)]
    assert kept(*same) == same
    assert kept(same[1]) == [same[1]]
    # Each of the two is functional, so that both are inverse functional.
    assert kept(("followed_by", 1, 0), ("follows", 0, 2)) == [("followed_by", 1, 0)]
    assert kept(("follows", 0, 1), ("follows", 2, 1)) == [("follows", 0, 1)]
    # That one excludes its inverse says that no fact holds both ways.
    assert kept(("parent", 0, 1), ("child", 0, 1), ("parent", 1, 0)) == [("parent", 0, 1)]


def test_what_only_one_of_two_relations_says_of_the_other_limits_neither():
    # A child has two parents, whose relations name it, though each of them is functional.
    facts = [("father", 0, 1), ("mother", 0, 2), ("child", 1, 0), ("child", 2, 0)]
    assert kept(*facts) == facts


def test_a_relation_that_is_dropped_drops_nothing():
    assert kept(("father", 0, 1), ("mother", 0, 1), ("mother", 0, 2)) == [
        ("father", 0, 1),
        ("mother", 0, 2),
    ]


def test_relations_of_more_entities_are_not_limited():
    triples = [Triple((0, 1, 2), "meet"), Triple((0, 1, 3), "meet")]
    assert keep_consistent(triples, SCHEMA) == triples


def test_of_equal_scores_the_first_entities_count_in_any_order_of_the_triples():
    triples = [Triple((0, tail), "born_in", 0.5) for tail in (3, 1, 2)]
    assert keep_consistent(triples, SCHEMA) == [Triple((0, 1), "born_in")]


# An oracle that knows nothing of how facts are kept: what each triple states, in words of
# relations that have no inverse, and pairs of triples that cannot both be true.
SAME = {"child": ("parent", True), "followed_by": ("follows", True)}
ONE_TAIL = {"born_in", "capital", "father", "mother", "follows", "spouse"}
ONE_HEAD = {"capital", "follows", "spouse"}
# With the second one turned or not.
EXCLUDE = {("parent", "sibling", False), ("parent", "parent", True), ("father", "mother", False)}


def stated(triple):
    label, turned = SAME.get(triple.label, (triple.label, False))
    head, tail = triple.entities[::-1] if turned else triple.entities
    both = SCHEMA[triple.label].symmetric
    return {(label, head, tail), (label, tail, head)} if both else {(label, head, tail)}


def contradict(one, other):
    if stated(one) == stated(other):
        return False
    for a, h, t in stated(one):
        for b, i, j in stated(other):
            if a == b and ((a in ONE_TAIL and h == i) or (a in ONE_HEAD and t == j)):
                return True
            for x, y, turned in EXCLUDE:
                second = (j, i) if turned else (i, j)
                first = (t, h) if turned else (h, t)
                if (a, b) == (x, y) and (h, t) == second:
                    return True
                if (a, b) == (y, x) and (i, j) == first:
                    return True
    return False


PAIRS = [(head, tail) for head in range(4) for tail in range(4) if head != tail]
TRIPLES = st.lists(
    st.builds(
        Triple,
        st.sampled_from(PAIRS),
        st.sampled_from([label for label in SCHEMA.labels if label != "meet"]),
        st.sampled_from([0.2, 0.4, 0.6, 0.8]),
    ),
    max_size=7,
    unique=True,
)


@settings(max_examples=300, deadline=None)
@given(TRIPLES)
def test_what_stays_is_the_consistent_choice_with_the_best_triples(triples):
    ranked = sorted(triples, key=lambda t: (-t.score, t.entities, t.label))
    choices = [
        choice
        for size in range(len(ranked) + 1)
        for choice in combinations(range(len(ranked)), size)
        if not any(contradict(ranked[i], ranked[j]) for i, j in combinations(choice, 2))
    ]
    best = max(choices, key=lambda choice: [i in choice for i in range(len(ranked))])
    assert set(keep_consistent(triples, SCHEMA)) == {ranked[i] for i in best}


@settings(max_examples=100, deadline=None)
@given(TRIPLES, st.sampled_from([0.3, 0.5, 0.7]))
def test_it_does_not_matter_whether_a_threshold_comes_before_or_after(triples, threshold):
    before = keep_consistent([t for t in triples if t.score >= threshold], SCHEMA)
    assert before == [t for t in keep_consistent(triples, SCHEMA) if t.score >= threshold]


@settings(max_examples=100, deadline=None)
@given(TRIPLES)
def test_what_stays_is_in_the_order_given_and_stays_again(triples):
    once = keep_consistent(triples, SCHEMA)
    assert once == [t for t in triples if t in once]
    assert keep_consistent(once, SCHEMA) == once


@pytest.mark.parametrize("at_least_one", [False, True])
def test_any_extractor_is_made_consistent(at_least_one):
    found = [Triple((0, 1), "born_in", 0.5), Triple((0, 2), "born_in", 0.6)]
    model = Model("finder", lambda _, request, is_train: ([(d, found) for d in request.docs], []))
    docs = [EntityDoc(WORDS, ENTITIES)]
    ((_, triples),) = extract(model, docs, SCHEMA, threshold=0.1, at_least_one=at_least_one)
    assert triples == [Triple((0, 2), "born_in")]


def test_gold_that_contradicts_the_schema_is_counted_and_named_once():
    contradicting = EntityDoc(
        WORDS, ENTITIES, (Triple((0, 1), "born_in"), Triple((0, 2), "born_in"))
    )
    fine = EntityDoc(WORDS, ENTITIES, (Triple((0, 1), "born_in"), Triple((0, 1), "likes")))
    expected = r"DRW680.*2 of 6 gold triples.*in 2 of.*'Ann Bob Cleo Dan'.*\(0, 2\).*of born_in"
    with pytest.warns(UserWarning, match=expected) as caught:
        warn_of_contradictions([fine, contradicting, contradicting], SCHEMA)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_contradictions([fine], SCHEMA)
