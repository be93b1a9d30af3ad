"""A config serves any number of steps, and what spaCy makes of a part of it."""

import io
import warnings
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
import spacy
from spacy.cli.debug_data import debug_data
from spacy.schemas import ConfigSchemaInit, ConfigSchemaNlp, ConfigSchemaTraining
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config, registry

from tests.pipe.making import example_of, small_pipeline, stories, untrained

CONFIGS = Path(__file__).parents[2] / "configs"
ALL = sorted(CONFIGS.rglob("*.cfg"))
SCHEMAS = {"nlp": ConfigSchemaNlp, "training": ConfigSchemaTraining, "initialize": ConfigSchemaInit}


def names(path):
    return str(path.relative_to(CONFIGS))


def training_of(path):
    return load_config(path)["training"]


@pytest.mark.parametrize("path", ALL, ids=names)
def test_a_saved_pipeline_with_the_settings_of_a_config_trains_on(path, tmp_path):
    nlp, data = untrained(), [example_of(doc) for doc in stories()]
    nlp.config["training"] = training = training_of(path)
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    optimizer = loaded.resume_training()
    optimizer.step_schedules()
    rate = training["optimizer"]["learn_rate"]["initial_rate"]
    # The numbers of steps of those that count passes are theirs.
    assert optimizer.learn_rate == pytest.approx(rate) or training["max_epochs"]
    loaded.update(data, sgd=optimizer)
    loaded.initialize(lambda: data)
    loaded.update(data, sgd=loaded.create_optimizer())


@pytest.mark.parametrize("path", ALL, ids=names)
def test_a_config_is_complete_which_spacy_debug_data_asks_for(path):
    config = load_config(path, interpolate=True)
    for block, needed in SCHEMAS.items():
        assert set(needed.model_fields) <= set(config[block])


@pytest.mark.parametrize("steps", [8, 50])
@pytest.mark.parametrize(
    "path", [path for path in ALL if not training_of(path)["max_epochs"]], ids=names
)
def test_a_schedule_fits_any_number_of_steps(path, steps):
    config = load_config(path, overrides={"training.max_steps": steps}, interpolate=True)
    rate = config["training"]["optimizer"]["learn_rate"]
    rates = list(islice(registry.resolve({"rate": rate})["rate"], steps + 1))
    highest = rate["initial_rate"]
    assert max(rates) == highest
    assert rates.index(highest) <= steps / 4
    assert rates[-1] == pytest.approx(0.0)


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "docs.spacy"
    DocBin(docs=stories(), store_user_data=True).to_disk(path)
    return path


@pytest.fixture
def config(data, tmp_path):
    """The training of a config, for a small component."""
    path = tmp_path / "small.cfg"
    config = small_pipeline().config.copy()
    shipped = load_config(CONFIGS / "dore_transformer.cfg")
    for block in ("training", "corpora"):
        config[block] = shipped[block]
    config["paths"].update(train=str(data), dev=str(data))
    config["initialize"]["components"] = {}
    config.to_disk(path)
    return path


def test_a_short_training_is_evaluated_and_said_to_be(config, tmp_path):
    short = load_config(config, overrides={"training.max_steps": 8})
    with pytest.warns(UserWarning, match=r"DRW560.* 200.* 8 steps.* every 2 steps"):
        nlp = init_nlp(short)
    (tmp_path / "out").mkdir()
    train(nlp, tmp_path / "out", stdout=io.StringIO(), stderr=io.StringIO())
    assert nlp.config["training"]["eval_frequency"] == 2
    assert spacy.load(tmp_path / "out" / "model-best").meta["performance"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {
                "training.max_steps": 50,
                "training.eval_frequency": 10,
                "training.optimizer.learn_rate": {
                    "@schedules": "warmup_linear.v1",
                    "initial_rate": 0.1,
                    "warmup_steps": 80,
                    "total_steps": 50,
                },
            },
            "DRW561.* 80 steps.* after 50",
        ),
        ({"training.max_steps": 0, "training.max_epochs": 3}, "DRW562.* 3 passes"),
    ],
)
def test_a_schedule_that_does_not_fit_is_warned_of(config, overrides, message):
    loaded = load_config(config)
    for name, value in overrides.items():
        *blocks, last = name.split(".")
        block = loaded
        for part in blocks:
            block = block[part]
        block[last] = value
    with pytest.warns(UserWarning, match=message):
        init_nlp(loaded)


def test_what_fits_is_not_warned_of(config):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        init_nlp(load_config(config))


@pytest.mark.parametrize("name", ["dore_cnn", "dore_long_documents"])
def test_data_can_be_debugged(name, data, capsys):
    with suppress(SystemExit):  # as the documents of both files are the same
        debug_data(
            CONFIGS / f"{name}.cfg",
            config_overrides={"paths.train": str(data), "paths.dev": str(data)},
            silent=False,
        )
    assert "Pipeline can be initialized with data" in capsys.readouterr().out
