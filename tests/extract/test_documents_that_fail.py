"""One document that is broken, or that the pipeline fails with, costs no other one."""

import json

import pytest

from spacy_docre.extract.inputs import Keys
from spacy_docre.extract.run import Options, extract

from ..pipe.making import examples
from .conftest import records_of

BROKEN = [
    (b'{"text": ', "DRE703"),
    (b'{"text": "a", "text": "b"}', "DRE703"),
    (b'{"text": "a", "x": NaN}', "DRE703"),
    (b"[]", "DRE703"),
    (b"[" * 100_000, "DRE703"),
    (b'{"txt": "a"}', "DRE705"),
    (b'{"text": 5}', "DRE706"),
    (b'{"text": "a", "id": [1]}', "DRE707"),
    (b'{"text": "\xff"}', "DRE302"),
    (b'{"text": "\\ud800"}', "DRE302"),
    (b'{"text": "a\0"}', "DRE344"),
    (b'{"text": "' + b"a" * 2001 + b'"}', "DRE708"),
    (b'{"text": "a", "x": "\\ud800"}', "DRE710"),
]

LINES = pytest.mark.parametrize("line, number", BROKEN, ids=range(len(BROKEN)))


@pytest.fixture
def run(nlp, pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(nlp, "max_length", 2000)

    def run(input_path, **options):
        output = tmp_path / "out.jsonl"
        counts = extract(pipeline, str(input_path), output, Options(**options), nlp=nlp)
        return counts, [record["text"] for record in records_of(output)]

    return run


@pytest.mark.parametrize(
    "line, number", BROKEN, ids=[n + str(i) for i, (_, n) in enumerate(BROKEN)]
)
def test_a_broken_line_is_named_and_counted(run, jsonl, line, number, capsys):
    counts, texts = run(jsonl({"text": "one"}, line, {"text": "three"}))
    assert texts == ["one", "three"]
    assert (counts.done, counts.written, counts.refused + counts.failed) == (3, 2, 1)
    message = capsys.readouterr().err
    assert f"[{number}]" in message
    assert "in.jsonl, line 2" in message


@pytest.mark.parametrize(
    "line, number", BROKEN, ids=[n + str(i) for i, (_, n) in enumerate(BROKEN)]
)
def test_or_ends_the_run_with_all_before_it_kept(run, jsonl, line, number, tmp_path):
    path = jsonl(*[{"text": "one"}] * 40, line, {"text": "three"})
    with pytest.raises(ValueError, match=rf"\[{number}\].*in.jsonl, line 41"):
        run(path, on_error="raise")
    assert len(records_of(tmp_path / "out.jsonl.partial")) == 40
    counts, texts = run(path)  # which may be told now to go on
    assert texts == ["one"] * 40 + ["three"]
    assert (counts.written, counts.refused + counts.failed) == (41, 1)


def test_files_that_hold_something_else_are_named(run, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    (folder / "b.txt").write_bytes(b"\xff\xfe")
    (folder / "c.spacy").write_bytes(b"nonsense")
    (folder / "d.csv").write_text("body,id\nx,y\n")
    (folder / "e.csv").write_bytes(b"text,id\ntwo,y\n\xff,z\nx,y,z\nx\nthree,w\n")
    counts, texts = run(folder)
    assert texts == ["one", "two", "three"]
    assert (counts.written, counts.refused) == (3, 6)
    message = capsys.readouterr().err
    for said in ["DRE302", "b.txt", "DRE355", "c.spacy", "DRE705", "d.csv", "e.csv, line 3"]:
        assert said in message


@pytest.mark.parametrize("n_process", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_documents_that_a_component_fails_with_are_named(
    run, nlp, jsonl, n_process, batch_size, monkeypatch, capfd
):
    pipe = nlp.get_pipe("docre")
    read = pipe.entity_doc

    def failing(doc):
        if "fail" in doc.text:
            raise IndexError("out of luck")
        return read(doc)

    monkeypatch.setattr(pipe, "entity_doc", failing)
    words = ["fail", "a", "b", "fail", "fail", "c", "fail"]
    path = jsonl(*({"text": word} for word in words))
    counts, texts = run(path, n_process=n_process, batch_size=batch_size)
    assert texts == ["a", "b", "c"]
    assert (counts.done, counts.written, counts.failed, counts.refused) == (7, 3, 4, 0)
    message = capfd.readouterr().err
    for number in (1, 4, 5, 7):
        assert f"in.jsonl, line {number}: the component 'docre' failed: out of luck" in message


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_a_component_that_ends_the_stream_costs_its_documents_only(
    run, nlp, jsonl, batch_size, monkeypatch, capsys
):
    pipe = nlp.get_pipe("docre")
    annotate = pipe.pipe

    def ending(docs, **settings):
        for doc in annotate(docs, **settings):
            if "fail" in doc.text:
                raise IndexError("out of luck")
            yield doc

    monkeypatch.setattr(pipe, "pipe", ending)
    words = ["a", "fail", "b", "fail", "fail", "c", "d", "fail"]
    counts, texts = run(jsonl(*({"text": word} for word in words)), batch_size=batch_size)
    assert texts == ["a", "b", "c", "d"]
    assert (counts.done, counts.written, counts.failed, counts.refused) == (8, 4, 4, 0)
    assert capsys.readouterr().err.count("out of luck") == 4


def test_a_pipeline_with_an_entity_recognizer_takes_a_report(pipeline, jsonl, tmp_path):
    import spacy

    nlp = spacy.load(pipeline)
    nlp.add_pipe("ner").initialize(lambda: examples(nlp), nlp=nlp)
    counts = extract(pipeline, jsonl({"text": "Ann ."}), tmp_path / "out.jsonl", nlp=nlp)
    assert counts.written == 1


def test_or_end_the_run(run, nlp, jsonl, monkeypatch):
    pipe = nlp.get_pipe("docre")
    read = pipe.entity_doc
    monkeypatch.setattr(pipe, "entity_doc", lambda doc: 1 / 0 if "no" in doc.text else read(doc))
    path = jsonl({"text": "a"}, {"text": "no"}, {"text": "b"})
    with pytest.raises(ValueError, match=r"DRE709.*line 2.*division"):
        run(path, on_error="raise")
    monkeypatch.setattr(pipe, "entity_doc", read)
    counts, texts = run(path, on_error="raise")
    assert (texts, counts.done, counts.failed) == (["a", "no", "b"], 3, 0)


@pytest.mark.parametrize(
    "options, number",
    [
        ({"on_error": "stop"}, "DRE321"),
        ({"limit": -1}, "DRE323"),
        ({"labels": ("born", "lives_in")}, "DRE717.*born:.*born_in"),
        ({"threshold": 2.0}, "threshold"),
    ],
)
def test_what_makes_no_sense_leaves_nothing_behind(run, jsonl, options, number, tmp_path):
    path = jsonl({"text": "a"})
    with pytest.raises(ValueError, match=number):
        run(path, **options)
    assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    "source, output, number",
    [
        ("in.jsonl", "out.xyz", "DRE715"),
        ("in.jsonl", "no/out.jsonl", "DRE335"),
        ("in.jsonl", "in.jsonl", "DRE333"),
        ("none.jsonl", "out.jsonl", "DRE720"),
        (".", "out.jsonl", "DRE719"),
    ],
)
def test_places_that_make_no_sense_are_refused(
    nlp, pipeline, jsonl, tmp_path, source, output, number
):
    jsonl({"text": "a"})
    with pytest.raises(ValueError, match=number):
        extract(pipeline, str(tmp_path / source), tmp_path / output, nlp=nlp)
    assert json.loads((tmp_path / "in.jsonl").read_text()) == {"text": "a"}


def test_an_id_that_was_asked_for_must_be_there(run, jsonl, capsys):
    path = jsonl({"text": "a"}, {"text": "b", "key": 1}, {"text": "c", "key": ""})
    assert run(path, keys=Keys(id="key"))[1] == ["b"]
    message = capsys.readouterr().err
    assert "DRE705" in message
    assert "DRE707" in message


def test_a_pipeline_without_the_component_is_refused(pipeline, jsonl, tmp_path):
    import spacy

    with pytest.raises(ValueError, match=r"DRE420.*: none"):
        extract(pipeline, jsonl({"text": "a"}), tmp_path / "out.jsonl", nlp=spacy.blank("xx"))
