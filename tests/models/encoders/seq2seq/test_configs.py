"""The published settings resolve, and each trains a step with a small model of its family."""

import io
import json
from pathlib import Path

import pytest
import spacy
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config, registry

from spacy_docre.data.entities import Entity
from spacy_docre.data.triples import Triple
from tests.pipe.making import BLANK, annotate, tell

pytest.importorskip("transformers")

CONFIGS = Path(__file__).parents[4] / "configs" / "seq2seq"
# Table 7: learning rate, passes, documents of a batch, warmup, input length, beam.
PUBLISHED = {
    "docred_t5_large": ("t5", 1e-4, 40, 4, 0.06, 1024, 4),
    "docred_bart_large": ("bart", 3e-5, 40, 4, 0.06, 1024, 4),
    "docred_led_large": ("led", 3e-5, 40, 4, 0.06, 1024, 4),
    "cdr_biobart_base": ("bart", 2e-5, 40, 4, 0.10, 1024, 1),
    "cdr_biobart_large": ("bart", 2e-5, 40, 4, 0.10, 1024, 1),
    "gda_biobart_base": ("bart", 2e-5, 10, 4, 0.15, 1024, 1),
    "gda_biobart_large": ("bart", 2e-5, 10, 4, 0.15, 1024, 1),
    "scirex_binary_led": ("led", 5e-5, 40, 32, 0.06, 4096, 1),
    "scirex_4ary_led": ("led", 5e-5, 40, 32, 0.06, 4096, 1),
}
LIMITS = {
    "t5": {},
    "bart": {"max_position_embeddings": 1024},
    "led": {"max_encoder_position_embeddings": 4096},
}


# The control, on the same backbone.
CONTROLS = {"classifier_t5_large": "t5"}


def test_there_is_a_config_for_each_row_of_the_table():
    assert {path.stem for path in CONFIGS.glob("*.cfg")} == {*PUBLISHED, *CONTROLS}


@pytest.mark.parametrize("name", CONTROLS)
def test_controls_differ_from_the_generator_in_their_head_only(name):
    control, generator = (
        load_config(CONFIGS / f"{each}.cfg") for each in (name, "docred_t5_large")
    )
    for config in (control, generator):
        config["components"]["docre"]["model"].pop("head")
    assert control == generator


SCORERS = {"docred": "relations", "cdr": "cdr", "gda": "gda", "scirex": "scirex"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_config_scores_by_the_protocol_of_its_corpus(name):
    config = load_config(CONFIGS / f"{name}.cfg", interpolate=True)
    scorer = config["components"]["docre"]["scorer"]
    assert scorer["@scorers"] == f"spacy_docre.{SCORERS[name.split('_')[0]]}_scorer.v1"
    registry.resolve({"scorer": scorer})
    weights = config["training"].get("score_weights", {})
    arity = {"scirex_binary_led": "docre_binary_", "scirex_4ary_led": "docre_4ary_"}
    decides = {f"{arity[name]}micro_f"} if name in arity else set()
    assert {score for score, weight in weights.items() if weight} == decides


@pytest.mark.parametrize("name", PUBLISHED)
def test_settings_are_those_of_the_paper(name):
    _, rate, passes, batch, warmup, length, beam = PUBLISHED[name]
    config = load_config(CONFIGS / f"{name}.cfg", interpolate=True)
    training, model = config["training"], config["components"]["docre"]["model"]
    schedule = training["optimizer"]["learn_rate"]
    assert schedule["initial_rate"] == rate
    assert training["max_epochs"] == passes
    assert training["batcher"]["size"] == batch
    assert schedule["warmup_steps"] / schedule["total_steps"] == pytest.approx(warmup, abs=0.002)
    assert training["optimizer"]["L2"] == 0.01
    assert (model["encoder"]["window"], model["head"].get("beam_width", 1)) == (length, beam)


ROLES = {"result": ("task", "method", "material", "metric"), "used_for": ("head", "tail")}
TUPLES = {
    "relations": [
        {"label": "result", "roles": ROLES["result"], "types": [["T"], ["M"], ["D"], ["S"]]},
        {"label": "used_for", "roles": ROLES["used_for"], "types": [["M"], ["T"]]},
    ],
    "entity_types": ["D", "M", "S", "T"],
}
PAIRS = {
    "relations": [{"label": "born_in", "name": "place of birth", "types": [["PER"], ["LOC"]]}],
    "entity_types": ["LOC", "PER"],
}


def paper():
    doc = BLANK("Parsing with CKY on Penn by F1")
    entities = [
        Entity.of([(i, i + 1)], type) for i, type in [(0, "T"), (2, "M"), (4, "D"), (6, "S")]
    ]
    triples = [Triple((0, 1, 2, 3), "result"), Triple((1, 0), "used_for")]
    return annotate(doc, entities, triples, roles=ROLES)


@pytest.mark.parametrize("name", [*PUBLISHED, *CONTROLS])
def test_a_small_model_of_the_family_trains_a_step(name, backbones, tmp_path):
    kind = CONTROLS.get(name) or PUBLISHED[name][0]
    scientific = name.startswith("scirex")
    docs = [paper()] if scientific else [tell([("Ann", "born_in", "Bonn")])]
    data = tmp_path / "docs.spacy"
    spacy.tokens.DocBin(docs=docs, store_user_data=True).to_disk(data)
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(TUPLES if scientific else PAIRS), encoding="utf8")
    config = load_config(
        CONFIGS / f"{name}.cfg",
        overrides={
            "paths.train": str(data),
            "paths.dev": str(data),
            "paths.schema": str(schema),
            "paths.backbone": backbones(kind, **LIMITS[kind]),
            "training.max_epochs": 0,
            "training.max_steps": 2,
            "training.eval_frequency": 2,
            "training.optimizer.learn_rate.warmup_steps": 1,
            "nlp.lang": "xx",
        },
        interpolate=True,
    )
    nlp = init_nlp(config)
    network = nlp.get_pipe("docre").model.shims[0].network
    before = {name: value.clone() for name, value in network.named_parameters()}
    _, path = train(nlp, tmp_path, stdout=io.StringIO(), stderr=io.StringIO())
    # The first step is at a rate of 0, the second moves all that learns.
    moved = {name for name, value in network.named_parameters() if not value.equal(before[name])}
    assert "encoder.symbols.input.weight" in moved
    # A classifier has no use for a decoder.
    for part in (".encoder.", ".decoder.")[: 1 if name.startswith("classifier") else 2]:
        assert any(part in name for name in moved)
    again = spacy.load(path)
    assert again.get_pipe("docre").labels == nlp.get_pipe("docre").labels
