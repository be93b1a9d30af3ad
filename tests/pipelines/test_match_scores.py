"""The scores of a pipeline are moved to where those of another one are."""

from types import SimpleNamespace

import match_scores
import numpy
import pytest

from spacy_docre.data.calibration import Calibration, Line, logit


def sigmoid(value):
    return 1 / (1 + numpy.exp(-value))


@pytest.fixture
def moved(monkeypatch):
    """The calibration of a pipeline that is surer of itself than the other: its logits are twice as
    large, and one higher."""
    theirs = sorted(numpy.random.default_rng(0).uniform(0.05, 0.99, 400), reverse=True)
    scores = {"other": theirs, "ours": [float(sigmoid(2 * logit(s) + 1)) for s in theirs]}
    known = Calibration(Line(0.5, -1.0), {"P19": Line(2.0, 0.5)}, 0.1, {"precise": 0.6}, ("P31",))
    pipe = SimpleNamespace(calibration=known)
    monkeypatch.setattr(match_scores, "find_component", lambda nlp: pipe)
    monkeypatch.setattr(match_scores, "_scores", lambda nlp, texts: scores[nlp])
    return known, match_scores.match_scores("ours", "other", [])


@pytest.mark.parametrize("label", ["P19", "P20"])
@pytest.mark.parametrize("score", [0.2, 0.5, 0.9])
def test_a_score_means_what_it_means_to_the_other(moved, label, score):
    known, calibration = moved
    calibrated = known.score(label, score)
    assert calibration.score(label, score) == pytest.approx(
        float(sigmoid((logit(calibrated) - 1) / 2)), abs=1e-6
    )


def test_everything_else_stays(moved):
    known, calibration = moved
    assert calibration.thresholds == known.thresholds
    assert (calibration.floor, calibration.off) == (known.floor, known.off)
