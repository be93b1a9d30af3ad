"""Lines are fitted to what was correct."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.analysis.platt_scaling import LEAST_SLOPE, fit_line
from spacy_docre.data.calibration import Line

SHARED = Line(0.6, -0.5)
SPREAD = (0.2, 0.5)


def cost(line, logits, correct, near=SHARED, spread=SPREAD):
    """What a line costs, written down once more."""
    total = sum(((a - b) / s) ** 2 / 2 for a, b, s in zip(line, near, spread))
    for logit, right in zip(logits, correct):
        value = line[0] * logit + line[1]
        total += numpy.logaddexp(0, -value if right else value)
    return total


DATA = st.lists(st.tuples(st.floats(-13, 13), st.booleans()), max_size=30)


@settings(max_examples=100, deadline=None)
@given(DATA)
def test_no_line_near_the_fitted_one_is_better(data):
    logits, correct = (numpy.array([each[i] for each in data]) for i in range(2))
    line = fit_line(logits.astype(float), correct.astype(bool), near=SHARED, spread=SPREAD)
    assert line.slope >= LEAST_SLOPE
    best = cost(line, logits, correct)
    for slope in (-0.02, -0.001, 0, 0.001, 0.02):
        for offset in (-0.02, -0.001, 0, 0.001, 0.02):
            other = (line.slope + slope, line.offset + offset)
            if other[0] >= LEAST_SLOPE:
                assert best <= cost(other, logits, correct) + 1e-9


def test_without_triples_nothing_is_learnt():
    assert fit_line(numpy.zeros(0), numpy.zeros(0, bool), near=SHARED, spread=SPREAD) == SHARED


def test_few_triples_move_a_line_less_than_many():
    one, many = (
        fit_line(numpy.zeros(count), numpy.ones(count, bool), near=SHARED, spread=SPREAD)
        for count in (1, 1000)
    )
    assert SHARED.offset < one.offset < SHARED.offset + 0.25 < many.offset


def test_scores_that_are_the_wrong_way_round_keep_their_order():
    logits = numpy.array([-3.0, -2.0, 2.0, 3.0] * 50)
    line = fit_line(logits, logits < 0, near=SHARED, spread=(10, 10))
    assert line == (LEAST_SLOPE, pytest.approx(0, abs=0.02))
