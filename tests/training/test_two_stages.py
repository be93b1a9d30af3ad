"""The configs of the project's two stages train: one on a stream, the next from its weights."""

import importlib
import io
import json
from pathlib import Path

import pytest
import spacy
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config

from spacy_docre.cli.convert import convert
from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401

ROOT = Path(__file__).parents[2]
SCHEMA = {"relations": [{"label": "met"}, {"label": "saw"}], "entity_types": ["PER"]}


def document(number, label):
    names = [[{"name": n, "sent_id": 0, "pos": [i, i + 1], "type": "PER"}] for i, n in NAMES]
    return {
        "title": str(number),
        "sents": [["Ann", label, "Bob", "."]],
        "vertexSet": names,
        "labels": [{"h": 0, "t": 1, "r": label}],
    }


NAMES = [(0, "Ann"), (2, "Bob")]


@pytest.fixture
def files(tmp_path):
    # The last document breaks off: who reads all of a file before training would fail.
    documents = ", ".join(json.dumps(document(i, "met")) for i in range(120))
    (tmp_path / "distant.json").write_text(f"[{documents}, {{", "utf8")
    (tmp_path / "train.json").write_text(json.dumps([document(0, "saw")]), "utf8")
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA), "utf8")
    convert(tmp_path / "train.json", tmp_path / "train.spacy", format="docred", silent=True)
    return tmp_path


@pytest.fixture
def stage(files, backbones, monkeypatch):  # noqa: F811
    """Trains three steps with a config of the project, and returns the pipeline before that."""
    pytest.importorskip("transformers")
    module = importlib.import_module("write_config")
    monkeypatch.setattr(module, "CONFIGS", ROOT / "configs")

    def run(name, output, **options):
        module.write_config(
            name, "redocred", files / f"{output}.cfg", encoder=backbones("t5"), **options
        )
        overrides = {
            "paths.train": str(files / "train.spacy"),
            "paths.dev": str(files / "train.spacy"),
            "paths.schema": str(files / "schema.json"),
            "components.docre.scorer.train_facts": None,
            "training.max_steps": 3,
            "training.eval_frequency": 3,
            "nlp.lang": "xx",
        }
        path = files / f"{output}.cfg"
        if "warmup_steps" in load_config(path)["training"]["optimizer"]["learn_rate"]:
            overrides["training.optimizer.learn_rate.warmup_steps"] = 1
        nlp = init_nlp(load_config(path, overrides=overrides, interpolate=True))
        begun = weights(nlp)
        (files / output).mkdir()
        train(nlp, files / output, stdout=io.StringIO(), stderr=io.StringIO())
        return begun

    return run


def weights(nlp):
    state = nlp.get_pipe("docre").model.shims[0].network.state_dict()
    return {name: tensor.clone() for name, tensor in state.items()}


@pytest.mark.parametrize("name", ["docred_t5_large", "classifier_t5_large"])
def test_the_second_stage_begins_where_the_first_ended(name, stage, files):
    begun = stage(f"seq2seq/{name}", "distant", stream=files / "distant.json")
    ended = weights(spacy.load(files / "distant" / "model-last"))
    assert any(not begun[name].equal(ended[name]) for name in begun)
    again = stage(f"seq2seq/{name}", "fine", start_from=files / "distant" / "model-last")
    assert all(again[name].equal(ended[name]) for name in ended)
    fine = weights(spacy.load(files / "fine" / "model-last"))
    assert any(not fine[name].equal(ended[name]) for name in ended)
