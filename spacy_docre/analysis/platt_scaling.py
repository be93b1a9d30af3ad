"""Logistic regression of one variable, with a prior: what a score is worth (Platt 1999)."""

from typing import Tuple

import numpy

from ..data.calibration import Line

# A line rises: without that, the order of triples would be lost.
LEAST_SLOPE = 0.05
STEPS = 100
ENOUGH = 1e-8


def fit_line(
    logits: numpy.ndarray, correct: numpy.ndarray, *, near: Line, spread: Tuple[float, float]
) -> Line:
    """Fit the line under which what was correct is most probable.

    logits (ndarray): The logits of scores. *Shape:* (triples,)
    correct (ndarray): Whether each triple is correct. *Shape:* (triples,)
    near (Line): What to expect of the line before anything is seen.
    spread (Tuple[float, float]): How far from that slope and offset may be, as the standard
        deviations of normal distributions.
    RETURNS (Line): The line, with a slope of at least LEAST_SLOPE. Without triples it is `near`.
    """
    fitted = _newton(logits, correct, near, near, spread, numpy.array([True, True]))
    if fitted.slope < LEAST_SLOPE:
        # The cost is convex: the best line with that bound has the least slope.
        start = Line(LEAST_SLOPE, near.offset)
        fitted = _newton(logits, correct, start, near, spread, numpy.array([False, True]))
    return fitted


def _newton(
    logits: numpy.ndarray,
    correct: numpy.ndarray,
    start: Line,
    near: Line,
    spread: Tuple[float, float],
    free: numpy.ndarray,
) -> Line:
    """Newton's method, with steps that are halved until they improve the line. What is not free
    stays as it is at the start."""
    inputs = numpy.stack([logits, numpy.ones(len(logits))], axis=1).astype("float64")
    right = correct.astype("float64")
    expected, precision = numpy.asarray(near), numpy.asarray(spread) ** -2.0

    def cost(line: numpy.ndarray) -> float:
        values = inputs @ line
        loss = numpy.logaddexp(0, values) - right * values
        return float(loss.sum() + 0.5 * (precision * (line - expected) ** 2).sum())

    line = numpy.asarray(start, dtype="float64")
    for _ in range(STEPS):
        # The logistic function, without overflow.
        probable = numpy.exp(-numpy.logaddexp(0, -(inputs @ line)))
        gradient = inputs.T @ (probable - right) + precision * (line - expected)
        weights = probable * (1 - probable)
        curvature = (inputs * weights[:, None]).T @ inputs + numpy.diag(precision)
        step = numpy.zeros(2)
        step[free] = numpy.linalg.solve(curvature[free][:, free], gradient[free])
        share = 1.0
        while cost(line - share * step) > cost(line) and share > ENOUGH:
            share /= 2
        line = line - share * step
        if numpy.abs(share * step).max() < ENOUGH:
            break
    return Line(float(line[0]), float(line[1]))
