"""Precision, recall and F1 at every threshold, from one extraction.

Each triple has a score, and a threshold keeps those that reach it, so one extraction with a
threshold of 0 answers for all. There is one proviso: what a generative extractor says next may
depend on what it has said, and at a threshold of 0 it says more. Points far from 0 are therefore
what its scores promise, not exactly what it would do. To show how much that is, the curve carries
the point that was measured at the pipeline's own threshold. To choose a threshold, use
`spacy find-threshold`, which extracts anew for each.
"""

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy

from ..scoring.comparison import Comparison
from ..tables import Table, count, percent

STEPS = [i / 20 for i in range(1, 20)]


@dataclass(frozen=True)
class ThresholdCurve:
    """Scores by threshold.

    thresholds (ndarray): The scores of triples, each once, from high to low. *Shape:* (points,)
    predicted (ndarray): How many triples reach it. *Shape:* (points,)
    correct (ndarray): How many of them are correct. *Shape:* (points,)
    gold (int): The number of gold triples.
    threshold (float): The pipeline's own threshold.
    measured (Tuple[float, float, float]): Precision, recall and F1 that were measured there.
    """

    thresholds: numpy.ndarray
    predicted: numpy.ndarray
    correct: numpy.ndarray
    gold: int
    threshold: float
    measured: Tuple[float, float, float]

    @classmethod
    def of(
        cls, scored: Sequence[Comparison], measured: Sequence[Comparison], threshold: float
    ) -> "ThresholdCurve":
        """Compute a curve.

        scored (Sequence[Comparison]): The documents, with all triples whatever their score.
        measured (Sequence[Comparison]): The documents as the pipeline returns them.
        threshold (float): The pipeline's threshold.
        RETURNS (ThresholdCurve): The curve.
        """
        pairs = [
            (score, statement in comparison.gold)
            for comparison in scored
            for statement, score in comparison.scores.items()
        ]
        scores = numpy.asarray([score for score, _ in pairs], dtype="float64")
        right = numpy.asarray([correct for _, correct in pairs], dtype="int64")
        order = numpy.argsort(-scores, kind="stable")
        scores, right = scores[order], right[order]
        # Of equal scores, the last one counts them all.
        last = numpy.flatnonzero(numpy.append(scores[1:] != scores[:-1], True)[: len(scores)])
        predicted = sum(len(c.predicted) for c in measured)
        correct = sum(len(c.predicted & c.gold) for c in measured)
        gold = sum(len(c.gold) for c in scored)
        measured_p, measured_r, measured_f = _prf(predicted, correct, gold)
        return cls(
            scores[last],
            last + 1,
            right.cumsum()[last],
            gold,
            threshold,
            (float(measured_p), float(measured_r), float(measured_f)),
        )

    @property
    def prf(self) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """RETURNS (Tuple[ndarray, ndarray, ndarray]): Precision, recall and F1 at each threshold.
        *Shape:* (points,) each"""
        return _prf(self.predicted, self.correct, self.gold)

    def at(self, threshold: float) -> Tuple[int, int]:
        """RETURNS (Tuple[int, int]): How many triples reach a threshold, and how many of those are
        correct."""
        reached = int((self.thresholds >= threshold).sum())
        if not reached:
            return 0, 0
        return int(self.predicted[reached - 1]), int(self.correct[reached - 1])


def threshold_table(curve: ThresholdCurve) -> Table:
    """RETURNS (Table): Scores at some thresholds."""
    rows: List[Tuple[str, ...]] = []
    for threshold in STEPS:
        predicted, correct = curve.at(threshold)
        scores = _prf(predicted, correct, curve.gold)
        rows.append((f"{threshold:.2f}", count(predicted), *(percent(float(x)) for x in scores)))
    measured = ", ".join(
        f"{name} {percent(value)}" for name, value in zip(("P", "R", "F1"), curve.measured)
    )
    note = (
        "From the scores of one extraction without a threshold. Measured at the pipeline's own "
        f"threshold of {curve.threshold:g}: {measured}. Choose one with `spacy find-threshold`."
    )
    return Table("By threshold", ("", "Predicted", "P", "R", "F1"), rows, note=note)


def _prf(predicted, correct, gold):  # type: ignore[no-untyped-def]
    """Precision, recall and F1 of numbers or of arrays of them; 0 where nothing is predicted."""
    precision = correct / numpy.maximum(predicted, 1)
    recall = correct / numpy.maximum(gold, 1)
    return precision, recall, 2 * correct / numpy.maximum(numpy.add(predicted, gold), 1)
