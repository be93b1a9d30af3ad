"""Scores are those that can be worked out by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training import Example

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import clear_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.scoring import score_relations

from .examples import ANN, BOB, CLEO, DORA, GOLD, make_doc, make_example

KNOWS, LIKES, LEFT = ("knows", 0, 1), ("likes", 0, 2), ("left", 3, 1)


def test_two_of_three_predictions_and_of_four_facts_are_right():
    gold = [KNOWS, LIKES, LEFT, ("knows", 1, 0)]
    scores = score_relations([make_example([KNOWS, LIKES, ("likes", 2, 0)], gold)])
    assert scores["docre_micro_p"] == pytest.approx(2 / 3)
    assert scores["docre_micro_r"] == pytest.approx(2 / 4)
    assert scores["docre_micro_f"] == pytest.approx(4 / 7)
    assert scores["docre_gold"] == 4
    assert scores["docre_predicted"] == 3
    assert scores["docre_correct"] == 2


def test_every_relation_has_scores_of_its_own():
    scores = score_relations([make_example([KNOWS, ("owns", 0, 1)], [KNOWS, LIKES])])
    assert scores["docre_per_relation"] == {
        "knows": {"p": 1.0, "r": 1.0, "f": 1.0, "support": 1},
        "likes": {"p": 0.0, "r": 0.0, "f": 0.0, "support": 1},
        "owns": {"p": 0.0, "r": 0.0, "f": 0.0, "support": 0},
    }


def test_documents_are_summed_not_averaged():
    examples = [make_example([KNOWS, LIKES, LEFT], [KNOWS, LIKES, LEFT]), make_example([], [KNOWS])]
    assert score_relations(examples)["docre_micro_r"] == pytest.approx(3 / 4)


def test_a_triple_that_is_predicted_twice_counts_once():
    scores = score_relations([make_example([KNOWS, KNOWS], [KNOWS])])
    assert (scores["docre_predicted"], scores["docre_micro_p"]) == (1, 1.0)


def test_head_and_tail_have_an_order_unless_the_relation_is_symmetric():
    examples = [make_example([("knows", 1, 0), ("likes", 2, 0)], [KNOWS, LIKES])]
    assert score_relations(examples)["docre_correct"] == 0
    assert score_relations(examples, symmetric=["knows"])["docre_correct"] == 1


def test_a_symmetric_pair_in_both_directions_counts_once():
    both = [KNOWS, ("knows", 1, 0)]
    scores = score_relations([make_example([KNOWS], both)], symmetric={"knows"})
    assert (scores["docre_gold"], scores["docre_micro_r"]) == (1, 1.0)


def test_relations_of_more_than_two_entities_are_compared_in_order():
    roles = {"meeting": ["host", "guest", "witness"]}
    gold = [("meeting", 0, 1, 2), ("meeting", 0, 2, 1)]
    scores = score_relations(
        [make_example([("meeting", 0, 1, 2), ("meeting", 1, 0, 2)], gold, roles=roles)],
        train_facts=set(),
    )
    assert scores["docre_correct"] == 1
    assert scores["docre_ign_p"] == scores["docre_micro_p"] == 0.5


def test_relations_are_split_by_whether_a_sentence_mentions_both():
    # Ann and Bob meet in two sentences, Ann and Cleo in one, Dora is alone in hers.
    scores = score_relations([make_example([KNOWS, LEFT, ("left", 3, 2)], [KNOWS, LIKES, LEFT])])
    assert [scores[f"docre_same_sentence_{k}"] for k in "pr"] == [1.0, 0.5]
    assert [scores[f"docre_cross_sentence_{k}"] for k in "pr"] == [0.5, 1.0]


def test_three_entities_need_one_sentence_for_all_of_them():
    # Dora shares no sentence with the others; Ann, Bob and Cleo share the second.
    roles = {"trio": ["a", "b", "c"]}
    scores = score_relations([make_example([("trio", 0, 1, 2)], [("trio", 0, 1, 3)], roles=roles)])
    assert scores["docre_same_sentence_p"] == 0.0
    assert scores["docre_cross_sentence_r"] == 0.0


def test_without_sentences_there_is_no_split():
    scores = score_relations([make_example([KNOWS], [KNOWS], sentences=False)])
    assert scores["docre_micro_f"] == 1.0
    assert scores["docre_same_sentence_f"] is scores["docre_cross_sentence_f"] is None


def test_documents_without_sentences_are_counted_in_a_warning():
    examples = [make_example([KNOWS], [KNOWS]), make_example([], [KNOWS], sentences=False)]
    with pytest.warns(UserWarning, match=r"\[DRW401\] 1 of 2"):
        scores = score_relations(examples)
    assert (scores["docre_micro_r"], scores["docre_same_sentence_r"]) == (0.5, 1.0)


def test_entities_in_another_order_are_the_same_entities():
    example = make_example([("knows", 2, 0)], [KNOWS], entities=[BOB, CLEO, ANN])
    assert score_relations([example])["docre_micro_f"] == 1.0


def test_an_entity_with_a_missing_mention_still_counts_as_the_entity():
    example = make_example([("knows", 0, 1)], [KNOWS], entities=[[(4, 5)], BOB])
    assert score_relations([example])["docre_micro_f"] == 1.0


def test_a_triple_of_an_unmapped_entity_is_wrong_and_does_not_disappear():
    # "met" is no entity, and the second half of Ann loses to the first.
    entities = [[(0, 1)], BOB, [(1, 2)], [(4, 5)]]
    predicted = [KNOWS, ("knows", 2, 1), ("knows", 3, 1)]
    scores = score_relations([make_example(predicted, [KNOWS], entities=entities)])
    assert (scores["docre_predicted"], scores["docre_correct"]) == (3, 1)


def test_unmapped_entities_are_placed_by_their_own_mentions():
    entities = [BOB, [(1, 2)], [(11, 12)]]
    scores = score_relations([make_example([("r", 0, 1), ("r", 0, 2)], [], entities=entities)])
    assert scores["docre_same_sentence_p"] == scores["docre_cross_sentence_p"] == 0.0
    only_same = score_relations([make_example([("r", 0, 1)], [], entities=entities)])
    assert only_same["docre_same_sentence_p"] == 0.0
    assert only_same["docre_cross_sentence_p"] is None


def test_mapped_entities_are_placed_by_gold_mentions():
    # The prediction knows only the Bob of the first sentence; gold also has him in the second.
    example = make_example([("likes", 0, 1)], [("likes", 1, 2)], entities=[[(2, 3)], CLEO])
    scores = score_relations([example])
    assert scores["docre_same_sentence_f"] == 1.0
    assert scores["docre_cross_sentence_f"] is None


def test_correct_predictions_known_from_training_leave_precision_only():
    gold = [KNOWS, LIKES, LEFT]
    predicted = [KNOWS, LIKES, ("likes", 2, 0), ("likes", 3, 0)]
    # KNOWS is known by its second names and correct; ("likes", 3, 0) is known and wrong.
    facts = {("She", "Bob", "knows"), ("Dora", "Ann", "likes"), ("Ann", "Cleo", "hates")}
    scores = score_relations([make_example(predicted, gold)], train_facts=facts)
    assert scores["docre_micro_p"] == pytest.approx(2 / 4)
    # As in DocRED's evaluation the wrong one still counts: (2 - 1) / (4 - 1).
    assert scores["docre_ign_p"] == pytest.approx(1 / 3)
    assert scores["docre_micro_r"] == pytest.approx(2 / 3)
    assert scores["docre_ign_f"] == pytest.approx(2 * (1 / 3) * (2 / 3) / (1 / 3 + 2 / 3))


def test_names_of_mapped_entities_are_those_of_gold():
    entities = [[(0, 1)], BOB, [(1, 2)]]
    predicted = [KNOWS, ("knows", 2, 1)]
    by_gold_name, by_own_name = ("She", "Bob", "knows"), ("met", "Bob", "knows")
    example = make_example(predicted, [KNOWS], entities=entities)
    # The correct triple is known by any name of its gold entity; the wrong one never leaves.
    assert score_relations([example], train_facts={by_gold_name})["docre_ign_p"] == 0.0
    assert score_relations([example], train_facts={by_own_name})["docre_ign_p"] == 1 / 2


def test_a_known_fact_of_a_symmetric_relation_is_known_both_ways():
    example = make_example([KNOWS], [KNOWS])
    facts = {("Bob", "Ann", "knows")}
    assert score_relations([example], train_facts=facts)["docre_ign_p"] == 1.0
    symmetric = score_relations([example], train_facts=facts, symmetric=["knows"])
    assert symmetric["docre_ign_p"] == 0.0


def test_without_facts_there_is_no_ign_score():
    scores = score_relations([make_example([KNOWS], [KNOWS])])
    assert scores["docre_ign_p"] is scores["docre_ign_f"] is None


def test_documents_without_annotation_are_left_out():
    unannotated = make_example([LIKES], [])
    clear_relations(unannotated.reference)
    scores = score_relations([make_example([KNOWS], [KNOWS]), unannotated])
    assert (scores["docre_predicted"], scores["docre_micro_p"]) == (1, 1.0)
    assert set(score_relations([unannotated]).values()) == {None}
    assert set(score_relations([]).values()) == {None}


def test_a_document_annotated_with_nothing_counts_predictions_as_wrong():
    scores = score_relations([make_example([KNOWS], [])])
    assert (scores["docre_micro_p"], scores["docre_gold"]) == (0.0, 0)
    assert score_relations([make_example([], [])])["docre_micro_f"] is None


def test_a_prediction_without_relations_misses_everything():
    example = make_example([], [KNOWS])
    clear_relations(example.predicted)
    scores = score_relations([example])
    assert (scores["docre_micro_r"], scores["docre_predicted"]) == (0.0, 0)


def test_relations_can_lie_under_another_name():
    example = make_example([KNOWS], [KNOWS], attr="facts")
    with pytest.warns(UserWarning, match=r"DRW031.*facts"):
        assert score_relations([example])["docre_micro_f"] is None
    assert score_relations([example], attr="facts")["docre_micro_f"] == 1.0


def test_documents_may_differ_in_tokens_and_whitespace():
    reference = make_doc([[(0, 2)], [(3, 4)]], [("r", 0, 1)], words="New York and Rome .")
    predicted = make_doc([[(0, 1)], [(2, 3)]], [("r", 0, 1)], words="NewYork and Rome .")
    assert score_relations([Example(predicted, reference)])["docre_micro_f"] == 1.0


def test_a_mention_that_ends_inside_a_predicted_token_is_found_by_that_token():
    reference = make_doc([[(0, 1)], [(3, 4)]], [("r", 0, 1)], words="New York and Rome .")
    predicted = make_doc([[(0, 1)], [(2, 3)]], [("r", 0, 1)], words="NewYork and Rome .")
    assert score_relations([Example(predicted, reference)])["docre_micro_f"] == 1.0


def test_entities_with_the_same_mentions_are_told_apart():
    docs = [make_doc([], []) for _ in range(2)]
    entities = [Entity.of(BOB, "X", "1"), Entity.of(BOB, "X", "2"), Entity.of(ANN, "X", "3")]
    for doc in docs:
        store_relations(doc, entities, [Triple((1, 2), "r")])
    assert score_relations([Example(*docs)])["docre_micro_f"] == 1.0


def test_documents_of_different_texts_are_refused_by_name():
    reference = make_doc(GOLD, [KNOWS])
    reference.user_data["title"] = "Ann"
    predicted = Doc(reference.vocab, words=["Other", "words"])
    with pytest.raises(ValueError, match=r"\[DRE401\] Document 'Ann'"):
        score_relations([Example(predicted, reference)])


TRIPLES = st.lists(
    st.tuples(st.sampled_from("rst"), st.integers(0, 3), st.integers(0, 3)), max_size=6
)
MENTIONS = st.sets(st.integers(0, 12).map(lambda i: (i, i + 1)), min_size=1, max_size=3)
FACTS = st.sets(
    st.tuples(st.sampled_from(["Ann", "Bob"]), st.sampled_from(["Bob", "She"]), st.just("r"))
)


def numbers(scores):
    keys = [key for key in scores if key[-2:] in ("_p", "_r", "_f")]
    return {key: scores[key] for key in keys if scores[key] is not None}


@settings(max_examples=60)
@given(TRIPLES, TRIPLES, st.lists(MENTIONS, min_size=4, max_size=4), FACTS, st.sets(st.just("r")))
def test_scores_lie_between_zero_and_one(predicted, gold, entities, facts, symmetric):
    example = make_example(predicted, gold, entities=entities)
    scores = score_relations([example], train_facts=facts, symmetric=symmetric)
    assert all(0 <= value <= 1 for value in numbers(scores).values())
    assert scores["docre_correct"] <= min(scores["docre_gold"], scores["docre_predicted"])
    per_relation = scores["docre_per_relation"].values()
    assert sum(values["support"] for values in per_relation) == scores["docre_gold"]


@settings(max_examples=40)
@given(st.lists(TRIPLES.filter(bool), min_size=1, max_size=3))
def test_the_gold_data_score_one(documents):
    scores = score_relations([make_example(triples, triples) for triples in documents])
    assert set(numbers(scores).values()) == {1.0}
    assert scores["docre_micro_f"] == 1.0


@settings(max_examples=40)
@given(TRIPLES, TRIPLES, st.permutations(range(4)))
def test_exchanging_prediction_and_gold_exchanges_precision_and_recall(first, second, order):
    # The same entities, one of them without its second mention, in any order.
    entities = [[ANN, BOB[:1], CLEO, DORA][i] for i in order]
    one, other = make_doc(GOLD, first), make_doc(entities, second)
    there = score_relations([Example(one, other)])
    back = score_relations([Example(other, one)])
    assert there["docre_micro_p"] == back["docre_micro_r"]
    assert there["docre_micro_r"] == back["docre_micro_p"]
    assert there["docre_micro_f"] == back["docre_micro_f"]
