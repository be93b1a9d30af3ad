"""Relations of all documents of an input, in a file whose name says its form."""

import csv
import json
import os

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_docre.data.storage import load_relations
from spacy_docre.extract.inputs import Keys
from spacy_docre.extract.outputs import OUTPUTS
from spacy_docre.extract.run import Options, extract
from spacy_docre.graph.records import SCHEMA_PATH, document_record

from ..pipe.making import STORIES, facts_of
from .conftest import facts_in, records_of


@pytest.fixture
def run(nlp, pipeline, tmp_path):
    def run(input_path, name="out.jsonl", **options):
        output = tmp_path / "output" / name
        output.parent.mkdir(exist_ok=True)
        run.counts = extract(pipeline, str(input_path), output, Options(**options), nlp=nlp)
        return output

    return run


def test_lines_say_what_the_pipeline_finds(run, nlp, texts, jsonl):
    jsonschema = pytest.importorskip("jsonschema")
    lines = [{"text": text, "id": n, "year": 1900 + n} for n, text in enumerate(texts)]
    output = run(jsonl(*lines))
    records = records_of(output)
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf8"))
    for n, (record, doc, story) in enumerate(zip(records, nlp.pipe(texts), STORIES, strict=True)):
        jsonschema.validate(record, schema)
        assert (record["id"], record["meta"]) == (str(n), {"year": 1900 + n})
        assert facts_in(record) == facts_of(doc) == set(story)
        assert all(relation["evidence"] for relation in record["relations"])
        assert record["relations"] == document_record(doc)["relations"]
    assert [path.name for path in output.parent.iterdir()] == ["out.jsonl"]
    assert (run.counts.done, run.counts.written, run.counts.relations) == (3, 3, 8)


def test_a_table_has_a_row_for_each_relation(run, texts, jsonl):
    output = run(jsonl(*({"text": text, "n": [n]} for n, text in enumerate(texts))), "out.csv")
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(r["head_text"], r["label"], r["tail_text"]) for r in rows} == {
        fact for story in STORIES for fact in story
    }
    assert rows[0]["doc_id"] == "in.jsonl:1"
    assert json.loads(rows[0]["meta"]) == {"n": [0]}


def test_a_table_survives_whatever_texts_and_ids_consist_of(run, texts, jsonl):
    odd = 'a\rb,"c"\n\u2028'
    output = run(jsonl({"text": texts[0].replace(". ", ".\r", 1), "id": odd}), "out.csv")
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == run.counts.relations > 0
    assert {row["doc_id"] for row in rows} == {odd}
    assert all(0 < float(row["score"]) <= 1 for row in rows)
    output = run(jsonl({"text": texts[0], "id": "a\rb"}), "other.csv")
    with output.open(newline="") as file:
        assert {row["doc_id"] for row in csv.DictReader(file)} == {"a\rb"}


def test_parquet_is_read_and_written(run, texts, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"body": texts, "x": [1.5, float("nan"), None]})
    parquet.write_table(table, tmp_path / "in.parquet")
    rows = parquet.read_table(
        run(tmp_path / "in.parquet", "out.parquet", keys=Keys("body"))
    ).to_pylist()
    assert len(rows) == 8
    assert {type(row["score"]) for row in rows} == {float}
    assert json.loads(rows[0]["meta"]) == {"x": 1.5}
    assert {row["meta"] for row in rows[3:]} == {'{"x": null}'}


def test_documents_are_read_and_written_with_their_annotations(run, nlp, texts, jsonl):
    first = run(jsonl(*({"text": text, "id": text[:4], "k": 1} for text in texts)), "docs.spacy")
    docs = list(DocBin().from_disk(first).get_docs(nlp.vocab))
    assert [facts_of(doc) for doc in docs] == [set(story) for story in STORIES]
    assert all(set(doc.user_data) == {"id", "meta", "spacy_docre.relations"} for doc in docs)
    records = records_of(run(first))
    assert [record["id"] for record in records] == [text[:4] for text in texts]
    assert [record["meta"] for record in records] == [{"k": 1}] * 3
    assert [facts_in(record) for record in records] == [set(story) for story in STORIES]


def test_a_folder_is_read_file_by_file(run, texts, tmp_path):
    folder = tmp_path / "texts"
    (folder / "more").mkdir(parents=True)
    (folder / "b.txt").write_text(texts[0])
    (folder / "a.md").write_bytes(b"\xef\xbb\xbf" + texts[1].encode())
    (folder / "more" / "c.jsonl").write_text(json.dumps({"text": texts[2]}))
    (folder / ".hidden").write_text("no text")
    records = records_of(run(folder))
    assert [record["id"] for record in records] == ["a.md", "b.txt", "more/c.jsonl:1"]
    assert [record["text"] for record in records] == [texts[1], texts[0], texts[2]]


def test_what_cannot_be_looked_into_is_refused_rather_than_passed_over(
    run, texts, tmp_path, capsys, monkeypatch
):
    folder, elsewhere = tmp_path / "texts", tmp_path / "elsewhere"
    (folder / "closed").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text(texts[0])
    (folder / "b.txt").symlink_to(elsewhere / "a.txt")
    (folder / "lost.txt").symlink_to(tmp_path / "nowhere")
    (folder / "more").symlink_to(elsewhere)
    (folder / "self").symlink_to(folder / "self")
    access = os.access

    def as_anybody_but_root(path, mode):
        return path.name != "closed" and access(path, mode)

    monkeypatch.setattr(os, "access", as_anybody_but_root)
    (record,) = records_of(run(folder))
    assert record["id"] == "b.txt"
    assert (run.counts.done, run.counts.refused) == (5, 4)
    said = capsys.readouterr().err
    for name in ("closed", "lost.txt", "more", "self"):
        assert f"/{name} cannot be read" in said


def test_a_table_whose_columns_have_one_name_is_refused(run, tmp_path, capsys):
    path = tmp_path / "in.csv"
    path.write_text("text,text\none,other\n")
    assert records_of(run(path)) == []
    assert "several columns are called 'text'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_an_output_that_is_a_link_stays_one(run, jsonl, texts, tmp_path, name):
    (tmp_path / "output").mkdir()
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / name
    (tmp_path / "output" / name).symlink_to(target)
    output = run(jsonl({"text": texts[0]}), name)
    assert output.is_symlink()
    assert target.is_file()
    assert [path.name for path in target.parent.iterdir()] == [name]


def test_columns_of_a_table_are_kept(run, tmp_path, texts):
    path = tmp_path / "in.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["key", "text", "who"], ["a", texts[0] + "\nAnd\u2028so on.", "Ann"]])
    (record,) = records_of(run(path, keys=Keys(id="key")))
    assert (record["id"], record["meta"]) == ("a", {"who": "Ann"})
    assert record["text"].endswith("And\u2028so on.")


def test_standard_input_is_lines_of_json_or_a_text(run, texts, monkeypatch):
    from io import BytesIO, TextIOWrapper

    for data, ids in [
        (b"\n" + b"\n".join(json.dumps({"text": t}).encode() for t in texts), ["stdin:2"]),
        (texts[0].encode(), ["stdin"]),
    ]:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(data)))
        records = records_of(run("-", overwrite=True))
        assert [record["id"] for record in records][:1] == ids
    assert len(records) == 1


def test_the_line_break_at_the_end_of_a_text_is_no_sentence(run, texts, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\n" + texts[0].encode() + b"\r\n\n")
    (record,) = records_of(run(str(tmp_path / "a.txt")))
    assert record["text"] == "\n" + texts[0]
    start, end = record["sentences"][-1]
    assert record["text"][start:end] == "Ann now lives in Kiel ."


@pytest.mark.parametrize("n_process", [1, 2])
def test_options_decide_what_is_kept(run, texts, jsonl, n_process):
    path = jsonl(*({"text": text} for text in texts))
    options = {"labels": ("born_in",), "limit": 2, "batch_size": 1, "n_process": n_process}
    assert [facts_in(record) for record in records_of(run(path, **options))] == [
        {("Ann", "born_in", "Bonn")},
        {("Bob", "born_in", "Ulm")},
    ]
    lower = run(path, "lower.jsonl", threshold=0.0, n_process=n_process)
    assert run.counts.relations > 8
    assert len(records_of(lower)) == 3


def test_other_writers_get_each_record_once(run, texts, jsonl, monkeypatch):
    class Writer:
        def __init__(self, path):
            self.path = path
            self.ids = []

        def __enter__(self):
            return self

        def write(self, record):
            self.ids.append(record["id"])

        def __exit__(self, *error):
            (self.path / "ids").write_text(" ".join(self.ids))

    monkeypatch.setitem(OUTPUTS, "", Writer)
    output = run(jsonl(*({"text": text, "id": n} for n, text in enumerate(texts))), "folder")
    assert (output / "ids").read_text() == "0 1 2"
    with pytest.raises(ValueError, match="DRE721"):
        run(jsonl({"text": ""}), "folder", overwrite=True)


def test_an_empty_text_has_no_relations(run, jsonl):
    (record,) = records_of(run(jsonl({"text": ""})))
    assert (record["text"], record["relations"], record["entities"]) == ("", [], [])


def test_the_pipeline_is_found_where_it_lies(pipeline, texts, jsonl, tmp_path):
    extract(pipeline, jsonl({"text": texts[0]}), tmp_path / "out.spacy")
    from spacy.vocab import Vocab

    (doc,) = DocBin().from_disk(tmp_path / "out.spacy").get_docs(Vocab())
    assert len(load_relations(doc).triples) == 3


def test_documents_are_written_without_the_vectors_of_their_tokens(run, nlp, texts, jsonl):
    trf_data = ("._.", "trf_data", None, None)

    @Language.component("encoder_that_keeps_vectors")
    def keep(doc):
        doc.tensor = np.ones((len(doc), 300), "f")
        doc.user_data[trf_data] = "vectors"
        return doc

    nlp.add_pipe("encoder_that_keeps_vectors", last=True)
    try:
        (doc,) = DocBin().from_disk(run(jsonl({"text": texts[0]}), "d.spacy")).get_docs(nlp.vocab)
    finally:
        nlp.remove_pipe("encoder_that_keeps_vectors")
    assert trf_data not in doc.user_data and not doc.tensor.size
