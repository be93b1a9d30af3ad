"""Precision, recall and F1 at every threshold, from one extraction.

Each triple has a score, and a threshold keeps those that reach it, so one extraction with a
threshold of 0 answers for all. There is one proviso: what a generative extractor says next may
depend on what it has said, and at a threshold of 0 it says more. Points far from 0 are therefore
what its scores promise, not exactly what it would do. To show how much that is, a curve may carry
the point that was measured at the pipeline's own threshold. A calibrated component extracts with
the same threshold whatever is asked for, so that its curves are exact, and those that thresholds
are chosen from: see `spacy_docre.analysis.calibrating`.
"""

from dataclasses import dataclass
from typing import List, NamedTuple, Sequence, Tuple

import numpy

from ..scoring.comparison import Comparison
from ..tables import Table, count, percent

STEPS = [i / 20 for i in range(1, 20)]
# The precision of a few triples is chance.
LEAST_RECALL = 0.1


class Point(NamedTuple):
    """What is to be expected at a threshold.

    threshold (float): The threshold.
    precision, recall, f (float): Precision, recall and F1.
    """

    threshold: float
    precision: float
    recall: float
    f: float


@dataclass(frozen=True)
class ThresholdCurve:
    """Scores by threshold.

    thresholds (ndarray): The scores of triples, each once, from high to low. *Shape:* (points,)
    predicted (ndarray): How many triples reach it. *Shape:* (points,)
    correct (ndarray): How many of them are correct. *Shape:* (points,)
    gold (int): The number of gold triples.
    threshold (float): The pipeline's own threshold, if anything was measured there.
    measured (Tuple[float, float, float]): Precision, recall and F1 that were measured there.
    """

    thresholds: numpy.ndarray
    predicted: numpy.ndarray
    correct: numpy.ndarray
    gold: int
    threshold: float = 0.0
    measured: Tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def of(
        cls,
        scored: Sequence[Comparison],
        measured: Sequence[Comparison] = (),
        threshold: float = 0.0,
    ) -> "ThresholdCurve":
        """Compute a curve.

        scored (Sequence[Comparison]): The documents, with all triples whatever their score.
        measured (Sequence[Comparison]): The documents as the pipeline returns them, if they are
            known.
        threshold (float): The pipeline's threshold, if they are.
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

    def best(self) -> Point:
        """RETURNS (Point): The threshold with the best F1; of several the highest. 1 if nothing is
        predicted at all."""
        return self._point(int(self.prf[2].argmax())) if len(self.thresholds) else NOWHERE

    def reaching(self, precision: float) -> Point:
        """Find the lowest threshold with some precision, among those at which a tenth of what there
        is to find is found, if there are any.

        precision (float): The precision to reach.
        RETURNS (Point): The threshold or, if none reaches it, the one with the highest precision; 1
            if nothing is predicted at all.
        """
        if not len(self.thresholds):
            return NOWHERE
        reached, recall, _ = self.prf
        enough = recall >= LEAST_RECALL
        reached = numpy.where(enough | ~enough.any(), reached, -1.0)
        precise = numpy.flatnonzero(reached >= precision)
        return self._point(int(precise[-1] if len(precise) else reached.argmax()))

    def _point(self, place: int) -> Point:
        return Point(float(self.thresholds[place]), *(float(each[place]) for each in self.prf))


NOWHERE = Point(1.0, 0.0, 0.0, 0.0)


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
        f"threshold of {curve.threshold:g}: {measured}. Choose one with `spacy docre-calibrate`."
    )
    return Table("By threshold", ("", "Predicted", "P", "R", "F1"), rows, note=note)


def _prf(predicted, correct, gold):  # type: ignore[no-untyped-def]
    """Precision, recall and F1 of numbers or of arrays of them; 0 where nothing is predicted."""
    precision = correct / numpy.maximum(predicted, 1)
    recall = correct / numpy.maximum(gold, 1)
    return precision, recall, 2 * correct / numpy.maximum(numpy.add(predicted, gold), 1)
