"""Input that contradicts itself is refused, with the document, the field and the reason."""

import json
import re

import pytest
from spacy.vocab import Vocab

from spacy_docre.formats import DocumentError, ReadReport, read_docs

from .documents import ada, dump, rome


def drop(*path):
    def change(doc):
        *parents, last = path
        for key in parents:
            doc = doc[key]
        del doc[last]

    return change


def put(value, *path):
    def change(doc):
        *parents, last = path
        for key in parents:
            doc = doc[key]
        doc[last] = value

    return change


DOCUMENTS = {
    "no title": (drop("title"), "DRE304", "'title'"),
    "no sentences field": (drop("sents"), "DRE304", "'sents'"),
    "no entities field": (drop("vertexSet"), "DRE304", "'vertexSet'"),
    "blank relation": (put(" ", "labels", 0, "r"), "DRE306", "'labels[0].r'"),
    "blank type": (put("\u200b", "vertexSet", 1, 0, "type"), "DRE306", "'vertexSet[1][0].type'"),
    "no sentence of a mention": (
        drop("vertexSet", 1, 0, "sent_id"),
        "DRE304",
        "'vertexSet[1][0].sent_id'",
    ),
    "no relation of a label": (drop("labels", 1, "r"), "DRE304", "'labels[1].r'"),
    "title of another type": (put(7, "title"), "DRE305", "'title' must be a string, not 7"),
    "sentences of another type": (put("a b", "sents"), "DRE305", "'sents'"),
    "sentence that is a string": (put("a b", "sents", 1), "DRE305", "'sents[1]'"),
    "token that is a number": (put(1815, "sents", 0, 2), "DRE305", "'sents[0][2]'"),
    "token that is null": (put(None, "sents", 0, 2), "DRE305", "null"),
    "empty token": (put("", "sents", 0, 2), "DRE306", "'sents[0][2]'"),
    "NUL in a token": (put("a\0b", "sents", 0, 2), "DRE306", "NUL"),
    "NUL in the title": (put("a\0b", "title"), "DRE306", "'title'"),
    "half a surrogate pair": (put("\ud83d", "sents", 0, 2), "DRE306", "surrogate"),
    "no sentence": (put([], "sents"), "DRE307", "'sents'"),
    "empty sentence": (put([], "sents", 1), "DRE307", "'sents[1]'"),
    "sentence that is not there": (
        put(2, "vertexSet", 0, 1, "sent_id"),
        "DRE308",
        "'vertexSet[0][1].sent_id' is 2, but the document has 2 sentences",
    ),
    "negative sentence": (put(-1, "vertexSet", 0, 1, "sent_id"), "DRE308", "is -1"),
    "mention that ends outside": (
        put([3, 6], "vertexSet", 2, 0, "pos"),
        "DRE309",
        "'vertexSet[2][0].pos' is [3, 6], but sentence 1 has 5 tokens",
    ),
    "mention that starts outside": (put([-1, 2], "vertexSet", 2, 0, "pos"), "DRE309", "[-1, 2]"),
    "mention without tokens": (put([3, 3], "vertexSet", 2, 0, "pos"), "DRE309", "[3, 3]"),
    "mention with one position": (put([3], "vertexSet", 2, 0, "pos"), "DRE305", "two integers"),
    "position that is a truth value": (
        put([True, 2], "vertexSet", 2, 0, "pos"),
        "DRE305",
        "'vertexSet[2][0].pos[0]'",
    ),
    "entity without mentions": (put([], "vertexSet", 1), "DRE310", "'vertexSet[1]'"),
    "entity that is not a list": (put({}, "vertexSet", 1), "DRE305", "'vertexSet[1]'"),
    "head that is not there": (put(3, "labels", 0, "h"), "DRE311", "'labels[0].h' is 3"),
    "negative tail": (put(-1, "labels", 0, "t"), "DRE311", "'labels[0].t' is -1"),
    "relation to itself": (put(0, "labels", 1, "t"), "DRE312", "'labels[1]' relates entity 0"),
    "the same triple twice": (
        put({"h": 0, "t": 1, "r": "knows", "evidence": []}, "labels", 1),
        "DRE313",
        "'labels[1]' repeats 'labels[0]'",
    ),
    "relation without a name": (put("", "labels", 0, "r"), "DRE306", "'labels[0].r'"),
    "labels that are null": (put(None, "labels"), "DRE305", "'labels' must be a list, not null"),
    "evidence that is not there": (
        put([0, 5], "labels", 0, "evidence"),
        "DRE308",
        "'labels[0].evidence[1]' is 5",
    ),
}


@pytest.fixture
def vocab():
    return Vocab()


def write(tmp_path, content):
    path = tmp_path / "corpus.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf8"))
    return path


@pytest.mark.parametrize(("change", "code", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_bad_document_is_refused_by_name(tmp_path, vocab, change, code, message):
    bad = ada()
    change(bad)
    path = write(tmp_path, dump(rome(), bad))
    with pytest.raises(DocumentError, match=rf"\[{code}\].*{re.escape(message)}") as error:
        list(read_docs(path, vocab))
    assert error.value.code == code
    where = f"{path}, document 1 (counted from 0)"
    assert where in str(error.value)
    if "'title'" not in message:
        assert f"{where} ('Ada')" in str(error.value)


@pytest.mark.parametrize("data", [7, "text", None, [], True])
def test_a_document_that_is_no_object_is_refused(tmp_path, vocab, data):
    path = write(tmp_path, dump(rome(), data))
    with pytest.raises(DocumentError, match=r"\[DRE305\].*document 1 .*an object"):
        list(read_docs(path, vocab))


@pytest.mark.parametrize(("change", "code", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_bad_document_can_be_skipped_and_is_counted(tmp_path, vocab, change, code, message):
    bad = ada()
    change(bad)
    report = ReadReport()
    path = write(tmp_path, dump(ada(), bad, rome()))
    docs = list(read_docs(path, vocab, on_error="skip", report=report))
    assert [doc.user_data["title"] for doc in docs] == ["Ada", "Rome"]
    assert (report.read, report.kept, dict(report.refused)) == (3, 2, {code: 1})
    assert message in report.first[code]


@pytest.mark.parametrize("lines", [False, True])
def test_a_key_that_an_object_has_twice_is_refused_with_both_values(tmp_path, vocab, lines):
    bad = json.dumps(ada()).replace('"h": 0, "t": 2', '"h": 0, "t": 2, "t": 1')
    content = [json.dumps(rome()), bad, json.dumps({**rome(), "title": "Roma"})]
    path = write(tmp_path, "\n".join(content) if lines else f"[{','.join(content)}]")
    message = r"\[DRE314\].*document 1 .*'t' occurs more than once in one object, as 2 and as 1\."
    with pytest.raises(DocumentError, match=message):
        list(read_docs(path, vocab))
    report = ReadReport()
    docs = list(read_docs(path, vocab, on_error="skip", report=report))
    assert [doc.user_data["title"] for doc in docs] == ["Rome", "Roma"]
    assert dict(report.refused) == {"DRE314": 1}


def test_skipped_documents_are_warned_about_once(tmp_path, vocab):
    path = write(tmp_path, dump({}, 7, 8, rome()))
    with pytest.warns(UserWarning, match=r"3 of 4 documents.*DRE304: 1, DRE305: 2") as caught:
        assert len(list(read_docs(path, vocab, on_error="skip"))) == 1
    assert len(caught) == 1


FILES = {
    "cut within a document": (dump(rome(), ada())[:-30], "DRE301", 1),
    "cut within a string": (dump(rome(), ada())[: dump(rome()).index("old") + 1], "DRE301", 0),
    "cut between documents": (dump(rome()).rstrip("]"), "DRE301", 1),
    "cut after a comma": (dump(rome()).rstrip("]") + ",", "DRE301", 1),
    "comma before the end": (dump(rome()).rstrip("]") + ",]", "DRE301", 1),
    "no comma": (dump(rome())[:-1] + dump(ada())[1:], "DRE301", 1),
    "text after the end": (dump(rome()) + "x", "DRE301", 1),
    "NUL between documents": (dump(rome())[:-1] + "\0]", "DRE301", 1),
    "NUL within a string": (dump(rome()).replace("old", "o\0d"), "DRE301", 0),
    "endless nesting": ("[" * 200_000, "DRE301", 0),
    "a number without end": ("[" + "9" * 5_000 + "]", "DRE301", 0),
    "another encoding": (
        dump(rome())[:-1].encode() + b', {"title": "Mal' + b"\xe9" + b'"}]',
        "DRE302",
        1,
    ),
    "cut within a character": ('[{"title": "Malé'.encode()[:-1], "DRE302", 0),
}


@pytest.mark.parametrize(("content", "code", "index"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_broken_array_is_refused_where_it_breaks(tmp_path, vocab, content, code, index, on_error):
    path = write(tmp_path, content)
    docs = []
    place = re.escape(f"{path}, document {index} (")
    with pytest.raises(ValueError, match=rf"\[{code}\] {place}"):
        for doc in read_docs(path, vocab, on_error=on_error):
            docs.append(doc)
    assert len(docs) == index


@pytest.mark.parametrize("content", ["", " \n", "title,sents", '"text"', "\ufeff", b"\xff\xfe[\0"])
def test_a_file_in_another_form_is_refused(tmp_path, vocab, content):
    with pytest.raises(ValueError, match=r"\[DRE303\].*JSON array of documents, or JSONL"):
        list(read_docs(write(tmp_path, content), vocab))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"title": "Cut', "DRE301"),
        (b'{"title": "Mal\xe9"}', "DRE302"),
        (b"[" * 200_000, "DRE301"),
        (b"\0", "DRE301"),
    ],
)
def test_a_broken_line_can_be_skipped(tmp_path, vocab, line, code):
    lines = [json.dumps(rome()).encode(), b"", line, json.dumps(ada()).encode()]
    path = write(tmp_path, b"\n".join(lines))
    report = ReadReport()
    docs = list(read_docs(path, vocab, on_error="skip", report=report))
    assert [doc.user_data["title"] for doc in docs] == ["Rome", "Ada"]
    assert dict(report.refused) == {code: 1}
    with pytest.raises(DocumentError, match=rf"\[{code}\].*document 1 "):
        list(read_docs(path, vocab))


def test_only_raise_and_skip_are_ways_to_handle_errors(tmp_path, vocab):
    with pytest.raises(ValueError, match=r"\[DRE321\].*'ignore'"):
        list(read_docs(write(tmp_path, dump(rome())), vocab, on_error="ignore"))


def test_a_document_without_an_id_that_repeats_another_is_refused_and_can_be_skipped(
    tmp_path, vocab
):
    path = write(tmp_path, dump(ada(), rome(), {**ada(), "labels": []}))
    with pytest.raises(DocumentError, match=r"\[DRE395\].*document 2 .*'Ada'.*those of document 0"):
        list(read_docs(path, vocab))
    report = ReadReport()
    assert len(list(read_docs(path, vocab, on_error="skip", report=report))) == 2
    assert dict(report.refused) == {"DRE395": 1}


def test_documents_may_share_a_title_or_a_text(tmp_path, vocab):
    path = write(tmp_path, dump(ada(), {**rome(), "title": "Ada"}, {**ada(), "title": "Lovelace"}))
    assert len(list(read_docs(path, vocab))) == 3


@pytest.mark.parametrize("depth", [900, 980, 990, 1_000, 5_000, 200_000])
@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("field", ["title", "sents", "labels", "more"])
def test_a_document_that_is_nested_too_deeply_is_refused_alone(
    tmp_path, vocab, depth, lines, field
):
    # Brackets in strings are text, also behind quotes.
    deep = json.dumps({**ada(), "title": "Deep", field: 0, "x": '"]}\\'})
    deep = deep.replace(f'"{field}": 0', f'"{field}": ' + "[" * depth + "]" * depth)
    documents = [json.dumps(rome()), deep, json.dumps(ada())]
    content = "\n".join(documents) if lines else "[" + ", ".join(documents) + "]"
    path = write(tmp_path, content)
    report = ReadReport()
    titles = [
        doc.user_data["title"] for doc in read_docs(path, vocab, on_error="skip", report=report)
    ]
    if field == "more" and not report.refused:
        return  # a field of no meaning, which could be read
    assert titles == [rome()["title"], ada()["title"]]
    assert set(report.refused) <= {"DRE301", "DRE305"}
    with pytest.raises(DocumentError, match=r"\[DRE30[15]\].*document 1 "):
        list(read_docs(path, vocab))
