"""Every error has one reason, and the tables add up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.training import Example

from spacy_docre.analysis import outcomes as reasons
from spacy_docre.analysis.error_tables import analysis_tables
from spacy_docre.analysis.outcomes import confusions, gold_outcomes, predicted_outcomes
from spacy_docre.analysis.places import closest_sentences, distance_bucket, mention_bucket
from spacy_docre.analysis.samples import sample_errors
from spacy_docre.scoring import compare_all
from tests.scoring.examples import ANN, BOB, CLEO, DORA, make_doc, make_example

# Ann and Bob are 0 and 1, Cleo and Dora 2 and 3. Ann and Bob meet in two sentences.


def compared(predicted, gold, **kwargs):
    (comparison,) = compare_all([make_example(predicted, gold, **kwargs)])
    return comparison


def why(comparison):
    """The reasons of the only error on each side, or None."""
    sides = []
    for outcome in (gold_outcomes(comparison), predicted_outcomes(comparison)):
        errors = [reason for reason in outcome.values() if reason != reasons.CORRECT]
        assert len(errors) <= 1
        sides.append(errors[0] if errors else None)
    return tuple(sides)


KNOWS = ("knows", 0, 1)


@pytest.mark.parametrize(
    ("predicted", "gold", "missed", "wrong"),
    [
        ([KNOWS], [KNOWS], None, None),
        ([], [KNOWS], reasons.CALLED_NA, None),
        ([KNOWS], [], None, reasons.UNRELATED),
        ([("likes", 0, 1)], [KNOWS], reasons.WRONG_RELATION, reasons.WRONG_RELATION),
        ([("likes", 1, 0)], [KNOWS], reasons.WRONG_RELATION, reasons.WRONG_RELATION),
        ([("knows", 1, 0)], [KNOWS], reasons.WRONG_DIRECTION, reasons.WRONG_DIRECTION),
        ([KNOWS], [KNOWS, ("likes", 0, 1)], reasons.ONE_OF_SEVERAL, None),
        ([KNOWS, ("likes", 0, 1)], [KNOWS], None, reasons.ONE_TOO_MANY),
        ([("knows", 0, 2)], [KNOWS], reasons.CALLED_NA, reasons.UNRELATED),
    ],
)
def test_an_error_has_a_reason(predicted, gold, missed, wrong):
    assert why(compared(predicted, gold)) == (missed, wrong)


def test_a_triple_of_an_entity_that_was_not_found_is_missed_for_that():
    without_bob = [ANN, CLEO, DORA]
    assert why(compared([], [KNOWS], entities=without_bob))[0] == reasons.ENTITY_MISSED


def test_a_prediction_about_something_that_is_no_entity_is_wrong_for_that():
    entities = [ANN, BOB, [(1, 2)]]
    assert why(compared([("knows", 0, 2)], [], entities=entities))[1] == reasons.NO_GOLD_ENTITY


def test_relations_are_confused_if_a_pair_has_one_in_place_of_another():
    comparison = compared([("likes", 0, 1), ("owns", 2, 3)], [KNOWS, ("left", 3, 1)])
    assert list(confusions(comparison)) == [("knows", "likes")]
    assert list(confusions(compared([KNOWS, ("likes", 0, 1)], [KNOWS]))) == []


def statement_of(comparison):
    (statement,) = comparison.gold
    return statement


@pytest.mark.parametrize(
    ("pair", "stretch", "distance", "mentions"),
    [
        ((0, 1), (0, 0), "same sentence", "2"),
        ((1, 3), (1, 2), "1", "1"),
        ((2, 3), (1, 2), "1", "1"),
    ],
)
def test_distance_is_that_of_the_closest_mentions(pair, stretch, distance, mentions):
    comparison = compared([], [("r", *pair)])
    assert closest_sentences(comparison, statement_of(comparison)) == stretch
    assert distance_bucket(comparison, statement_of(comparison)) == distance
    assert mention_bucket(comparison, statement_of(comparison)) == mentions


@pytest.mark.parametrize(
    ("between", "bucket"),
    [(0, "1"), (1, "2"), (2, "3-5"), (4, "3-5"), (5, ">5")],
)
def test_distances_are_grouped(between, bucket):
    words = " ".join(["Ann .", *["x ."] * between, "Bob ."])
    last = 2 + 2 * between
    entities = [[(0, 1)], [(last, last + 1)]]
    docs = [make_doc(entities, [("r", 0, 1)], words=words) for _ in range(2)]
    (comparison,) = compare_all([Example(*docs)])
    assert distance_bucket(comparison, statement_of(comparison)) == bucket


def test_without_sentences_there_is_no_distance():
    comparison = compared([], [KNOWS], sentences=False)
    assert distance_bucket(comparison, statement_of(comparison)) == "no sentence boundaries"


def test_three_entities_are_as_far_apart_as_the_first_and_the_last():
    roles = {"trio": ["a", "b", "c"]}
    comparison = compared([], [("trio", 0, 2, 3)], roles=roles)
    assert closest_sentences(comparison, statement_of(comparison)) == (1, 2)


def table(tables, title):
    (found,) = [t for t in tables if t.title.startswith(title)]
    return {row[0]: dict(zip(found.header, row)) for row in found.rows}


def test_tables_show_what_was_missed_and_why():
    tables = analysis_tables(
        [
            compared([KNOWS, ("likes", 0, 2)], [KNOWS, ("owns", 0, 2), ("left", 3, 1)]),
            compared([], [KNOWS], entities=[BOB, CLEO]),
        ]
    )
    relations = table(tables, "By relation")
    assert relations["knows"]["Gold"] == "2"
    assert (relations["knows"]["P"], relations["knows"]["R"]) == ("100.00", "50.00")
    assert relations["knows"]["Entity missed"] == "1"
    assert relations["left"]["Called NA"] == "1"
    assert relations["owns"]["Relation wrong"] == "1"
    assert (relations["likes"]["P"], relations["likes"]["R"]) == ("0.00", "-")
    missed = table(tables, "Why gold")
    assert {reason: row["Triples"] for reason, row in missed.items()} == {
        "entity missed": "1",
        "pair called NA": "1",
        "relation wrong": "1",
        "direction wrong": "0",
        "another relation of the pair found": "0",
    }
    assert missed["entity missed"]["% of gold"] == "25.00"
    assert table(tables, "By distance")["same sentence"]["Gold"] == "3"
    assert table(tables, "By distance")["1"]["Gold"] == "1"
    assert table(tables, "Confusions")["owns"]["Predicted"] == "likes"


def test_only_the_most_frequent_are_listed_if_asked():
    tables = analysis_tables([compared([], [KNOWS, ("a", 0, 1), ("b", 0, 1)])], top=1)
    assert list(table(tables, "By relation (1 of 3)")) == ["a"]


def test_samples_show_the_sentences_in_which_entities_are_closest():
    example = make_example([("likes", 0, 2)], [("left", 3, 1)])
    example.reference.user_data["title"] = "Story"
    comparisons = compare_all([example])
    samples = sample_errors([example.reference], comparisons, 5)
    (missed,) = samples["Missed"][reasons.CALLED_NA]
    assert (missed.document, missed.label, missed.names) == ("Story", "left", ("Dora", "Bob"))
    assert missed.score == ""
    assert [[(text.strip(), role) for text, role in s] for s in missed.sentences] == [
        [("She likes", -1), ("Bob", 1), ("and Cleo .", -1)],
        [("Dora", 0), ("left .", -1)],
    ]
    (wrong,) = samples["Wrong"][reasons.UNRELATED]
    assert (wrong.names, wrong.score) == (("Ann", "Cleo"), "1.00")


def test_no_more_samples_are_taken_than_asked_for():
    comparisons = compare_all([make_example([], [KNOWS, ("left", 3, 1), ("likes", 0, 2)])])
    docs = [make_example([], []).reference]
    assert len(sample_errors(docs, comparisons, 2)["Missed"][reasons.CALLED_NA]) == 2
    assert sample_errors(docs, comparisons, 0)["Missed"][reasons.CALLED_NA] == []


TRIPLES = st.lists(
    st.tuples(st.sampled_from("rst"), st.integers(0, 3), st.integers(0, 3)).filter(
        lambda triple: triple[1] != triple[2]
    ),
    max_size=6,
)
CLUSTERS = st.lists(
    st.sets(st.integers(0, 12).map(lambda i: (i, i + 1)), min_size=1, max_size=3),
    min_size=4,
    max_size=4,
)


@settings(max_examples=60)
@given(TRIPLES, TRIPLES, CLUSTERS)
def test_reasons_and_groups_add_up(predicted, gold, entities):
    comparison = compared(predicted, gold, entities=entities)
    missed, wrong = gold_outcomes(comparison), predicted_outcomes(comparison)
    assert set(missed) == comparison.gold
    assert set(wrong) == comparison.predicted
    correct = comparison.gold & comparison.predicted
    for outcome, kinds in ((missed, reasons.MISSED), (wrong, reasons.SPURIOUS)):
        assert {s for s, reason in outcome.items() if reason == reasons.CORRECT} == correct
        assert set(outcome.values()) <= {reasons.CORRECT, *kinds}
    tables = analysis_tables([comparison])
    for title in ("By relation", "By distance", "By number"):
        rows = table(tables, title).values()
        assert sum(int(row["Gold"]) for row in rows) == len(comparison.gold)
        assert sum(int(row["Predicted"]) for row in rows) == len(comparison.predicted)
