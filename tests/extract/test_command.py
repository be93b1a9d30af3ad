"""`python -m spacy docre-extract`."""

import json

import pytest
from spacy.cli._util import app
from typer.testing import CliRunner

from .conftest import records_of


@pytest.fixture
def command(pipeline, tmp_path):
    def command(*arguments):
        result = CliRunner().invoke(app, ["docre-extract", pipeline, *map(str, arguments)])
        return result.exit_code, result.output

    return command


def test_it_says_what_was_done(command, texts, jsonl, tmp_path):
    path, output = jsonl(*({"body": text} for text in texts)), tmp_path / "out.jsonl"
    code, said = command(path, output, "--text-key", "body", "--labels", "born_in, lives_in")
    assert code == 0
    assert len(records_of(output)) == 3
    assert "Saved 6 relations" in said
    assert "documents a second" in said


def test_it_says_what_failed_and_how_it_ended(command, texts, jsonl, tmp_path):
    path, output = jsonl({"text": texts[0]}, "{", {"text": texts[1]}), tmp_path / "out.jsonl"
    code, said = command(path, output, "--on-error", "raise")
    assert code == 1
    assert "[DRE703]" in said
    code, said = command(path, output)
    assert code == 3
    assert "Documents done by a former run" in said
    assert "Documents that could not be read" in said
    code, said = command(path, output)
    assert code == 1
    assert "[DRE712]" in said
    assert command(path, output, "--overwrite", "--limit", 1)[0] == 0
    assert len(records_of(output)) == 1


def test_code_may_change_what_the_pipeline_takes(command, jsonl, tmp_path):
    (tmp_path / "code.py").write_text(
        "import spacy.language\nspacy.language.Language.component('sentencizer_of_mine')\n"
        f"open({str(tmp_path / 'loaded')!r}, 'w').close()\n"
    )
    path = jsonl({"text": ""})
    assert command(path, tmp_path / "out.csv", "--code", tmp_path / "code.py")[0] == 0
    assert (tmp_path / "loaded").exists()
    code, said = command(path, tmp_path / "b.csv", "--gpu-id", 0, "--n-process", 2)
    assert code == 1
    assert "[DRE718]" in said
    assert json.loads((tmp_path / "in.jsonl").read_text()) == {"text": ""}
