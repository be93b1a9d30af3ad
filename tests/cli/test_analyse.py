"""`spacy docre-analyse` shows what a pipeline gets wrong."""

import re
import zlib

import pytest
import spacy
import srsly
from spacy.cli import app
from spacy.tokens import DocBin
from spacy.training import Corpus
from typer.testing import CliRunner

from spacy_docre.analysis.predictions import compare_predictions
from spacy_docre.cli.analyse import analyse
from spacy_docre.component.lookup import find_component
from spacy_docre.pipe import RelationExtractor
from tests.pipe.making import (
    BILINEAR,
    examples,
    losing_scores,
    small_pipeline,
    stories,
    tell,
    without_relations,
)

EVIL = "<b>Zoe</b>"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A pipeline that knows nothing and says little."""
    path = tmp_path_factory.mktemp("model") / "model-last"
    nlp = small_pipeline(BILINEAR, threshold=0.625)
    nlp.initialize(lambda: examples(nlp))
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "dev.spacy"
    docs = [*stories(), tell([("Ann", "born_in", "Bonn"), ("Bob", "lives_in", "Kiel")])]
    docs[0].user_data["title"] = EVIL
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    return path


def run(*arguments):
    result = CliRunner().invoke(app, ["docre-analyse", *map(str, arguments)])
    output = re.sub(r"\x1b\[[0-9;]*m", "", result.output)
    return result.exit_code, [" ".join(line.split()) for line in output.splitlines()]


def test_tables_are_printed(model, data):
    code, lines = run(model, data, "--top", 2)
    assert code == 0
    titles = [line.strip("= ") for line in lines if line.startswith("===")]
    assert titles[:4] == [
        "Triples",
        "Why gold triples were missed",
        "Why predictions were wrong",
        "By relation (2 of 3)",
    ]
    assert any(re.fullmatch(r"4 10 \d+ [\d.-]+ [\d.]+ [\d.-]+ 0 \d+ \d+", line) for line in lines)


def test_a_page_and_a_picture_are_written(model, data, tmp_path):
    pytest.importorskip("matplotlib")
    html, png = tmp_path / "errors.html", tmp_path / "curve.png"
    code, lines = run(model, data, "--html", html, "--threshold-curve", png)
    assert code == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    page = html.read_text(encoding="utf8")
    assert "data:image/png;base64," in page
    assert "&lt;b&gt;Zoe&lt;/b&gt;" in page
    assert EVIL not in page
    assert any("By threshold" in line for line in lines)


def test_extracting_without_a_threshold_leaves_the_pipeline_as_it_was(model, data):
    nlp = spacy.load(model)
    pipe = find_component(nlp)
    corpus = Corpus(data)
    measured = compare_predictions(nlp, pipe, list(corpus(nlp)))
    everything = compare_predictions(nlp, pipe, list(corpus(nlp)), threshold=0.0)
    assert pipe.cfg["threshold"] == 0.625
    assert sum(len(c.predicted) for c in everything) > sum(len(c.predicted) for c in measured)
    # A pair is scored by itself, so nothing depends on what was said before.
    assert [c.predicted for c in measured] == [
        {s for s, score in c.scores.items() if score >= 0.625} for c in everything
    ]


def test_relations_without_scores_get_none_and_their_curve_a_warning(
    model, data, tmp_path, monkeypatch
):
    monkeypatch.setattr(RelationExtractor, "_extract", losing_scores(RelationExtractor._extract))
    with pytest.warns(UserWarning, match=r"DRW691.*'docre'.*log_probs"):
        analysis = analyse(str(model), data, html=tmp_path / "errors.html")
    assert "Wrong" in analysis.page
    assert "1.00" not in analysis.page


def test_without_gold_entities_missed_ones_are_a_reason(model, data):
    nlp = spacy.load(model, config={"components.docre.use_gold_entities": False})
    comparisons = compare_predictions(nlp, find_component(nlp), list(Corpus(data)(nlp)))
    assert all(not c.detected and not c.predicted for c in comparisons)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--pipe", "ner"], "DRE420"),
        (["--html", "nowhere/errors.html"], "DRE335"),
        (["--html", "/proc/errors.html"], "DRE335"),
        (["--html", "curve.png", "--threshold-curve", "curve.png"], "DRE333"),
        (["--html", "other.spacy"], "DRE330"),
        (["--threshold-curve", "curve.bmp"], "DRE423"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(model, data, options, error):
    code, lines = run(model, data, *options)
    assert code == 1
    assert any(error in line for line in lines)


def test_the_corpus_is_not_overwritten(model, data):
    before = data.read_bytes()
    code, lines = run(model, data, "--html", data)
    assert code == 1
    assert any("DRE333" in line for line in lines)
    assert data.read_bytes() == before


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_costs_no_page_that_was_there(model, data, tmp_path):
    html = tmp_path / "errors.html"
    html.write_text("good")
    code, lines = run(model, data, "--html", html)
    assert code == 1
    assert any("[DRE335]" in line for line in lines)
    assert html.read_text() == "good"
    assert list(tmp_path.iterdir()) == [html]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("dev.bin", "it is not a .spacy file"),
        ("folder", "the folder has no .spacy file"),
        ("dev.spacy", "it holds no documents (KeyError: 'attrs')"),
    ],
)
def test_what_holds_no_documents_is_named(model, tmp_path, name, problem):
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    else:
        path.write_bytes(zlib.compress(srsly.msgpack_dumps({"a": 1})))
    code, lines = run(model, path)
    assert code == 1
    assert f"[DRE355] {path} cannot be read: {problem}." in " ".join(lines)


def test_a_folder_is_analysed_like_a_file(model, data, tmp_path):
    for name in ("a.spacy", "b.spacy"):
        (tmp_path / name).write_bytes(data.read_bytes())
    code, lines = run(model, tmp_path)
    assert code == 0
    assert any(line.startswith("8 20 ") for line in lines)


def test_documents_without_relations_cannot_be_analysed(model, tmp_path):
    path = tmp_path / "raw.spacy"
    docs = [without_relations(doc) for doc in stories()]
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    code, lines = run(model, path)
    assert code == 1
    assert any("DRE421" in line for line in lines)
