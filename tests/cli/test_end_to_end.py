"""`python -m spacy docre-end-to-end` says where quality is lost."""

import re

import pytest
import spacy
import srsly
from spacy.cli import app
from spacy.tokens import DocBin
from typer.testing import CliRunner

from tests.pipe.making import TYPES, blank, examples, small_model, stories


@pytest.fixture(scope="module")
def nlp():
    """A pipeline that recognises all names, and knows nothing of them."""
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("entity_ruler")
    nlp.add_pipe("docre", config={"model": small_model()})
    nlp.initialize(lambda: examples(nlp))
    patterns = [{"label": TYPES[name], "pattern": name} for name in TYPES]
    nlp.get_pipe("entity_ruler").add_patterns(patterns)
    return nlp


def test_the_command_prints_and_saves_the_table(nlp, tmp_path):
    nlp.to_disk(tmp_path / "model")
    docs = tmp_path / "dev.spacy"
    DocBin(docs=stories(), store_user_data=True).to_disk(docs)
    out = tmp_path / "scores.json"
    arguments = ["docre-end-to-end", tmp_path / "model", docs, "--output", out]
    result = CliRunner().invoke(app, [*map(str, arguments)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", result.output).splitlines()
    assert result.exit_code == 0
    assert any(
        re.match(r"mentions \(span and type\) +100.00 +100.00 +100.00", line) for line in lines
    )
    given = [line.split("  ")[0] for line in lines if line.startswith("given ")]
    assert given == ["given gold entities", "given gold mentions", "given nothing but text"]
    saved = srsly.read_json(out)
    assert saved["mentions"] == {"p": 1.0, "r": 1.0, "f": 1.0}
    assert list(saved["triples"]) == ["entities", "mentions", "text"]
    assert saved["triples"]["text"]["docre_documents"] == 3


def test_a_pipeline_without_the_component_is_refused(tmp_path):
    blank().to_disk(tmp_path / "model")
    docs = tmp_path / "dev.spacy"
    DocBin(docs=stories(), store_user_data=True).to_disk(docs)
    result = CliRunner().invoke(app, ["docre-end-to-end", str(tmp_path / "model"), str(docs)])
    assert result.exit_code == 1
    assert "DRE420" in result.output
