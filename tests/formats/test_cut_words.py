"""Offsets that were counted otherwise show themselves by mentions that cut words."""

import json

import pytest
import spacy

from spacy_docre.cli.convert import convert
from spacy_docre.formats import ReadReport, read_docs
from spacy_docre.formats.text_fields import CUT_WORDS

TEXT = "😀 Ann Berg left Bonn."


def place(name, text=TEXT, *, utf16=False, **more):
    start = text.index(name)
    if utf16:
        start = len(text[:start].encode("utf-16-le")) // 2
    return {"start": start, "end": start + len(name), **more}


def jsonl(*mentions, text=TEXT, **fields):
    entities = [{"mentions": [mention]} for mention in mentions]
    return {"id": "7", "text": text, "entities": entities, "relations": [], **fields}


def prodigy(*mentions, text=TEXT):
    spans = [{**mention, "label": "X"} for mention in mentions]
    return {"text": text, "spans": spans, "relations": [], "_input_hash": 7}


def cut_words(tmp_path, record, format="jsonl", lang="en"):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(record))
    report = ReadReport()
    list(read_docs(path, spacy.blank(lang).vocab, format=format, report=report))
    return report.dropped[CUT_WORDS], report.examples.get(CUT_WORDS, "")


@pytest.mark.parametrize(("form", "format"), [(jsonl, "jsonl"), (prodigy, "prodigy")])
def test_mentions_that_cut_words_are_counted_with_an_example(tmp_path, form, format):
    record = form(place("Ann Berg", utf16=True), place("Bonn", utf16=True))
    count, example = cut_words(tmp_path, record, format)
    assert count == 2
    assert "document 0" in example
    assert "'nn Berg' in '😀 Ann Berg left Bonn.'" in example
    assert cut_words(tmp_path, form(place("Ann Berg"), place("Bonn")), format) == (0, "")


def test_the_warning_shows_the_example(tmp_path, capsys):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(jsonl(place("Bonn", utf16=True), place("Ann"))))
    with pytest.warns(UserWarning, match=r"DRW302.*1 mentions begin.*'7'.*is 'onn.' in"):
        convert(path, tmp_path / "out.spacy", format="jsonl")
    convert(path, tmp_path / "out.spacy", format="jsonl", silent=False)
    assert "is 'onn.' in" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("beta", "a beta-blocker"),
        ("Ann", "Ann's dog"),
        ("Ann", "ask @Ann, Bob"),
        ("3", "COVID-3 is new"),
    ],
)
def test_parts_of_what_has_signs_between_are_no_parts_of_words(tmp_path, name, text):
    assert cut_words(tmp_path, jsonl(place(name, text), text=text))[0] == 0


def test_what_the_file_confirms_is_meant(tmp_path):
    assert cut_words(tmp_path, jsonl({**place("er"), "text": "er"}))[0] == 0
    tokens = [[0, 1], [2, 5], [6, 7], [7, 9], [9, 10], [11, 15], [16, 21]]
    assert cut_words(tmp_path, jsonl(place("er"), tokens=tokens))[0] == 0


def test_where_words_have_no_spaces_the_tokenizer_says_what_a_word_is(tmp_path):
    text = "安妮住在波恩。"
    assert cut_words(tmp_path, jsonl(place("波恩", text), text=text), lang="zh")[0] == 0


def test_what_is_lost_with_a_refused_document_is_no_example(tmp_path):
    broken = jsonl(place("onn"), relations=[{"label": "r", "entities": [0, 9]}])
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(broken))
    report = ReadReport()
    list(read_docs(path, spacy.blank("en").vocab, format="jsonl", on_error="skip", report=report))
    assert (report.dropped, report.examples) == ({}, {})
