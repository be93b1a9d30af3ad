"""Predicted entities stand for the gold entities they share most mentions with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.scoring import map_by_share, map_entities

A, B, C, D, E = [(i, i + 1) for i in range(5)]
CLUSTERS = st.lists(st.sets(st.sampled_from([A, B, C, D, E]), min_size=1), max_size=4)


def test_the_gold_entity_with_most_shared_mentions_is_chosen():
    assert map_entities([{A, C, D}], [{A, B}, {C, D}]) == [1]


def test_an_entity_that_shares_no_mention_is_unmapped():
    assert map_entities([{A}, {E}], [{A, B}]) == [0, None]


def test_of_equal_gold_entities_the_earliest_in_the_text_is_chosen():
    assert map_entities([{B, C}], [{C}, {B}]) == [1]


def test_of_two_claims_the_one_that_shares_more_wins():
    assert map_entities([{A}, {B, C}], [{A, B, C}]) == [None, 0]


def test_of_two_equal_claims_the_earliest_in_the_text_wins():
    assert map_entities([{B}, {A}], [{A, B}]) == [None, 0]


def test_who_loses_a_claim_gets_no_second_choice():
    assert map_entities([{A, B}, {C, D}], [{A, B, C}, {D}]) == [0, None]
    assert map_entities([{A, B}, {C, D}], [{A, B, C, D}, {D, E}]) == [0, None]


# "Breast and lung cancer": two diseases with the same mention.
BREAST, LUNG = ("Disease", "D1943"), ("Disease", "D8175")


@pytest.mark.parametrize("mapping", [map_entities, map_by_share])
def test_entities_with_the_same_mentions_are_told_apart_by_their_ids(mapping):
    assert mapping([{A}, {A}], [{A}, {A}], [LUNG, BREAST], [BREAST, LUNG]) == [1, 0]


@pytest.mark.parametrize("mapping", [map_entities, map_by_share])
def test_entities_of_which_nothing_differs_stand_for_each_other_one_by_one(mapping):
    assert mapping([{A}, {B}, {A}], [{A}, {A}, {B}]) == [0, 2, 1]


def test_of_equal_shares_the_id_decides_and_then_the_type():
    gene, same_gene = ("Gene", "D8175"), ("Gene", "")
    gold = [{A, B}, {A, C}]
    assert map_entities([{A}], gold, [LUNG], [BREAST, gene]) == [1]
    assert map_entities([{A}], gold, [same_gene], [BREAST, gene]) == [1]
    assert map_entities([{A}], gold, [same_gene], [BREAST, LUNG]) == [0]
    assert map_entities([{A}, {B}], [{A, B}], [BREAST, LUNG], [LUNG]) == [None, 0]


def test_an_entity_keeps_its_equal_against_one_that_shares_as_much():
    assert map_entities([{A, B}, {A}], [{A}], [LUNG, BREAST], [BREAST]) == [None, 0]


@given(CLUSTERS, CLUSTERS)
def test_no_gold_entity_is_used_twice_and_every_mapped_pair_shares_a_mention(predicted, gold):
    mapped = map_entities(predicted, gold)
    used = [index for index in mapped if index is not None]
    assert len(mapped) == len(predicted)
    assert len(set(used)) == len(used)
    assert all(index is None or p & gold[index] for p, index in zip(predicted, mapped))


@given(st.lists(st.frozensets(st.integers(0, 9), min_size=1), unique=True), st.randoms())
def test_the_order_of_the_arguments_does_not_matter(clusters, random):
    spans = [{(i, i + 1) for i in cluster} for cluster in clusters]
    gold = [{A, B}, {C}, {D, E}]
    expected = {tuple(sorted(span)): index for span, index in zip(spans, map_entities(spans, gold))}
    random.shuffle(spans)
    assert {
        tuple(sorted(span)): index for span, index in zip(spans, map_entities(spans, gold))
    } == expected
