"""What `rel.manual` exports becomes documents with spans as mentions."""

import json

import pytest

from spacy_docre.data.notes import load_notes
from spacy_docre.data.storage import load_relations

from .reading import mentions, read, read_reporting

TEXT = "Ann left Kiel. She likes that. Bob stayed."
TOKENS = "Ann left Kiel . She likes that . Bob stayed ."
WORDS = TOKENS.split()
SPANS = {"Ann": "PER", "Kiel": "LOC", "She": "PER", "that": "LOC", "Bob": "PER"}


def place(text):
    start = TEXT.index(text)
    return {"start": start, "end": start + len(text)}


def span(text, label=None):
    return {**place(text), "label": label or SPANS.get(text)}


def tokens():
    """The tokens as spaCy splits the text."""
    found = []
    for i, text in enumerate(WORDS):
        start = TEXT.index(text, found[-1]["end"] if found else 0)
        end = start + len(text)
        found.append(
            {"text": text, "start": start, "end": end, "id": i, "ws": TEXT[end : end + 1] == " "}
        )
    return found


def relation(head, label, child):
    ends = {"head": token_of(head), "child": token_of(child)}
    return {**ends, "label": label, "head_span": head, "child_span": child}


def token_of(span):
    """The token that a span begins with."""
    return next(token["id"] for token in tokens() if token["start"] == span["start"])


def task(*relations, **changes):
    return {
        "text": TEXT,
        "_input_hash": -123,
        "spans": [span(text) for text in SPANS],
        "relations": list(relations),
        "answer": "accept",
        **changes,
    }


def dump(*tasks):
    return "".join(json.dumps(task) + "\n" for task in tasks)


LEFT = relation(span("Ann"), "left", span("Kiel"))
COREF = [relation(span("She"), "COREF", span("Ann")), relation(span("that"), "COREF", span("Kiel"))]


def triples(doc):
    return [(t.label, *t.entities) for t in load_relations(doc).triples]


def test_spans_connected_by_coreference_are_one_entity(tmp_path):
    (doc,) = read(tmp_path, dump(task(LEFT, *COREF)), "prodigy")
    assert mentions(doc) == [
        ("", "PER", ["Ann", "She"]),
        ("", "LOC", ["Kiel", "that"]),
        ("", "PER", ["Bob"]),
    ]
    assert triples(doc) == [("left", 0, 1)]
    assert doc.user_data["id"] == "-123"
    assert [sent.text for sent in doc.sents][:2] == ["Ann left Kiel.", "She likes that."]


def test_mentions_without_a_label_take_that_of_the_others(tmp_path):
    # The annotator linked two tokens that nobody had labelled.
    bare = {**span("She"), "label": None}, {**span("likes"), "label": None}
    linked = [relation(each, "COREF", span("Ann")) for each in bare]
    spans = [span("Ann"), *bare]
    (doc,) = read(tmp_path, dump(task(*linked, spans=spans)), "prodigy")
    assert mentions(doc) == [("", "PER", ["Ann", "She", "likes"])]


def test_chains_of_coreference_are_followed(tmp_path):
    more = relation(span("Bob"), "same", span("She"))
    (doc,) = read(tmp_path, dump(task(more, COREF[0])), "prodigy", coreference=["same", "COREF"])
    assert [texts for _, _, texts in mentions(doc)] == [["Ann", "She", "Bob"], ["Kiel"], ["that"]]


def test_the_labels_of_coreference_are_a_setting(tmp_path):
    (doc,) = read(tmp_path, dump(task(*COREF)), "prodigy", coreference="")
    assert triples(doc) == [("COREF", 2, 0), ("COREF", 3, 1)]


def test_a_fact_stated_between_several_mentions_is_one_triple_and_counted(tmp_path):
    again = relation(span("She"), "left", span("that"))
    itself = relation(span("She"), "left", span("Ann"))
    (doc,), report = read_reporting(tmp_path, dump(task(LEFT, again, itself, *COREF)), "prodigy")
    assert triples(doc) == [("left", 0, 1)]
    assert sorted(report.dropped.values()) == [1, 1]


def test_tokens_of_the_file_are_kept(tmp_path):
    (doc,) = read(tmp_path, dump(task(LEFT, tokens=tokens())), "prodigy")
    assert [token.text for token in doc] == [token["text"] for token in tokens()]
    assert doc.text == TEXT


def test_relations_may_connect_single_tokens(tmp_path):
    plain = {"head": 1, "child": 10, "label": "r"}
    inside = {"head": 0, "child": 2, "label": "left"}
    (doc,) = read(tmp_path, dump(task(plain, inside, tokens=tokens())), "prodigy")
    assert mentions(doc)[-2:] == [("", "", ["left"]), ("", "", ["."])]
    assert triples(doc) == [("r", 5, 6), ("left", 0, 1)]
    ends = relation({**place("left"), "label": None}, "r", span("Ann"))
    (doc,) = read(tmp_path, dump(task(ends)), "prodigy")
    assert mentions(doc)[-1] == ("", "", ["left"])


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_what_the_annotator_did_not_accept_is_left_out_and_counted(tmp_path, answer):
    content = dump(task(answer=answer, relations="anything"), task(LEFT))
    docs, report = read_reporting(tmp_path, content, "prodigy")
    assert (len(docs), report.read, report.kept) == (1, 2, 1)
    assert list(report.dropped.values()) == [1]


def test_of_two_labels_of_a_span_the_first_is_kept_and_the_other_counted(tmp_path):
    twice = [span("Ann"), span("Kiel"), span("Ann", "ORG"), span("Ann"), {**place("Ann")}]
    ((doc,), report) = read_reporting(tmp_path, dump(task(LEFT, spans=twice)), "prodigy")
    assert mentions(doc) == [("", "PER", ["Ann"]), ("", "LOC", ["Kiel"])]
    assert [what for what, count in report.dropped.items() if count == 1] == list(report.dropped)
    assert "another label" in next(iter(report.dropped))


def test_ids_of_spans_and_what_a_task_says_of_its_text_are_kept(tmp_path):
    spans = [span("Ann"), {**span("She"), "kb_id": "Q1"}, {**span("Kiel"), "kb_id": None}]
    meta = {"title": "A title", "source": "PubMed", "page": 3, "tags": ["ü"]}
    ends = {**LEFT, "head_span": {**LEFT["head_span"], "kb_id": "Q1"}}
    (doc,) = read(tmp_path, dump(task(ends, COREF[0], spans=spans, meta=meta)), "prodigy")
    assert mentions(doc) == [("Q1", "PER", ["Ann", "She"]), ("", "LOC", ["Kiel"])]
    assert doc.user_data["title"] == "A title"
    assert doc.user_data["id"] == "-123"
    assert load_notes(doc).doc_attrs == {**meta, "page": "3", "tags": '["ü"]'}


def test_of_two_ids_of_a_span_the_first_is_kept_and_the_other_counted(tmp_path):
    spans = [{**span("Ann"), "kb_id": id} for id in ("Q1", "Q2")]
    (doc,), report = read_reporting(tmp_path, dump(task(spans=spans)), "prodigy")
    assert mentions(doc) == [("Q1", "PER", ["Ann"])]
    assert list(report.dropped.values()) == [1]
