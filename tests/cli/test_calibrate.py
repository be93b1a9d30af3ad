"""`spacy docre-calibrate` makes a pipeline whose scores mean something."""

import re

import pytest
import spacy
from spacy.cli import app
from spacy.tokens import DocBin
from typer.testing import CliRunner

import spacy_docre.cli.extract  # noqa: F401  # as spaCy does through the entry points
from tests.pipe.making import examples, small_pipeline, stories


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A pipeline that knows nothing, and finds the names of some people and towns."""
    path = tmp_path_factory.mktemp("model") / "model-last"
    nlp = small_pipeline()
    nlp.initialize(lambda: examples(nlp))
    ruler = nlp.add_pipe("entity_ruler", first=True)
    ruler.add_patterns([{"label": "PER", "pattern": "Ann"}, {"label": "LOC", "pattern": "Bonn"}])
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "dev.spacy"
    DocBin(docs=[*stories(), *stories()], store_user_data=True).to_disk(path)
    return path


def run(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    output = re.sub(r"\x1b\[[0-9;]*m", "", result.output)
    return result.exit_code, [" ".join(line.split()) for line in output.splitlines()]


def test_a_calibrated_pipeline_is_saved_with_its_operating_points(model, data, tmp_path):
    output = tmp_path / "calibrated"
    code, lines = run(
        "docre-calibrate",
        model,
        data,
        output,
        "--gold-entities",
        "--floor",
        0,
        "--point",
        "precise",
    )
    assert code == 0
    titles = [line.strip("= ") for line in lines if line.startswith("===")]
    assert titles[:2] == ["Expected calibration error", "Operating points"]
    before, after = (
        float(line.split()[1]) for line in lines if line.startswith(("before", "after"))
    )
    assert after < before
    docre = spacy.load(output).get_pipe("docre")
    points = docre.calibration.thresholds
    assert docre.cfg["threshold"] == "precise"
    assert docre.threshold_of() == points["precise"]
    for name, threshold in points.items():
        assert any(line.startswith(f"{name} {threshold:.4f} ") for line in lines)
    # The pipeline that was calibrated is as it was.
    assert spacy.load(model).get_pipe("docre").calibration is None

    texts, relations = tmp_path / "texts.txt", tmp_path / "relations.jsonl"
    texts.write_text("Ann was born in Bonn .")
    code, lines = run("docre-extract", output, texts, relations, "--threshold", "balanced")
    assert code == 0
    code, lines = run("docre-extract", output, texts, relations, "-F", "--threshold", "loose")
    assert code == 1
    assert "DRE690" in " ".join(lines)
    assert run("docre-extract", output, texts, relations, "-F", "--threshold", "0.9")[0] == 0
    assert run("docre-extract", output, texts, relations, "-F", "--threshold", "9")[0] == 1


def test_it_reads_plain_text_unless_gold_entities_are_asked_for(model, data, tmp_path):
    code, lines = run("docre-calibrate", model, data, tmp_path / "one", "--floor", 0)
    assert code == 0
    (found,) = re.findall(r"Of ([\d,]+) triples in 6 documents", " ".join(lines))
    _, lines = run("docre-calibrate", model, data, tmp_path / "two", "--floor", 0, "-G")
    (of_gold,) = re.findall(r"Of ([\d,]+) triples in 6 documents", " ".join(lines))
    assert 0 < int(found) < int(of_gold)


REFUSED = {
    "no such component": (["--pipe", "other"], "DRE420"),
    "nothing to look at": (["--floor", "1"], "DRE693"),
}


@pytest.mark.parametrize(("options", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_and_nothing_written(model, data, tmp_path, options, error):
    output = tmp_path / "calibrated"
    code, lines = run("docre-calibrate", model, data, output, "-G", *options)
    assert code == 1
    assert error in " ".join(lines)
    assert not output.exists()


def test_an_operating_point_that_nobody_finds_is_refused_at_once(model, data, tmp_path):
    code, lines = run("docre-calibrate", model, data, tmp_path / "out", "--point", "loose")
    assert code == 2
    assert "'loose' is not one of 'balanced', 'precise'" in " ".join(lines)


def test_triples_are_looked_at_from_the_threshold_on_unless_a_floor_is_given(model, data, tmp_path):
    nlp = spacy.load(model)
    nlp.get_pipe("docre").cfg["threshold"] = 0.125
    nlp.to_disk(tmp_path / "lower")
    calibrated = tmp_path / "calibrated"
    code, lines = run("docre-calibrate", tmp_path / "lower", data, calibrated, "-G")
    assert code == 0
    assert "from an uncalibrated score of 0.125 on." in " ".join(lines)
    # Calibrated again, it is looked at as before.
    code, lines = run("docre-calibrate", calibrated, data, tmp_path / "again", "-G")
    assert code == 0
    assert "from an uncalibrated score of 0.125 on." in " ".join(lines)
    assert {
        spacy.load(path).get_pipe("docre").calibration.floor
        for path in (calibrated, tmp_path / "again")
    } == {0.125}


def test_a_folder_that_is_not_empty_stays_as_it_is(model, data, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Ann")
    code, lines = run("docre-calibrate", model, data, tmp_path, "-G")
    assert code == 1
    assert "DRE721" in " ".join(lines)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
