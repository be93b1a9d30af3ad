"""Tables of texts become tables of records, for engines that share them among machines."""

import json
import pickle

import pytest

from spacy_docre.extract import batches
from spacy_docre.extract.batches import COLUMNS, ExtractBatch
from spacy_docre.extract.run import extract

from .conftest import records_of

pandas = pytest.importorskip("pandas")


@pytest.fixture
def loaded(nlp, monkeypatch):
    """The pipeline, as a worker has it."""
    monkeypatch.setattr(batches, "load_pipeline", lambda name: nlp)
    batches._load.cache_clear()
    yield nlp
    batches._load.cache_clear()


def test_a_table_has_the_records_that_the_command_writes(loaded, pipeline, texts, jsonl, tmp_path):
    rows = [{"id": f"d{i}", "text": text, "year": 1900 + i} for i, text in enumerate(texts)]
    output = tmp_path / "out.jsonl"
    extract(pipeline, jsonl(*rows), output, nlp=loaded)
    table = ExtractBatch(pipeline)(pandas.DataFrame(rows))
    assert list(table.columns) == list(COLUMNS)
    assert list(map(json.loads, table["record"])) == records_of(output)
    assert list(table["id"]) == ["d0", "d1", "d2"]
    assert not any(table["error"])
    (again,) = ExtractBatch(pipeline).tables([pandas.DataFrame(rows)])
    assert again.equals(table)


def test_a_row_that_fails_says_why_and_costs_no_other(loaded, pipeline, texts, monkeypatch):
    docre = loaded.get_pipe("docre")
    as_it_was = docre.set_annotations

    def fail(docs, *args):
        if any("broken" in doc.text for doc in docs):
            raise RuntimeError("it cannot be")
        return as_it_was(docs, *args)

    monkeypatch.setattr(docre, "set_annotations", fail)
    given = [texts[0], None, "This is broken.", texts[2], texts[1]]
    rows = pandas.DataFrame({"name": ["a", "b", "c", "c", "e"], "body": given})
    table = ExtractBatch(pipeline, text_key="body", id_key="name")(rows)
    assert list(table["id"]) == ["a", "b", "c", "c", "e"]
    assert [bool(record) for record in table["record"]] == [True, False, False, True, True]
    assert [bool(error) for error in table["error"]] == [False, True, True, False, False]
    assert "[DRE706]" in table["error"][1]
    assert "it cannot be" in table["error"][2]


def test_a_component_that_ends_the_stream_costs_one_document(loaded, pipeline, texts, monkeypatch):
    docre = loaded.get_pipe("docre")
    as_it_was = docre.pipe

    def pipe(stream, **settings):
        for doc in as_it_was(stream, **settings):
            if "broken" in doc.text:
                raise RuntimeError("it cannot be")
            yield doc

    monkeypatch.setattr(docre, "pipe", pipe)
    rows = pandas.DataFrame({"id": [1, 2, 3], "text": [texts[0], "This is broken.", texts[1]]})
    table = ExtractBatch(pipeline)(rows)
    assert list(table["id"]) == ["1", "2", "3"]
    assert [bool(record) for record in table["record"]] == [True, False, True]
    assert "it cannot be" in table["error"][1]


def test_what_goes_to_a_worker_is_the_name_of_the_pipeline(loaded, pipeline, texts):
    extract_batch = ExtractBatch(pipeline, threshold=0.9)
    extract_batch(pandas.DataFrame({"id": ["a"], "text": texts[:1]}))
    data = pickle.dumps(extract_batch)
    assert len(data) < 1000
    assert pickle.loads(data).pipeline == pipeline
