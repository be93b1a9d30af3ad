"""The control is trained as DORE is: nothing but the model differs between their configs."""

from pathlib import Path

from pipe.making import TOK2VEC
from spacy.util import load_config, registry

CONFIGS = Path(__file__).parents[2] / "configs"
MODEL = ("components", "docre", "model")


def take(config, path):
    *sections, name = path
    for section in sections:
        config = config[section]
    return config.pop(name)


def test_the_configs_of_dore_and_its_control_differ_only_in_the_model():
    dore = load_config(CONFIGS / "dore_transformer.cfg")
    control = load_config(CONFIGS / "classifier_transformer.cfg")
    one, other = take(dore, MODEL), take(control, MODEL)
    assert dore == control
    assert one.pop("@architectures") == "spacy_docre.DORE.v1"
    assert other.pop("@architectures") == "spacy_docre.PairClassifier.v1"
    # Encoder, negatives and learning rates are part of the model, and are the same, too.
    shared = {"tok2vec", "negatives", "learn_rate_factor", "closest_mentions", "salience"}
    assert {name: one[name] for name in shared} == {name: other[name] for name in shared}


def test_the_settings_of_the_control_are_those_of_its_model():
    """On an encoder that needs no extra."""
    config = load_config(CONFIGS / "classifier_transformer.cfg")
    settings = {**take(config, MODEL), "tok2vec": TOK2VEC}
    model = registry.resolve({"model": settings})["model"]
    assert model.shims[0].shape["closest_mentions"] is False
    assert model.attrs["negatives"].share == settings["negatives"]["share"]
