"""What is stored of a calibration, and what it makes of scores."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.calibration import Calibration, Line
from spacy_docre.data.triples import Triple

CALIBRATION = Calibration(
    Line(0.5, -1.0),
    {"born_in": Line(2.0, 0.0), "likes": Line(0.05, 300.0)},
    floor=0.2,
    thresholds={"balanced": 0.4, "precise": 0.7},
    off=("hates",),
)
SCORES = st.floats(0, 1)


def test_each_relation_has_a_line_of_its_own_and_others_share_one():
    nine_to_one = CALIBRATION.score("born_in", 0.75)
    assert nine_to_one == pytest.approx(0.9)
    assert CALIBRATION.score("unseen", 0.5) == pytest.approx(1 / (1 + math.e))


@given(st.lists(SCORES, min_size=2, max_size=2), st.floats(0.05, 1e6), st.floats(-1e6, 1e6))
def test_the_order_of_scores_stays_and_they_remain_scores(scores, slope, offset):
    low, high = map(Line(slope, offset), sorted(scores))
    assert 0 <= low <= high <= 1


def test_what_is_off_or_below_the_floor_or_the_threshold_is_left_out():
    triples = [
        Triple((0, 1), "born_in", 0.75),
        Triple((0, 2), "born_in", 0.5),
        Triple((0, 1), "hates", 1.0),
        Triple((0, 1), "likes", 0.1),
        Triple((0, 2), "likes", 0.2),
    ]
    found = CALIBRATION.apply(triples, 0.6)
    assert [(t.entities, t.label, round(t.score, 3)) for t in found] == [
        ((0, 1), "born_in", 0.9),
        ((0, 2), "likes", 1.0),
    ]


def test_a_calibration_comes_back_from_plain_data():
    assert Calibration.from_dict(json.loads(json.dumps(CALIBRATION.to_dict()))) == CALIBRATION


def changed(**fields):
    return {**CALIBRATION.to_dict(), **fields}


WRONG = {
    "a list": ([], "it must be an object of shared"),
    "a field that is missing": ({"shared": {"slope": 1, "offset": 0}}, "it must be"),
    "a field too many": (changed(code="import os"), "it must be"),
    "relations that are a list": (changed(relations=[]), "'relations' must be an object"),
    "a line of three": (
        changed(relations={"r": {"slope": 1, "offset": 0, "bend": 1}}),
        "r must be a line",
    ),
    "a line that falls": (
        changed(relations={"r": {"slope": -1, "offset": 0}}),
        "slope of 'r' must be a number above 0, not -1",
    ),
    "a flat line": (changed(shared={"slope": 0, "offset": 0}), "slope of 'shared'"),
    "a slope that is no number": (changed(shared={"slope": math.nan, "offset": 0}), "slope"),
    "an infinite offset": (changed(shared={"slope": 1, "offset": math.inf}), "offset of 'shared'"),
    "a huge offset": (changed(shared={"slope": 1, "offset": 10**400}), "offset of 'shared'"),
    "a word as an offset": (changed(shared={"slope": 1, "offset": "0"}), "offset of 'shared'"),
    "a floor above 1": (changed(floor=1.5), "'floor' must be a number between 0 and 1, not 1.5"),
    "a floor that is true": (changed(floor=True), "'floor'"),
    "thresholds that are a list": (changed(thresholds=[0.5]), "'thresholds' must be an object"),
    "a threshold below 0": (changed(thresholds={"loose": -0.1}), "'loose'"),
    "one label that is off": (changed(off="hates"), "'off' must be a list of labels"),
    "a number that is off": (changed(off=[1]), "'off' must be a list of labels"),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_what_a_stranger_wrote_is_checked(data, message):
    with pytest.raises(ValueError, match=rf"DRE691.*{message}"):
        Calibration.from_dict(data)
