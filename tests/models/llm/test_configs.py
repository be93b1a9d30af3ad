"""The training configs build what they name, and the smallest one trains."""

from pathlib import Path

import pytest
import spacy
from spacy.cli.train import train
from spacy.tokens import DocBin
from spacy.util import load_config, load_model_from_config

from spacy_docre.models.llm.architecture import prompter_of
from tests.pipe.making import stories

from .making import ABLATION

FOLDER = Path(__file__).parents[3] / "configs"
CONFIGS = [*sorted(FOLDER.glob("rhf_*.cfg")), ABLATION / "config.cfg"]


@pytest.mark.parametrize("path", CONFIGS, ids=[path.stem for path in CONFIGS])
def test_a_config_builds_a_pipeline_without_loading_its_base(path):
    nlp = load_model_from_config(load_config(path, interpolate=True), auto_fill=True)
    shim = nlp.get_pipe("docre").model.shims[0]
    assert shim.base.name == nlp.config["paths"]["base"]
    assert [stage.name for stage in shim.settings.chain] == ["relations", "heads", "facts"]
    assert len(shim.settings.prompts.descriptions) == 96


@pytest.mark.parametrize("path", sorted(FOLDER.glob("rhf_*.cfg")), ids=lambda path: path.stem)
def test_a_config_says_for_what_machine_it_was_computed(path):
    head = path.read_text("utf8").split("[paths]")[0]
    assert "Computed for a card of" in head or "on a CPU" in head
    load = load_model_from_config(load_config(path, interpolate=True), auto_fill=True)
    prompts = load.get_pipe("docre").model.shims[0].settings.prompts
    thinks = "qwen3" in path.stem
    assert prompts.chat_settings == ({"enable_thinking": False} if thinks else {})


@pytest.mark.parametrize("name", ["rhf_mistral_7b", "rhf_vicuna_7b"])
def test_published_settings_are_those_that_were_published(name):
    config = load_config(FOLDER / f"{name}.cfg", interpolate=True)
    nlp = load_model_from_config(config, auto_fill=True)
    shim = nlp.get_pipe("docre").model.shims[0]
    assert shim.base.quantization == "nf4"
    assert (shim.lora.rank, shim.lora.alpha, shim.lora.dropout) == (100, 16, 0.05)
    assert shim.lora.target_modules == ["q_proj", "v_proj"]
    assert not shim.lora.shared
    assert shim.settings.budget.max_length == 2048
    assert nlp.config["training"]["optimizer"]["learn_rate"]["initial_rate"] == 5e-5


def test_the_config_for_a_cpu_trains(base, tmp_path):
    nlp = spacy.blank("en")
    DocBin(docs=stories(nlp), store_user_data=True).to_disk(tmp_path / "data.spacy")
    overrides = {
        "paths.train": str(tmp_path / "data.spacy"),
        "paths.dev": str(tmp_path / "data.spacy"),
        "paths.base": base,
        "training.max_steps": 2,
        "training.eval_frequency": 1,
        "components.docre.model.prompts.described": False,
        "components.docre.threshold": 0.9,
    }
    train(FOLDER / "rhf_cpu.cfg", tmp_path / "out", overrides=overrides)
    again = spacy.load(tmp_path / "out" / "model-last")
    assert prompter_of(again.get_pipe("docre").model).lm.adapters == (
        "relations",
        "heads",
        "facts",
    )
