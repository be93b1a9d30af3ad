"""The control is trained as rows are: nothing but the head differs between their configs."""

from pathlib import Path

from spacy.util import load_config, registry

CONFIGS = Path(__file__).parents[4] / "configs"
HEAD = ("components", "docre", "model", "head")


def take(config, path):
    *sections, name = path
    for section in sections:
        config = config[section]
    return config.pop(name)


def test_the_configs_of_rows_and_their_control_differ_only_in_the_head():
    rows = load_config(CONFIGS / "dore_transformer.cfg")
    control = load_config(CONFIGS / "classifier_transformer.cfg")
    one, other = take(rows, HEAD), take(control, HEAD)
    assert rows == control
    assert one["@misc"] == "spacy_docre.GivenRows.v1"
    assert other["@misc"] == "spacy_docre.BilinearPairs.v1"
    assert one["negatives"] == other["negatives"]
    assert one["features"] == other["features"]


def test_the_settings_of_the_control_are_those_of_its_head():
    settings = take(load_config(CONFIGS / "classifier_transformer.cfg"), HEAD)
    head = registry.resolve({"head": settings})["head"]
    assert head.shape.features.closest_mentions is False
    assert head.negatives.share == settings["negatives"]["share"]
