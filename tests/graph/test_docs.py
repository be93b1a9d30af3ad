"""The code of the pages about rendering and graphs runs."""

import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"


def blocks(page, language="python"):
    text = (DOCS / page).read_text(encoding="utf8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def run(code, page, names):
    exec(compile(code, page, "exec"), names)


@pytest.fixture
def of_graph(tmp_path, monkeypatch):
    """The names that the first code of the page about graphs leaves."""
    monkeypatch.chdir(tmp_path)
    names = {}
    run(blocks("graph.md")[0], "graph.md", names)
    return names


def test_the_code_of_the_page_about_rendering_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("render.md")
    run(code, "render.md", {})
    assert (tmp_path / "relations.html").stat().st_size > 1000


def test_the_code_of_the_page_about_graphs_runs(of_graph, tmp_path):
    assert (tmp_path / "graph.ttl").stat().st_size > 1000
    record = of_graph["document_record"](of_graph["doc"])
    (tmp_path / "relations.jsonl").write_text(json.dumps(record) + "\n", encoding="utf8")
    _, of_lines, of_files = blocks("graph.md")
    run(of_lines, "graph.md", of_graph)
    assert [triple.count for triple in of_graph["graph"].triples] == [1]
    for module in ("networkx", "rdflib"):
        pytest.importorskip(module)
    for name in ("relations.graphml", "relations.ttl"):
        of_graph["write_graph"](of_graph["graph"], name)
    run(of_files, "graph.md", of_graph)
    assert len(of_graph["edges"]) == 1
    assert len(of_graph["statements"]) > 5


def test_the_query_of_the_page_finds_where_a_triple_was_found(of_graph):
    rdflib = pytest.importorskip("rdflib")
    (query,) = blocks("graph.md", "sparql")
    found = {str(row.text) for row in rdflib.Graph().parse("graph.ttl").query(query)}
    assert found == {"Ann Berg was born in Bonn.", "Ann Berg is a native of Bonn."}
