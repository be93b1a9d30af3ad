"""The code of the pages about rendering and graphs runs."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.mark.parametrize(
    "page, written", [("render.md", "relations.html"), ("graph.md", "graph.ttl")]
)
def test_the_code_of_the_page_runs(page, written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf8"), re.S)
    exec(compile(code, page, "exec"), {})
    assert (tmp_path / written).stat().st_size > 1000


def test_the_query_of_the_page_finds_where_a_triple_was_found(tmp_path, monkeypatch):
    rdflib = pytest.importorskip("rdflib")
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "graph.md").read_text(encoding="utf8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    (query,) = re.findall(r"```sparql\n(.*?)```", text, re.S)
    exec(compile(code, "graph.md", "exec"), {})
    found = {str(row.text) for row in rdflib.Graph().parse("graph.ttl").query(query)}
    assert found == {"Ann Berg was born in Bonn.", "Ann Berg is a native of Bonn."}
