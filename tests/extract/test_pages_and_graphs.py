"""What is extracted becomes a page, or one graph of all documents."""

import pytest

from spacy_docre.extract.run import extract
from spacy_docre.graph.graph import Graph
from spacy_docre.graph.outputs import write_graph
from spacy_docre.rendering.render import render

from .conftest import records_of


@pytest.mark.parametrize(
    "name", ["out.html", "out.graphml", "out.ttl", "out.nt", "out.json", "out"]
)
def test_it_is_the_same_as_from_the_records(nlp, pipeline, texts, jsonl, tmp_path, name):
    lines = jsonl(*({"text": text, "id": n} for n, text in enumerate(texts)))
    extract(pipeline, lines, tmp_path / "records.jsonl", nlp=nlp)
    extract(pipeline, lines, tmp_path / name, nlp=nlp)
    records = records_of(tmp_path / "records.jsonl")
    (tmp_path / "expected").mkdir()
    expected = tmp_path / "expected" / name
    if name.endswith(".html"):
        expected.write_text(render(records, page=True, manual=True) + "\n", encoding="utf8")
    else:
        graph = Graph()
        for record in records:
            graph.add(record)
        assert graph.triples
        write_graph(graph, expected)
    for path in expected.iterdir() if expected.is_dir() else [expected]:
        twin = tmp_path / name / path.name if expected.is_dir() else tmp_path / name
        assert twin.read_bytes() == path.read_bytes()
