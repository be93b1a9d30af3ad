"""One extraction tells the scores at every threshold."""

import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.analysis.picture import draw_curve
from spacy_docre.analysis.thresholds import ThresholdCurve, threshold_table
from spacy_docre.scoring import compare_all
from tests.scoring.examples import make_example

PAIRS = [(head, tail) for head in range(4) for tail in range(4) if head != tail]


def scored(scores, gold):
    """A document with a triple of each score, the first for the first pair, and so on."""
    triples = [("r", *pair) for pair, _ in zip(PAIRS, scores)]
    (comparison,) = compare_all([make_example(triples, [("r", *PAIRS[i]) for i in gold])])
    known = {statement.arguments: statement for statement in comparison.predicted}
    by_pair = {tuple(a.position for a in arguments): s for arguments, s in known.items()}
    return replace(comparison, scores={by_pair[pair]: score for pair, score in zip(PAIRS, scores)})


def curve_of(*documents, threshold=0.5):
    kept = [
        replace(d, predicted=frozenset(s for s, score in d.scores.items() if score >= threshold))
        for d in documents
    ]
    return ThresholdCurve.of(documents, kept, threshold)


def test_a_curve_counts_what_reaches_each_score():
    curve = curve_of(scored([0.9, 0.6, 0.6, 0.2], gold=[0, 2, 5]), scored([0.6], gold=[0]))
    assert curve.thresholds.tolist() == [0.9, 0.6, 0.2]
    assert curve.predicted.tolist() == [1, 4, 5]
    assert curve.correct.tolist() == [1, 3, 3]
    precision, recall, f = curve.prf
    assert precision.tolist() == pytest.approx([1, 3 / 4, 3 / 5])
    assert recall.tolist() == pytest.approx([1 / 4, 3 / 4, 3 / 4])
    assert f.tolist() == pytest.approx([2 / 5, 3 / 4, 2 / 3])
    assert curve.at(0.95) == (0, 0)
    assert curve.at(0.6) == curve.at(0.5) == (4, 3)
    assert curve.measured == pytest.approx((3 / 4, 3 / 4, 3 / 4))


def test_the_table_names_the_pipelines_own_threshold_and_what_was_measured_there():
    table = threshold_table(curve_of(scored([0.9, 0.3], gold=[0]), threshold=0.4))
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["0.30"] == ("2", "50.00", "100.00", "66.67")
    assert rows["0.40"] == ("1", "100.00", "100.00", "100.00")
    assert rows["0.95"] == ("0", "0.00", "0.00", "0.00")
    assert "threshold of 0.4: P 100.00, R 100.00, F1 100.00" in table.note


SCORES = st.lists(st.integers(0, 10).map(lambda n: n / 10), max_size=12)


@settings(max_examples=50)
@given(SCORES, st.sets(st.integers(0, 11)), st.integers(0, 10).map(lambda n: n / 10))
def test_a_threshold_keeps_what_reaches_it(scores, gold, threshold):
    curve = curve_of(scored(scores, gold))
    kept = {i for i, score in enumerate(scores) if score >= threshold}
    assert curve.at(threshold) == (len(kept), len(kept & gold))


def test_a_curve_is_drawn():
    pytest.importorskip("matplotlib")
    curve = curve_of(scored([0.9, 0.6, 0.2], gold=[0, 2]))
    assert draw_curve(curve).startswith(b"\x89PNG")
    assert b"<svg" in draw_curve(curve, format="svg")
    assert draw_curve(curve, format="svg").count(b"<svg") == 1
    assert draw_curve(curve_of(scored([], gold=[]))).startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"\[DRE600\].*spacy-docre\[viz\]"):
        draw_curve(curve_of(scored([], gold=[])))
