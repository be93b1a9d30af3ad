"""Fit a calibration on documents that a pipeline has not learnt from, and measure it on others.

The logit of a calibrated score is a line over that of the score (Platt 1999), with a line for each
relation. A relation of which little was seen stays near the line that all share, which is its
prior. How well it is calibrated, and the thresholds, come from folds: the scores of each document
are those of a calibration that was fitted on the documents of the other folds.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import AbstractSet, Dict, List, Tuple

import numpy
from spacy.language import Language
from spacy.training import Example

from ..data.calibration import Calibration, Line, logit
from ..data.consistency import keep_consistent
from ..data.schema import Schema
from ..data.triples import Triple
from ..errors import Errors
from ..pipe import RelationExtractor
from ..scoring.comparison import Comparison, Statement
from ..showing import listed
from .platt_scaling import fit_line
from .predictions import compare_predictions, warn_of_unscored
from .thresholds import Point, ThresholdCurve

FOLDS = 5
# A relation is off if it has so many gold triples, and its best F1 at any threshold is below that.
MIN_GOLD = 10
WORST = 0.1
# Bins of scores of the expected calibration error.
BINS = 10
# How far slope and offset of a relation are expected from those that all share, as standard
# deviations, and those from doing nothing.
NEAR = (0.2, 0.5)
ANYWHERE = (10.0, 10.0)

BALANCED, PRECISE = "balanced", "precise"

Score = Callable[[str, float], float]


@dataclass(frozen=True)
class Report:
    """A calibration, and what was measured on documents that it was not fitted on.

    calibration (Calibration): The calibration, fitted on all documents.
    documents, triples, gold (int): The numbers of documents, of triples that were scored, and of
        gold triples.
    before, after (float): The expected calibration error of their scores.
    points (Dict[str, Point]): What is to be expected at the operating points.
    off (Dict[str, Tuple[int, Point]]): For each relation that is off the number of its gold
        triples, and the best of it.
    """

    calibration: Calibration
    documents: int
    triples: int
    gold: int
    before: float
    after: float
    points: Dict[str, Point]
    off: Dict[str, Tuple[int, Point]]


def calibrate(
    nlp: Language,
    pipe: RelationExtractor,
    examples: Sequence[Example],
    *,
    gold_entities: bool,
    floor: float,
    precision: float,
) -> Report:
    """Fit a calibration. The component returns uncalibrated scores after it, as before.

    nlp (Language): The pipeline.
    pipe (RelationExtractor): Its component. A calibration that it has is dropped.
    examples (Sequence[Example]): Documents it has not learnt from.
    gold_entities (bool): Whether to extract relations of gold entities, rather than of those that
        the pipeline finds.
    floor (float): The score from which triples are looked at.
    precision (float): The precision to aim at with the precise operating point.
    RETURNS (Report): The calibration, and how good it is.
    RAISES (ValueError): If there are too few documents, or nothing is found in them that is
        correct, or that has a score.
    """
    schema, pipe.calibration = pipe.schema, None
    assert schema is not None
    try:
        # What contradicts what depends on scores, which will be others.
        pipe.schema = _without_limits(schema)
        comparisons = compare_predictions(
            nlp, pipe, examples, threshold=floor, gold_entities=gold_entities
        )
    finally:
        pipe.schema = schema
    if not any(comparison.scores for comparison in comparisons):
        what = "gold entities" if gold_entities else "the entities that the pipeline finds"
        raise ValueError(
            Errors.DRE693.format(name=pipe.name, floor=floor, count=len(comparisons), what=what)
        )
    scored = [_predicting(each, each.predicted - each.unscored) for each in comparisons]
    if not any(comparison.scores for comparison in scored):
        total = sum(len(comparison.predicted) for comparison in comparisons)
        raise ValueError(Errors.DRE694.format(name=pipe.name, total=total))
    warn_of_unscored(pipe, comparisons)
    comparisons = scored
    if not any(comparison.scores.keys() & comparison.gold for comparison in comparisons):
        gold = sorted({statement.label for each in comparisons for statement in each.gold})
        raise ValueError(
            Errors.DRE432.format(
                name=pipe.name,
                count=len(comparisons),
                gold=listed(gold) or "no relation",
                known=listed(schema.labels),
            )
        )
    return measure(comparisons, schema, floor=floor, precision=precision)


def measure(
    comparisons: Sequence[Comparison], schema: Schema, *, floor: float, precision: float
) -> Report:
    """Fit a calibration, and measure it by cross-validation.

    comparisons (Sequence[Comparison]): Documents with all triples whose uncalibrated score reaches
        the floor, those that contradict each other, too.
    schema (Schema): The relations.
    floor (float): That score.
    precision (float): The precision to aim at with the precise operating point.
    RETURNS (Report): The calibration, and how good it is.
    RAISES (ValueError): If there are too few documents.
    """
    if len(comparisons) < 2:
        raise ValueError(Errors.DRE692.format(count=len(comparisons)))
    raw = [scored_by(comparison, schema, lambda _, score: score) for comparison in comparisons]
    held_out = list(comparisons)
    for fold in range(min(FOLDS, len(comparisons))):
        fitted = fit(comparison for i, comparison in enumerate(raw) if i % FOLDS != fold)
        for i in range(fold, len(comparisons), FOLDS):
            held_out[i] = scored_by(comparisons[i], schema, fitted.score)
    off = hopeless(held_out)
    kept = [_without(comparison, off) for comparison in held_out]
    curve = ThresholdCurve.of(kept)
    points = {BALANCED: curve.best(), PRECISE: curve.reaching(precision)}
    calibration = replace(
        fit(raw),
        floor=floor,
        thresholds={name: point.threshold for name, point in points.items()},
        off=tuple(sorted(off)),
    )
    return Report(
        calibration,
        len(raw),
        sum(len(comparison.scores) for comparison in raw),
        curve.gold,
        calibration_error(raw),
        calibration_error(held_out),
        points,
        off,
    )


def fit(comparisons: Iterable[Comparison]) -> Calibration:
    """RETURNS (Calibration): What scores of each relation are worth in some documents."""
    logits: Dict[str, List[float]] = defaultdict(list)
    correct: Dict[str, List[bool]] = defaultdict(list)
    for comparison in comparisons:
        for statement, score in comparison.scores.items():
            logits[statement.label].append(logit(score))
            correct[statement.label].append(statement in comparison.gold)
    everything = [numpy.concatenate([*each.values(), []]) for each in (logits, correct)]
    shared = fit_line(*everything, near=Line(1.0, 0.0), spread=ANYWHERE)
    relations = {
        label: fit_line(
            numpy.asarray(logits[label]), numpy.asarray(correct[label]), near=shared, spread=NEAR
        )
        for label in sorted(logits)
    }
    return Calibration(shared, relations)


def scored_by(comparison: Comparison, schema: Schema, score: Score) -> Comparison:
    """Score the statements of a document anew, and drop those that the schema rules out then.

    comparison (Comparison): The document.
    schema (Schema): The relations.
    score (Callable[[str, float], float]): The new score of a label with an old score.
    RETURNS (Comparison): The document.
    """
    arguments = sorted({each for s in comparison.scores for each in s.arguments})
    numbers = {argument: number for number, argument in enumerate(arguments)}
    statements = {
        Triple(tuple(numbers[a] for a in s.arguments), s.label, score(s.label, old)): s
        for s, old in comparison.scores.items()
    }
    kept = keep_consistent(list(statements), schema)
    scores = {statements[triple]: triple.rank for triple in kept}
    return replace(comparison, scores=scores, predicted=frozenset(scores))


def calibration_error(comparisons: Iterable[Comparison]) -> float:
    """RETURNS (float): The expected calibration error: how far the scores of triples are from the
    share that is correct, in ten bins of scores."""
    scored = [
        (score, statement in comparison.gold)
        for comparison in comparisons
        for statement, score in comparison.scores.items()
    ]
    bins: Dict[int, List[Tuple[float, bool]]] = defaultdict(list)
    for score, is_correct in scored:
        bins[min(int(score * BINS), BINS - 1)].append((score, is_correct))
    apart = (abs(sum(s for s, _ in each) - sum(c for _, c in each)) for each in bins.values())
    return sum(apart) / max(1, len(scored))


def hopeless(comparisons: Sequence[Comparison]) -> Dict[str, Tuple[int, Point]]:
    """Find relations that are found badly at every threshold.

    comparisons (Sequence[Comparison]): Documents with calibrated scores.
    RETURNS (Dict[str, Tuple[int, Point]]): By label the number of gold triples and the best of it.
    """
    gold = Counter(statement.label for c in comparisons for statement in c.gold)
    found: Dict[str, Tuple[int, Point]] = {}
    for label, count in sorted(gold.items()):
        if count >= MIN_GOLD:
            alone = [_of(comparison, label) for comparison in comparisons]
            best = ThresholdCurve.of(alone).best()
            if best.f < WORST:
                found[label] = (count, best)
    return found


def _without(comparison: Comparison, labels: Iterable[str]) -> Comparison:
    """A document without predictions of some relations, which are still to be found."""
    left_out = frozenset(labels)
    return _predicting(comparison, {s for s in comparison.predicted if s.label not in left_out})


def _of(comparison: Comparison, label: str) -> Comparison:
    """A document with one relation only."""
    only = _predicting(comparison, {s for s in comparison.predicted if s.label == label})
    return replace(only, gold=frozenset(s for s in comparison.gold if s.label == label))


def _predicting(comparison: Comparison, kept: AbstractSet[Statement]) -> Comparison:
    """A document with some of its predictions. What is to be found stays."""
    return replace(
        comparison,
        scores={s: score for s, score in comparison.scores.items() if s in kept},
        predicted=frozenset(kept),
        unscored=comparison.unscored & kept,
    )


def _without_limits(schema: Schema) -> Schema:
    free = {"functional": False, "inverse_functional": False, "excludes": ()}
    relations = tuple(replace(relation, **free) for relation in schema.relations)  # type: ignore[arg-type]
    return replace(schema, relations=relations)
