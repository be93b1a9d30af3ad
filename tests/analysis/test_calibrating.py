"""Scores of a pipeline are measured, and mended, on documents that it has not learnt from."""

from dataclasses import replace

import numpy
import pytest

from spacy_docre.analysis.calibrating import (
    FOLDS,
    MIN_GOLD,
    calibrate,
    calibration_error,
    fit,
    hopeless,
    scored_by,
)
from spacy_docre.analysis.thresholds import ThresholdCurve
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.scoring.comparison import Argument, Comparison, Statement
from tests.pipe.making import examples, losing_scores, stories, untrained

SCHEMA = Schema(tuple(map(RelationType, ("good", "bad", "rare"))))
# What a score of each relation is really worth.
WORTH = {"good": lambda score: score, "bad": lambda score: score / 2}


def comparison(scored):
    """A document with (label, score, correct) triples, each of entities of its own."""
    statements = [
        Statement(label, (Argument(False, 2 * i), Argument(False, 2 * i + 1)))
        for i, (label, _, _) in enumerate(scored)
    ]
    scores = {s: score for s, (_, score, _) in zip(statements, scored)}
    gold = frozenset(s for s, (_, _, correct) in zip(statements, scored) if correct)
    return Comparison(gold, frozenset(statements), {}, None, {}, frozenset(), scores, {}, {}, {})


def documents(count=40, size=40, seed=0):
    rng = numpy.random.default_rng(seed)
    return [
        comparison(
            [
                (label, score, bool(rng.random() < WORTH[label](score)))
                for label, score in zip(
                    rng.choice(["good", "bad"], size), rng.uniform(0.1, 0.99, size)
                )
            ]
        )
        for _ in range(count)
    ]


def test_what_a_score_is_worth_is_learnt_for_each_relation():
    raw, others = documents(), documents(seed=1)
    fitted = fit(raw)
    mended = [scored_by(each, SCHEMA, fitted.score) for each in others]
    assert calibration_error(others) > 0.1
    assert calibration_error(mended) < 0.05
    assert fitted.score("good", 0.9) > 0.75 > 0.5 > fitted.score("bad", 0.9)
    assert fitted.score("good", 0.5) < fitted.score("good", 0.6)
    # What was never seen is worth something between.
    assert fitted.score("bad", 0.8) < fitted.score("rare", 0.8) < fitted.score("good", 0.8)


def test_the_error_is_how_far_scores_are_from_what_is_correct():
    # Two of 0.9, of which one is correct, and one of 0.2 that is not.
    scored = [("good", 0.9, True), ("good", 0.9, False), ("bad", 0.2, False)]
    assert calibration_error([comparison(scored)]) == pytest.approx((0.8 + 0.2) / 3)
    assert calibration_error([comparison([])]) == 0


def test_the_best_thresholds_are_those_of_the_curve():
    scored = [("good", s, s in (0.9, 0.8, 0.6, 0.5)) for s in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)]
    curve = ThresholdCurve.of([comparison(scored)])
    assert curve.best() == (0.5, pytest.approx(4 / 5), 1.0, pytest.approx(8 / 9))
    assert curve.reaching(0.7).threshold == 0.5
    assert curve.reaching(0.9) == (0.8, 1.0, 0.5, pytest.approx(2 / 3))
    assert ThresholdCurve.of([comparison([])]).best().threshold == 1.0
    assert ThresholdCurve.of([comparison([])]).reaching(0.7).threshold == 1.0


def test_a_precision_that_is_out_of_reach_is_come_near_to_where_something_is_found():
    # The best triple is correct by chance: the precision of one says nothing.
    scored = [("good", 0.99, True), *(("good", 0.9 - i / 100, i % 2 == 0) for i in range(40))]
    point = ThresholdCurve.of([comparison(scored)]).reaching(0.9)
    assert point.recall >= 0.1
    assert 0.5 < point.precision < 0.9


def test_relations_that_are_found_badly_at_every_threshold_are_named():
    wrong = [("bad", 0.9, False)] * 300
    right = [("bad", 0.1, True)] * MIN_GOLD
    found = hopeless([comparison([*wrong, *right, ("rare", 0.1, True), ("good", 0.9, True)])])
    assert list(found) == ["bad"]
    assert found["bad"][0] == MIN_GOLD
    assert not hopeless([comparison([*wrong, *right[1:]])])


def test_statements_that_contradict_each_other_are_told_apart_by_their_new_scores():
    schema = Schema((RelationType("good", excludes=("bad",)), RelationType("bad")))
    both = comparison([("good", 0.5, True), ("bad", 0.6, False)])
    arguments = next(iter(both.scores)).arguments
    scores = {Statement(s.label, arguments): score for s, score in both.scores.items()}
    both = replace(both, scores=scores, predicted=frozenset(scores))
    assert [s.label for s in scored_by(both, schema, lambda _, score: score).predicted] == ["bad"]
    better = {"good": 0.8, "bad": 0.3}
    assert [s.label for s in scored_by(both, schema, lambda s, _: better[s]).predicted] == ["good"]


def many(count):
    return [each for _ in range(count) for each in examples()][:count]


def calibrated(nlp, data, **settings):
    settings = {"gold_entities": True, "floor": 0.0, "precision": 0.7, **settings}
    return calibrate(nlp, nlp.get_pipe("docre"), data, **settings)


def test_a_pipeline_returns_with_a_calibration_what_was_measured():
    nlp = untrained()
    docre = nlp.get_pipe("docre")
    schema = docre.schema
    report = calibrated(nlp, many(7))
    assert report.documents == 7
    assert report.gold == sum(len(d.reference._.relations) for d in many(7))
    assert report.after < report.before
    assert set(report.points) == {"balanced", "precise"} == set(report.calibration.thresholds)
    # The component is as it was.
    assert docre.calibration is None
    assert docre.schema is schema


def test_no_score_that_is_measured_was_calibrated_on_its_own_document(monkeypatch):
    nlp = untrained()
    data = many(6)
    seen = []

    def remember(comparisons):
        comparisons = list(comparisons)
        seen.append(len(comparisons))
        return fit(comparisons)

    monkeypatch.setattr("spacy_docre.analysis.calibrating.fit", remember)
    calibrated(nlp, data)
    # Two documents are left out once, four others one by one, and all are fitted at the end.
    assert seen == [4, 5, 5, 5, 5, 6]
    assert len(seen) == FOLDS + 1


def test_a_calibration_takes_two_documents():
    with pytest.raises(ValueError, match=r"DRE692.*not 1"):
        calibrated(untrained(), many(1))


def test_a_pipeline_that_finds_nothing_cannot_be_calibrated():
    with pytest.raises(
        ValueError, match=r"DRE693.*'docre'.*1 or more in these 3 documents, from gold"
    ):
        calibrated(untrained(), many(3), floor=1.0)
    # Nothing finds entities in these texts.
    with pytest.raises(ValueError, match=r"DRE693.*the pipeline finds.*--gold-entities"):
        calibrated(untrained(), many(3), gold_entities=False)


def test_relations_without_scores_are_nothing_to_calibrate(monkeypatch):
    nlp = untrained()
    docre = nlp.get_pipe("docre")
    monkeypatch.setattr(docre, "_extract", losing_scores(docre._extract))
    with pytest.raises(ValueError, match=r"DRE694.*'docre'.*log_probs"):
        calibrated(nlp, many(3))


def test_relations_without_scores_beside_others_are_left_out(monkeypatch):
    nlp = untrained()
    docre = nlp.get_pipe("docre")
    everything = calibrated(nlp, many(3))
    some = losing_scores(docre._extract, lambda triple: triple.head == 0)
    monkeypatch.setattr(docre, "_extract", some)
    with pytest.warns(UserWarning, match=r"DRW691.*'docre'.*log_probs"):
        report = calibrated(nlp, many(3))
    assert 0 < report.triples < everything.triples


@pytest.mark.parametrize(("label", "said"), [("strange", "strange"), (None, "no relation")])
def test_documents_of_other_relations_say_nothing_of_scores(label, said):
    data = many(2)
    for doc in (example.reference for example in data):
        stored = load_relations(doc)
        kept = {Triple(each.entities, label) for each in stored.triples if label}
        store_relations(doc, stored.entities, sorted(kept))
    with pytest.raises(ValueError, match=f"DRE432.*with {said}.*knows born_in, lies_in, lives_in"):
        calibrated(untrained(), data)


def test_entities_of_the_pipeline_are_used_unless_gold_ones_are_asked_for():
    nlp = untrained(threshold=0.0)
    ruler = nlp.add_pipe("entity_ruler", first=True)
    ruler.add_patterns([{"label": "PER", "pattern": "Ann"}, {"label": "LOC", "pattern": "Bonn"}])
    docs = [nlp(doc.text) for doc in stories()]
    found = sum(len(doc._.relations) for doc in docs)
    assert 0 < calibrated(nlp, many(3), gold_entities=False).triples <= found
    assert calibrated(nlp, many(3)).triples > found
    assert nlp.get_pipe("docre").use_gold_entities
