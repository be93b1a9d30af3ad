"""What a user says of the component counts, is checked, and is what the config shows."""

import json

import numpy
import pytest
import spacy
import srsly
from spacy.util import load_config

from spacy_docre.component.manifest import MANIFEST, write_together

from .making import blank, scored, small_model, stories, untrained, without_relations

SETTINGS = {
    "threshold": (0.5, 0.9),
    "at_least_one": (False, True),
    "attr": ("relations", "facts"),
    "use_gold_entities": (True, False),
}


def in_force(nlp, setting="threshold", name="docre"):
    """The value of a setting, which must be what the config shows."""
    value = nlp.get_pipe(name).cfg[setting]
    assert nlp.config["components"][name][setting] == value
    return value


def through_disk(nlp, path, **given):
    nlp.to_disk(path)
    return spacy.load(path, config={"components.docre." + s: v for s, v in given.items()})


def through_a_block(nlp, path, **given):
    nlp.to_disk(path)
    return spacy.load(path, config={"components": {"docre": given}})


def through_bytes(nlp, _path, **given):
    config = nlp.config.copy()
    config["components"]["docre"].update(given)
    return blank().from_config(config).from_bytes(nlp.to_bytes())


def through_a_component(nlp, path, **given):
    nlp.get_pipe("docre").to_disk(path / "alone")
    again = blank()
    again.add_pipe("docre", config={"model": small_model(), **given})
    again.get_pipe("docre").from_disk(path / "alone")
    return again


WAYS = [through_disk, through_a_block, through_bytes, through_a_component]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_is_given_at_loading_counts(setting, way, tmp_path):
    usual, given = SETTINGS[setting]
    assert in_force(untrained(), setting) == usual
    again = way(untrained(), tmp_path, **{setting: given})
    assert in_force(again, setting) == given


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_is_set_is_saved(setting, way, tmp_path):
    nlp = untrained()
    nlp.get_pipe("docre").cfg[setting] = SETTINGS[setting][1]
    assert in_force(nlp, setting) == SETTINGS[setting][1]
    assert in_force(way(nlp, tmp_path), setting) == SETTINGS[setting][1]


def test_the_value_from_before_can_be_given_again(tmp_path):
    nlp = untrained()
    nlp.get_pipe("docre").cfg["threshold"] = 0.7
    assert in_force(through_disk(nlp, tmp_path)) == 0.7
    assert in_force(through_disk(nlp, tmp_path, threshold=0.5)) == 0.5


def test_a_threshold_given_at_loading_is_the_one_that_relations_reach(tmp_path):
    nlp = untrained(threshold=0.0)
    doc = stories()[0]
    scores = sorted(score for _, _, score in scored(nlp(without_relations(doc))))
    again = through_disk(nlp, tmp_path, threshold=1.0)
    assert scores
    assert scored(again(without_relations(doc))) == []


@pytest.mark.parametrize("saved_with_its_config", [True, False])
def test_what_is_set_in_another_pipeline_is_saved_with_that(saved_with_its_config, tmp_path):
    trained, nlp = untrained(), blank()
    nlp.add_pipe("docre", name="facts", source=trained)
    nlp.get_pipe("facts").cfg["threshold"] = 0.7
    if saved_with_its_config:
        nlp.to_disk(tmp_path)
        again = spacy.load(tmp_path)
        given = spacy.load(tmp_path, config={"components.facts.threshold": 0.6})
        assert in_force(given, name="facts") == 0.6
    else:
        again = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert in_force(again, name="facts") == 0.7


def test_a_value_that_the_config_takes_from_elsewhere_may_be_overruled(tmp_path):
    nlp = untrained()
    nlp.to_disk(tmp_path)
    config = load_config(tmp_path / "config.cfg")
    config["vars"] = {"share": 0.4}
    config["components"]["docre"]["threshold"] = "${vars.share}"
    config.to_disk(tmp_path / "config.cfg")
    assert spacy.load(tmp_path).get_pipe("docre").cfg["threshold"] == 0.4
    other = spacy.load(tmp_path, config={"vars.share": 0.6})
    assert other.get_pipe("docre").cfg["threshold"] == 0.6
    other.get_pipe("docre").cfg["threshold"] = 0.8
    assert in_force(through_disk(other, tmp_path / "again")) == 0.8


def test_a_renamed_component_keeps_its_settings_in_its_config(tmp_path):
    nlp = untrained()
    nlp.rename_pipe("docre", "facts")
    nlp.get_pipe("facts").cfg["threshold"] = 0.7
    nlp.to_disk(tmp_path)
    assert in_force(spacy.load(tmp_path), name="facts") == 0.7


def test_settings_may_be_set_all_together():
    pipe = untrained().get_pipe("docre")
    pipe.cfg = {"threshold": 0.25}
    assert pipe.cfg["threshold"] == 0.25
    assert pipe.cfg["at_least_one"] is False


def test_numbers_of_numpy_are_saved(tmp_path):
    nlp = untrained()
    nlp.get_pipe("docre").cfg["threshold"] = numpy.float32(0.25)
    assert in_force(through_disk(nlp, tmp_path)) == 0.25


WRONG = [
    *(("threshold", value) for value in (7, -1, "0.35", float("nan"), True, None, [0.5])),
    *(("at_least_one", value) for value in ("no", 1, None)),
    *(("use_gold_entities", value) for value in ("yes", 0)),
    *(("attr", value) for value in ("", 3, None, "my relations")),
]


@pytest.mark.parametrize(("setting", "value"), WRONG)
def test_a_setting_that_cannot_be_is_refused_wherever_it_comes_from(setting, value, tmp_path):
    nlp = untrained()
    pipe = nlp.get_pipe("docre")
    message = rf"DRE026.*'{setting}' of 'docre'"
    with pytest.raises(ValueError, match=message):
        type(pipe)(nlp.vocab, pipe.model, sources=pipe.sources, **{setting: value})
    with pytest.raises(ValueError, match=message):
        pipe.cfg[setting] = value
    with pytest.raises(ValueError, match=message):
        pipe.cfg = {setting: value}
    with pytest.raises(ValueError, match=message):
        pipe.cfg.update({setting: value})

    pipe.to_disk(tmp_path / "docre", exclude=["vocab"])
    saved = {**srsly.read_json(tmp_path / "docre" / "cfg"), setting: value}
    (tmp_path / "docre" / MANIFEST).unlink()
    (tmp_path / "docre" / "cfg").write_text(json.dumps(saved))
    with pytest.raises(ValueError, match=rf"{message} in .*{tmp_path.name}/docre/cfg"):
        pipe.from_disk(tmp_path / "docre", exclude=["vocab", MANIFEST])
    data = srsly.msgpack_loads(pipe.to_bytes())
    data["pipe"]["cfg"] = json.dumps(saved).encode()
    with pytest.raises(ValueError, match=rf"DRE030.*{message} in these bytes"):
        pipe.from_bytes(srsly.msgpack_dumps(data))
    assert pipe.cfg[setting] == SETTINGS[setting][0]


@pytest.mark.parametrize("setting", ["attr", "use_gold_entities"])
def test_settings_that_are_attributes_are_checked_as_well(setting):
    nlp = untrained()
    with pytest.raises(ValueError, match=rf"DRE026.*{setting}"):
        setattr(nlp.get_pipe("docre"), setting, 3)
    setattr(nlp.get_pipe("docre"), setting, SETTINGS[setting][1])
    assert in_force(nlp, setting) == SETTINGS[setting][1]


def test_a_setting_that_does_not_exist_is_not_taken_for_one():
    pipe = untrained().get_pipe("docre")
    with pytest.raises(ValueError, match=r"DRE040.*'docre'.*'treshold'.*threshold"):
        pipe.cfg["treshold"] = 0.3
    with pytest.raises(TypeError, match="threshold"):
        del pipe.cfg["threshold"]


def test_the_weight_of_evidence_is_the_one_of_the_config(tmp_path):
    untrained({"evidence_weight": 1.0}).to_disk(tmp_path)
    for given in (0.0, 0.5):
        config = {"components.docre.model.head.evidence_weight": given}
        nlp = spacy.load(tmp_path, config=config)
        assert nlp.get_pipe("docre").model.shims[0].head.evidence_weight == given


def test_writing_nothing_leaves_nothing_but_the_manifest(tmp_path):
    write_together(tmp_path / "new", lambda fresh: None)
    assert [file.name for file in (tmp_path / "new").iterdir()] == [MANIFEST]
