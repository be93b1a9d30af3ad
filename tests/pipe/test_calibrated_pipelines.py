"""A calibrated pipeline returns calibrated scores, has thresholds with names, and stays so."""

import json

import pytest
import spacy

from spacy_docre.data.calibration import Calibration, Line

from .making import (
    BILINEAR,
    GENERATED,
    example_of,
    examples,
    learn,
    scored,
    small_pipeline,
    stories,
    untrained,
    without_relations,
)

WAYS = {"given": {}, "generated": GENERATED, "bilinear": BILINEAR}
CALIBRATION = Calibration(
    Line(0.5, -0.2),
    {"born_in": Line(2.0, 0.5)},
    floor=0.3,
    thresholds={"balanced": 0.45, "precise": 1.0},
    off=("lies_in",),
)


def found_by(nlp, **settings):
    docs = nlp.pipe(map(without_relations, stories()), component_cfg={"docre": settings})
    return [scored(doc) for doc in docs]


@pytest.mark.parametrize("at_least_one", [False, True])
@pytest.mark.parametrize("model", WAYS.values(), ids=WAYS)
def test_scores_of_every_head_are_calibrated(model, at_least_one):
    nlp = untrained(model, threshold=0.0 if at_least_one else CALIBRATION.floor)
    nlp.get_pipe("docre").cfg["at_least_one"] = at_least_one
    raw = found_by(nlp)
    nlp.get_pipe("docre").calibration = CALIBRATION
    for threshold in (0.0, 0.45, 0.6):
        expected = [
            [
                (entities, label, CALIBRATION.score(label, score))
                for entities, label, score in doc
                if label != "lies_in" and score >= CALIBRATION.floor
            ]
            for doc in raw
        ]
        for doc, wanted in zip(found_by(nlp, threshold=threshold), expected):
            wanted = [each for each in wanted if each[2] >= threshold]
            assert [each[:2] for each in doc] == [each[:2] for each in wanted]
            scores = [each[2] for each in wanted]
            assert [each[2] for each in doc] == pytest.approx(scores, abs=1e-3)


@pytest.fixture
def nlp(saved):
    nlp = spacy.load(saved)
    nlp.get_pipe("docre").calibration = CALIBRATION
    return nlp


def test_thresholds_have_names_in_a_call_and_in_the_config(nlp):
    balanced = found_by(nlp, threshold="balanced")
    assert balanced == found_by(nlp, threshold=0.45)
    assert found_by(nlp, threshold="precise") == [[], [], []]
    nlp.get_pipe("docre").cfg["threshold"] = "balanced"
    assert nlp.config["components"]["docre"]["threshold"] == "balanced"
    assert found_by(nlp) == balanced != [[], [], []]
    assert nlp.get_pipe("docre").predict(stories(), threshold="precise")[0][1] == []


def test_an_evaluation_may_name_the_threshold(nlp):
    scores = nlp.evaluate(examples(), component_cfg={"docre": {"threshold": "precise"}})
    assert scores["docre_predicted"] == 0
    assert nlp.evaluate(examples(), scorer_cfg={"threshold": "balanced"})["docre_predicted"] > 0


def test_an_unknown_name_is_refused_and_the_known_ones_are_named(nlp):
    message = r"DRE690.*'docre' has no operating point 'loose'.*balanced \(0.45\), precise \(1.00\)"
    with pytest.raises(ValueError, match=message):
        found_by(nlp, threshold="loose")
    nlp.get_pipe("docre").calibration = None
    with pytest.raises(ValueError, match=r"DRE690.*'balanced'.*It has: none.*docre-calibrate"):
        found_by(nlp, threshold="balanced")


@pytest.mark.parametrize("threshold", ["", " ", True, [0.5]])
def test_a_threshold_is_a_number_or_a_name(threshold):
    with pytest.raises(ValueError, match=r"DRE026.*the name of an operating point|threshold"):
        small_pipeline().get_pipe("docre").cfg["threshold"] = threshold


def test_a_calibration_is_saved(nlp, saved, tmp_path):
    nlp.get_pipe("docre").cfg["threshold"] = "balanced"
    found = found_by(nlp)
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.get_pipe("docre").calibration == CALIBRATION
    assert loaded.get_pipe("docre").cfg["threshold"] == "balanced"
    assert found_by(loaded) == found
    # Saved over it, a component without one leaves none behind.
    nlp.get_pipe("docre").calibration = None
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path).get_pipe("docre").calibration is None


def test_a_calibration_goes_through_bytes(nlp, saved):
    data = nlp.get_pipe("docre").to_bytes()
    other = spacy.load(saved).get_pipe("docre")
    assert other.calibration is None
    assert other.from_bytes(data).calibration == CALIBRATION
    nlp.get_pipe("docre").calibration = None
    assert other.from_bytes(nlp.get_pipe("docre").to_bytes()).calibration is None


def test_a_calibration_may_be_left_out(nlp, saved, tmp_path):
    docre = nlp.get_pipe("docre")
    docre.to_disk(tmp_path, exclude=["calibration.json"])
    assert not (tmp_path / "calibration.json").exists()
    assert spacy.load(saved).get_pipe("docre").from_disk(tmp_path).calibration is None
    data = docre.to_bytes(exclude=["calibration.json"])
    assert spacy.load(saved).get_pipe("docre").from_bytes(data).calibration is None


def test_a_calibration_that_was_lost_or_changed_is_refused(nlp, tmp_path):
    nlp.to_disk(tmp_path)
    file = tmp_path / "docre" / "calibration.json"
    text = file.read_text()
    file.write_text(text.replace("0.45", "0.05"))
    with pytest.raises(ValueError, match=r"DRE030.*calibration\.json is not as it was saved"):
        spacy.load(tmp_path)
    file.unlink()
    with pytest.raises(ValueError, match=r"DRE030.*calibration\.json is missing"):
        spacy.load(tmp_path)
    # One that was saved like this is no calibration.
    file.write_text(json.dumps({**json.loads(text), "floor": 7}))
    with pytest.raises(ValueError, match=r"DRE030.*DRE691.*'floor'"):
        nlp.get_pipe("docre").from_disk(tmp_path / "docre", exclude=["manifest.json", "vocab"])


def test_a_pipeline_of_a_former_version_has_none(saved, tmp_path):
    nlp = spacy.load(saved)
    nlp.get_pipe("docre").to_disk(tmp_path, exclude=["calibration.json"])
    assert spacy.load(saved).get_pipe("docre").from_disk(tmp_path).calibration is None


def test_training_further_drops_the_calibration_with_a_warning(nlp):
    with pytest.warns(UserWarning, match=r"DRW690.*'docre' is trained further.*docre-calibrate"):
        learn(nlp, stories(nlp), steps=2)
    assert nlp.get_pipe("docre").calibration is None


def test_a_batch_that_is_refused_leaves_the_calibration(nlp):
    with pytest.raises(ValueError, match="DRE020"):
        nlp.update([example_of(without_relations(doc)) for doc in stories(nlp)])
    assert nlp.get_pipe("docre").calibration == CALIBRATION


def test_initializing_drops_the_calibration(nlp):
    nlp.initialize(lambda: examples(nlp))
    assert nlp.get_pipe("docre").calibration is None
