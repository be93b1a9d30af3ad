"""Reading files that a test has written."""

import re

import pytest
from spacy.util import get_lang_class
from spacy.vocab import create_vocab

from spacy_docre.data.storage import load_relations
from spacy_docre.formats import DocumentError, ReadReport, read_docs

VOCAB = create_vocab("en", get_lang_class("en").Defaults)


def write(tmp_path, content, name="corpus.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf8"))
    return path


def read(tmp_path, content, format, **settings):
    """The documents of a file, which must be read without any remark."""
    report = ReadReport()
    path = write(tmp_path, content)
    docs = list(read_docs(path, VOCAB, format=format, settings=settings, report=report))
    assert not report.dropped
    return docs


def read_reporting(tmp_path, content, format, **settings):
    """The documents of a file, and what was said about it."""
    report = ReadReport()
    path = write(tmp_path, content)
    docs = list(read_docs(path, VOCAB, format=format, settings=settings, report=report))
    return docs, report


def triples(doc):
    """The triples of a document, by the ids of entities."""
    stored = load_relations(doc)
    ids = [entity.id for entity in stored.entities]
    return [(t.label, *(ids[index] for index in t.entities)) for t in stored.triples]


def mentions(doc):
    """The text of all mentions of a document, by the ids of entities."""
    stored = load_relations(doc)
    return [
        (entity.id, entity.type, [doc[start:end].text for start, end in entity.mentions])
        for entity in stored.entities
    ]


def check_refused(tmp_path, format, good, bad, code, message, more=""):
    """Check that a document is refused by name, that it can be skipped, and that the sound
    documents around it are read then."""
    path = write(tmp_path, join(good, bad, more))
    with pytest.raises(DocumentError, match=rf"\[{code}\].*{re.escape(message)}") as error:
        list(read_docs(path, VOCAB, format=format))
    assert f"{path}, document 1 (counted from 0)" in str(error.value)
    report = ReadReport()
    docs = list(read_docs(path, VOCAB, format=format, on_error="skip", report=report))
    assert dict(report.refused) == {code: 1}
    assert message in report.first[code]
    assert len(docs) == report.kept == report.read - 1 == (2 if more else 1)


def join(*parts):
    return b"".join(p if isinstance(p, bytes) else p.encode("utf8") for p in parts)
