"""`spacy docre-convert` writes what spaCy trains on, and says what it did."""

import json
import re

import pytest
import spacy
from spacy.cli import app
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Corpus
from spacy.vocab import Vocab
from typer.testing import CliRunner

from spacy_docre.cli.convert import convert
from spacy_docre.data.schema import Schema
from spacy_docre.data.storage import load_relations

WORDS = [["Ann", "lives", "in", "Rome", "."], ["She", "left", "."]]
ANN = [{"sent_id": 0, "pos": [0, 1], "type": "PER"}, {"sent_id": 1, "pos": [0, 1], "type": "PER"}]
ROME = [{"sent_id": 0, "pos": [3, 4], "type": "LOC"}]


def document(title, **changes):
    labels = [{"h": 0, "t": 1, "r": "P551", "evidence": [0]}]
    return {"title": title, "sents": WORDS, "vertexSet": [ANN, ROME], "labels": labels, **changes}


BAD = document("bad", vertexSet=[ANN, []])


@pytest.fixture
def corpus(tmp_path):
    def write(*docs):
        path = tmp_path / "corpus.json"
        path.write_text(json.dumps(docs))
        return path

    return write


def run(*arguments):
    return CliRunner().invoke(app, ["docre-convert", *map(str, arguments)])


def plain(result):
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", result.output).split())


def read(path):
    return list(DocBin().from_disk(path).get_docs(Vocab()))


def test_a_corpus_is_converted_and_summed_up(corpus, tmp_path):
    output = tmp_path / "out.spacy"
    result = run(corpus(document("one"), document("two", labels=[])), output)
    assert result.exit_code == 0
    assert [doc.user_data["title"] for doc in read(output)] == ["one", "two"]
    assert [len(load_relations(doc).triples) for doc in read(output)] == [1, 0]
    expected = (
        "Documents read 2 Documents kept 2 Documents refused 0 Sentences 4 Mentions 6 "
        "Overlapping mentions 0 Entities 4 Triples 1 Relations 1"
    )
    assert expected in plain(result)


def test_documents_that_say_nothing_about_relations_are_summed_up(corpus, tmp_path):
    silent = document("silent")
    del silent["labels"]
    result = run(corpus(document("one", labels=[]), silent), tmp_path / "out.spacy")
    assert "Documents not annotated with relations 1 " in plain(result)
    result = run(corpus(document("one", labels=[])), tmp_path / "out.spacy")
    assert "not annotated" not in plain(result)


def test_spacys_own_reader_reads_the_output(corpus, tmp_path):
    convert(corpus(document("one")), tmp_path / "out.spacy")
    (example,) = Corpus(tmp_path / "out.spacy")(spacy.blank("en"))
    assert load_relations(example.reference).triples[0].label == "P551"
    assert example.predicted.text == example.reference.text


def test_a_bad_document_stops_and_nothing_is_written(corpus, tmp_path):
    output, schema = tmp_path / "out.spacy", tmp_path / "schema.json"
    result = run(corpus(document("one"), BAD), output, "--schema-out", schema)
    assert result.exit_code == 1
    assert "[DRE310]" in plain(result)
    assert "document 1 (counted from 0) ('bad')" in plain(result)
    assert not output.exists()
    assert not schema.exists()


def test_a_bad_document_is_skipped_on_request_and_reported(corpus, tmp_path):
    output = tmp_path / "out.spacy"
    result = run(corpus(BAD, document("one"), BAD), output, "--on-error", "skip")
    assert result.exit_code == 0
    assert [doc.user_data["title"] for doc in read(output)] == ["one"]
    assert "Documents read 3 Documents kept 1 Documents refused 2" in plain(result)
    assert "2 refused, the first of them:" in plain(result)
    assert "[DRE310]" in plain(result)


def test_called_from_python_it_warns_about_skipped_documents(corpus, tmp_path):
    path = corpus(BAD, document("one"))
    with pytest.warns(UserWarning, match=r"\[DRW301\].*1 of 2 documents"):
        convert(path, tmp_path / "out.spacy", on_error="skip")


def test_a_corpus_of_bad_documents_is_not_written(corpus, tmp_path):
    result = run(corpus(BAD), tmp_path / "out.spacy", "--on-error", "skip")
    assert result.exit_code == 1
    assert "[DRE332]" in plain(result)
    assert "[DRE310]" in plain(result)
    assert not (tmp_path / "out.spacy").exists()


def test_repeated_mentions_are_reported(corpus, tmp_path):
    result = run(corpus(document("one", vertexSet=[ANN, ROME * 3])), tmp_path / "out.spacy")
    assert "2 mentions were listed more than once" in plain(result)


def test_the_limit_counts_documents_of_the_input(corpus, tmp_path):
    output = tmp_path / "out.spacy"
    path = corpus(document("one"), BAD, document("two"))
    run(path, output, "--limit", 2, "--on-error", "skip")
    assert [doc.user_data["title"] for doc in read(output)] == ["one"]


def test_the_schema_has_the_names_and_all_relations_of_the_list(corpus, tmp_path):
    names, schema = tmp_path / "names.json", tmp_path / "schema.json"
    names.write_text('{"P551": "residence", "P17": "country"}')
    run(corpus(document("one")), tmp_path / "o.spacy", "--rel-info", names, "--schema-out", schema)
    read_schema = Schema.from_json(schema)
    assert read_schema.labels == ("P17", "P551")
    assert read_schema["P551"].name == "residence"
    assert read_schema.entity_types == ("LOC", "PER")


def test_relations_without_a_name_are_warned_about(corpus, tmp_path):
    names, schema = tmp_path / "names.json", tmp_path / "schema.json"
    names.write_text('{"P17": "country"}')
    with pytest.warns(UserWarning, match=r"\[DRW303\].*\(P551\)"):
        convert(corpus(document("one")), tmp_path / "o.spacy", rel_info=names, schema_out=schema)
    assert Schema.from_json(schema)["P551"].name == "P551"


@pytest.mark.parametrize("content", ["[]", '{"P17": 1}', '{"P17": ""}', "{"])
def test_a_bad_list_of_names_is_refused(corpus, tmp_path, content):
    names = tmp_path / "names.json"
    names.write_text(content)
    result = run(corpus(document("one")), tmp_path / "out.spacy", "--rel-info", names)
    assert result.exit_code == 1
    assert "[DRE322]" in plain(result)


@pytest.mark.parametrize(
    ("outputs", "code"),
    [
        (["out.bin"], "DRE330"),
        (["missing/out.spacy"], "DRE335"),
        (["out.spacy", "--schema-out", "other.spacy"], "DRE330"),
        (["out.spacy", "--schema-out", "missing/schema.json"], "DRE335"),
    ],
)
def test_outputs_that_cannot_be_used_are_refused_before_reading(corpus, tmp_path, outputs, code):
    path = corpus(BAD)
    result = run(path, *(name if name[0] == "-" else tmp_path / name for name in outputs))
    assert result.exit_code == 1
    assert f"[{code}]" in plain(result)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("output", "options"),
    [
        ("corpus.json", []),
        ("linked.jsonl", []),
        ("out.spacy", ["--schema-out", "corpus.json"]),
        ("out.spacy", ["--schema-out", "out.spacy"]),
        ("names.json", ["--rel-info", "names.json"]),
    ],
)
def test_no_file_is_overwritten_by_another(corpus, tmp_path, monkeypatch, output, options):
    path = corpus(document("one"))
    (tmp_path / "names.json").write_text('{"P551": "residence"}')
    (tmp_path / "linked.jsonl").hardlink_to(path)
    before = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    result = run(path, output, *options)
    assert result.exit_code == 1
    assert "[DRE333]" in plain(result)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("name", ["out.spacy", "out.jsonl", "schema.json"])
def test_a_full_disk_costs_no_file_that_was_there(corpus, tmp_path, name):
    path, output = corpus(document("one")), tmp_path / name
    output.write_text("good")
    options = ["--schema-out", output] if name == "schema.json" else []
    result = run(path, tmp_path / "new.spacy" if options else output, *options)
    assert result.exit_code == 1
    assert f"{name} cannot be written: No space left on device" in plain(result)
    assert output.read_text() == "good"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.json", name]


def test_files_that_others_call_a_part_are_left_alone(corpus, tmp_path):
    convert(corpus(document("one")), tmp_path / "data.jsonl.part.jsonl")
    source = (tmp_path / "data.jsonl.part.jsonl").rename(tmp_path / "data.jsonl.part")
    before = source.read_bytes()
    folder = tmp_path / "parts.part"
    folder.mkdir()
    (folder / "notes").touch()
    assert run(source, tmp_path / "data.jsonl", "--format", "jsonl").exit_code == 0
    assert run(source, tmp_path / "parts", "-f", "jsonl", "--docs-per-file", 1).exit_code == 0
    assert source.read_bytes() == before == (tmp_path / "data.jsonl").read_bytes()
    assert [path.name for path in folder.iterdir()] == ["notes"]


def test_a_folder_that_is_there_is_filled_rather_than_replaced(corpus, tmp_path):
    folder, link = tmp_path / "disk", tmp_path / "parts"
    folder.mkdir(mode=0o750)
    link.symlink_to(folder)
    schema = link / "schema.json"
    options = ["--docs-per-file", 1, "--schema-out", schema]
    assert run(corpus(document("1"), document("2")), link, *options).exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["00000.spacy", "00001.spacy", "schema.json"]
    assert link.is_symlink()
    assert folder.stat().st_mode & 0o777 == 0o750


def test_what_refused_documents_would_have_lost_is_not_counted(corpus, tmp_path):
    twice = [ANN[0], ANN[0]]
    bad = document("bad", vertexSet=[twice, [{**ROME[0], "pos": [3, 99]}]])
    result = run(corpus(document("one"), bad), tmp_path / "out.spacy", "--on-error", "skip")
    assert result.exit_code == 0
    assert "more than once" not in plain(result)


def test_an_unknown_format_is_refused(corpus, tmp_path):
    result = run(corpus(document("one")), tmp_path / "out.spacy", "--format", "conll")
    assert result.exit_code == 1
    assert "[DRE320]" in plain(result)


def test_an_unknown_language_is_refused(corpus, tmp_path):
    result = run(corpus(document("one")), tmp_path / "out.spacy", "--lang", "klingon")
    assert result.exit_code == 1
    assert "[E048]" in plain(result)


PUBTATOR = (
    "1|t|Ann met Bob\n1|a|They talked.\n"
    "1\t0\t3\tAnn\tPER\tA\n1\t8\t11\tBob\tPER\tB\n1\t12\t16\tThey\tGROUP\t-1\n1\tmet\tA\tB\n"
)


@pytest.fixture
def pubtator(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(PUBTATOR)
    return path


def test_settings_of_the_format_come_from_the_command_line(pubtator, tmp_path):
    options = ["--format", "pubtator", "--set", "unlinked=drop", "--set", "sentences=false"]
    result = run(pubtator, tmp_path / "out.spacy", *options)
    assert "1 mentions without an id were left out" in plain(result)
    (doc,) = read(tmp_path / "out.spacy")
    assert len(load_relations(doc).entities) == 2
    assert not doc.has_annotation("SENT_START")


@pytest.mark.parametrize(("setting", "code"), [("unlinked=x", "DRE361"), ("unlinked", "DRE362")])
def test_a_bad_setting_is_refused(pubtator, tmp_path, setting, code):
    result = run(pubtator, tmp_path / "out.spacy", "-f", "pubtator", "--set", setting)
    assert result.exit_code == 1
    assert f"[{code}]" in plain(result)


def test_the_schema_names_symmetric_relations_and_argument_types(corpus, tmp_path):
    both = [{"h": 0, "t": 1, "r": "P551"}, {"h": 0, "t": 1, "r": "near"}]
    schema = tmp_path / "schema.json"
    options = ["--schema-out", schema, "--symmetric", "near", "--types"]
    run(corpus(document("one", labels=both)), tmp_path / "out.spacy", *options)
    read_schema = Schema.from_json(schema)
    assert (read_schema["near"].symmetric, read_schema["P551"].symmetric) == (True, False)
    assert read_schema["P551"].types == (("PER",), ("LOC",))
    assert read_schema["near"].types == (("LOC", "PER"), ("LOC", "PER"))


def test_all_relations_can_be_symmetric(corpus, tmp_path):
    schema = tmp_path / "schema.json"
    convert(corpus(document("one")), tmp_path / "o.spacy", schema_out=schema, symmetric=["*"])
    assert Schema.from_json(schema)["P551"].symmetric
    assert Schema.from_json(schema)["P551"].types == ()


def test_a_symmetric_relation_that_does_not_occur_is_refused(corpus, tmp_path):
    result = run(corpus(document("one")), tmp_path / "out.spacy", "--symmetric", "P26")
    assert result.exit_code == 1
    assert "[DRE364]" in plain(result)
    assert not (tmp_path / "out.spacy").exists()


def test_a_folder_of_files_is_written_and_read_by_spacy(corpus, tmp_path):
    folder = tmp_path / "parts"
    convert(corpus(*(document(str(i)) for i in range(5))), folder, docs_per_file=2)
    assert [len(read(path)) for path in sorted(folder.iterdir())] == [2, 2, 1]
    examples = Corpus(folder)(spacy.blank("en"))
    assert [eg.reference.user_data["title"] for eg in examples] == ["0", "1", "2", "3", "4"]


def test_a_folder_is_not_left_behind_if_the_input_is_refused(corpus, tmp_path):
    result = run(corpus(document("1"), BAD), tmp_path / "parts", "--docs-per-file", 1)
    assert result.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.json"]


@pytest.mark.parametrize("name", ["out.spacy", "corpus.json", "full"])
def test_several_files_need_a_folder_of_their_own(corpus, tmp_path, name):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    result = run(corpus(document("1")), tmp_path / name, "--docs-per-file", 1)
    assert result.exit_code == 1
    assert "[DRE366]" in plain(result)


def test_a_corpus_becomes_jsonl_and_is_read_from_it(corpus, tmp_path):
    run(corpus(document("one"), document("two", labels=[])), tmp_path / "out.jsonl")
    run(tmp_path / "out.jsonl", tmp_path / "out.spacy", "--format", "jsonl")
    convert(corpus(document("one"), document("two", labels=[])), tmp_path / "direct.spacy")
    converted, direct = read(tmp_path / "out.spacy"), read(tmp_path / "direct.spacy")
    assert [load_relations(doc) for doc in converted] == [load_relations(doc) for doc in direct]
    assert [doc.text for doc in converted] == [doc.text for doc in direct]


def test_jsonl_is_not_left_behind_if_the_input_is_refused(corpus, tmp_path):
    result = run(corpus(document("1"), BAD), tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.json"]


def test_spacys_own_format_is_read_too(corpus, tmp_path):
    one, two = document("one"), document("two", labels=[])
    convert(corpus(one, two), tmp_path / "a.spacy")
    convert(tmp_path / "a.spacy", tmp_path / "parts", docs_per_file=1)
    result = run(tmp_path / "parts", tmp_path / "b.jsonl", "--schema-out", tmp_path / "schema.json")
    assert result.exit_code == 0
    assert "Mentions 6 Overlapping mentions 0 Entities 4 Triples 1 Relations 1" in plain(result)
    assert Schema.from_json(tmp_path / "schema.json").entity_types == ("LOC", "PER")
    convert(tmp_path / "a.spacy", tmp_path / "c.jsonl")
    assert (tmp_path / "b.jsonl").read_text() == (tmp_path / "c.jsonl").read_text()
    convert(tmp_path / "c.jsonl", tmp_path / "d.spacy", format="jsonl")
    for before, after in zip(read(tmp_path / "a.spacy"), read(tmp_path / "d.spacy")):
        assert load_relations(after) == load_relations(before)
        names = [(ent.text, ent.label_) for ent in after.ents]
        assert names == [("Ann", "PER"), ("Rome", "LOC"), ("She", "PER")]
    code = run(tmp_path / "a.spacy", tmp_path / "a.spacy").exit_code
    assert code == 1


def test_entities_of_documents_that_others_annotated_are_kept(tmp_path):
    ents, groups = (Doc(Vocab(), words=["Ann", "left", "Rome"]) for _ in range(2))
    ents.ents = [Span(ents, 0, 1, "PER"), Span(ents, 2, 3, "LOC", kb_id="Q220")]
    groups.spans["coref_clusters_1"] = [Span(groups, 0, 1, "PER"), Span(groups, 2, 3, "PER")]
    groups.user_data["title"] = "groups"
    DocBin(docs=[ents, groups], store_user_data=True).to_disk(tmp_path / "a.spacy")
    convert(tmp_path / "a.spacy", tmp_path / "b.jsonl")
    records = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    place = [{"start": 0, "end": 3}], [{"start": 9, "end": 13}]
    assert [record["entities"] for record in records] == [
        [
            {"mentions": place[0], "type": "PER"},
            {"mentions": place[1], "type": "LOC", "id": "Q220"},
        ],
        [{"mentions": [*place[0], *place[1]], "type": "PER"}],
    ]


def test_documents_of_spacys_format_are_checked_one_by_one(tmp_path):
    docs = [Doc(Vocab(), words=["Ann"]), Doc(Vocab()), Doc(Vocab(), words=["Bob"])]
    docs[2].user_data["spacy_docre.relations"] = {"length": "x"}
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "a.spacy")
    result = run(tmp_path / "a.spacy", tmp_path / "b.jsonl", "--on-error", "skip")
    assert "Documents kept 1 Documents refused 2" in plain(result)
    assert "[DRE345]" in plain(result)
    assert "[DRE005] Document 'Bob'" in plain(result)
    (tmp_path / "broken.spacy").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    for name in ("broken.spacy", "empty"):
        result = run(tmp_path / name, tmp_path / "c.jsonl")
        assert (result.exit_code, "[DRE355]" in plain(result)) == (1, True)
