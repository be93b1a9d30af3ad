"""spaCy's commands work with the component. Run these alone with `pytest -m commands`."""

import json

import pytest
import spacy
import srsly
from spacy.tokens import DocBin
from spacy.util import load_config, load_model_from_config

from .in_processes import run_commands
from .making import LABELS, STORIES, facts_of, stories, without_relations

pytestmark = pytest.mark.commands

# What a user writes; `init fill-config` does the rest.
BASE = """
[paths]
train = null
dev = null

[nlp]
lang = "en"
pipeline = ["docre"]

[components]

[components.docre]
factory = "docre"

[components.docre.model]
@architectures = "spacy_docre.Tok2VecExtractor.v1"

[components.docre.model.head]
@misc = "spacy_docre.GivenRows.v1"
row_width = 16
attention_heads = 2
dropout = 0.0

[components.docre.model.tok2vec]
@architectures = "spacy.HashEmbedCNN.v2"
width = 16
depth = 1
embed_size = 200
window_size = 2
maxout_pieces = 2
subword_features = false
pretrained_vectors = null

[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${paths.dev}

[training]
max_steps = 60
eval_frequency = 20
dropout = 0.0

[training.optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.01

[initialize]

[initialize.components]

[initialize.components.docre]

[initialize.components.docre.labels]
@readers = "spacy.read_labels.v1"
path = "LABELS/docre.json"
require = false
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A directory in which all commands ran, one after the other, as a user runs them."""
    path = tmp_path_factory.mktemp("project")
    corpus, config, best = path / "stories.spacy", path / "config.cfg", path / "output/model-best"
    DocBin(docs=stories(), store_user_data=True).to_disk(corpus)
    (path / "packages").mkdir()
    (path / "base.cfg").write_text(BASE.replace("LABELS", (path / "labels").as_posix()))
    data = ["--paths.train", corpus, "--paths.dev", corpus]
    trials = ["docre", "threshold", "docre_micro_f", "--n_trials", 3]
    printed = run_commands(
        ["init", "fill-config", path / "base.cfg", config],
        ["debug", "config", config, *data],
        ["init", "labels", config, path / "labels", *data],
        ["train", config, "--output", path / "output", *data],
        ["evaluate", best, corpus, "--output", path / "scores.json"],
        ["find-threshold", best, corpus, *trials],
        ["package", best, path / "packages", "--build", "none", "--name", "stories"],
    )
    (path / "printed.txt").write_text(printed, encoding="utf8")
    return path


def printed(project):
    return (project / "printed.txt").read_text(encoding="utf8")


def test_a_config_is_filled_and_without_errors(project):
    filled = load_config(project / "config.cfg")
    assert filled["components"]["docre"]["threshold"] == 0.5
    assert filled["components"]["docre"]["model"]["head"]["exchange_layers"] == 0
    assert filled["components"]["docre"]["sources"]["@misc"] == "spacy_docre.DefaultSources.v1"
    assert filled["training"]["score_weights"]["docre_micro_f"] == 1.0
    assert "Config is valid" in printed(project)


def test_written_labels_are_a_schema_that_initialization_reads(project):
    schema = srsly.read_json(project / "labels" / "docre.json")
    assert [relation["label"] for relation in schema["relations"]] == list(LABELS)
    schema["relations"].append({"label": "zeppelin", "name": "travels by airship"})
    srsly.write_json(project / "edited.json", schema)
    config = load_config(
        project / "config.cfg",
        overrides={
            "paths.train": str(project / "stories.spacy"),
            "initialize.components.docre.labels.path": str(project / "edited.json"),
        },
        interpolate=True,
    )
    nlp = load_model_from_config(config)
    nlp.initialize()
    assert nlp.get_pipe("docre").labels == (*LABELS, "zeppelin")
    assert nlp.get_pipe("docre").schema["zeppelin"].name == "travels by airship"


def test_training_learns(project):
    nlp = spacy.load(project / "output" / "model-best")
    found = [facts_of(nlp(without_relations(doc))) for doc in stories()]
    assert found == list(map(set, STORIES))
    assert nlp.meta["performance"]["docre_micro_f"] == 1.0
    assert nlp.meta["labels"] == {"docre": list(LABELS)}
    assert "DOCRE_MIC" in printed(project)


def test_evaluation_writes_scores(project):
    scores = json.loads((project / "scores.json").read_text())
    assert scores["docre_micro_f"] == 1.0
    assert scores["docre_per_relation"]["lies_in"]["support"] == 2


def test_thresholds_are_searched(project):
    """From a relation in each pair to none at all."""
    rows = [line.split() for line in printed(project).splitlines()]
    trials = {
        row[0]: float(row[1]) for row in rows if len(row) == 2 and row[0] in ("0.0", "0.5", "1.0")
    }
    assert trials["0.5"] == 1.0
    assert 0 < trials["0.0"] < 0.5
    assert trials["1.0"] == 0.0


def test_a_package_requires_this_one_and_loads(project):
    (package,) = (project / "packages").iterdir()
    meta = srsly.read_json(package / "meta.json")
    assert any(name.startswith("spacy-docre") for name in meta["requirements"])
    (data,) = package.glob("en_stories/en_stories-*")
    nlp = spacy.load(data)
    assert facts_of(nlp(without_relations(stories()[0]))) == set(STORIES[0])
