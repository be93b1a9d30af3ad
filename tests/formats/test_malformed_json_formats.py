"""JSON of the other formats that contradicts itself is refused, with document, field and fix."""

import pytest

from spacy_docre.formats import read_docs

from . import test_jsonl, test_prodigy, test_scirex
from .reading import VOCAB, check_refused, write


def changed(record, **changes):
    """A copy in which a field has another value, or is missing if that is None."""
    return {key: value for key, value in {**record, **changes}.items() if value is not None}


def scirex(**changes):
    return test_scirex.dump(changed(test_scirex.paper(doc_id="p2"), **changes))


def jsonl(**changes):
    return test_jsonl.dump(changed(test_jsonl.ann(id="2"), **changes))


def prodigy(*relations, **changes):
    task = test_prodigy.task(*relations, _input_hash=2)
    return test_prodigy.dump(changed(task, **changes))


def repeated(document, field, value):
    """A document that has a field a second time, before the first."""
    assert f'"{field}": ' in document
    return document.replace(f'"{field}": ', f'"{field}": {value}, "{field}": ', 1)


def mentions(*mentions):
    return {"entities": [{"mentions": list(mentions)}], "relations": []}


RESULT = test_scirex.result("Accuracy")
ANN = {"label": "r", "entities": [0, 1]}

DOCUMENTS = {
    "scirex: a blank type": ("scirex", scirex(ner=[[0, 1, " "]]), "DRE306", "'ner[0][2]'"),
    "jsonl: a blank label": (
        "jsonl",
        jsonl(relations=[{**ANN, "label": " "}]),
        "DRE306",
        "'relations[0].label'",
    ),
    "jsonl: a blank role": (
        "jsonl",
        jsonl(relations=[], roles={"r": ["head", "\u200b"]}),
        "DRE306",
        "'roles.r[1]'",
    ),
    "jsonl: a blank label of roles": (
        "jsonl",
        jsonl(relations=[], roles={" ": ["a", "b"]}),
        "DRE306",
        "'roles'",
    ),
    "jsonl: a blank type": (
        "jsonl",
        jsonl(relations=[], entities=[{"type": " ", "mentions": [{"start": 0, "end": 8}]}]),
        "DRE306",
        "'entities[0].type'",
    ),
    "prodigy: a blank label": (
        "prodigy",
        prodigy({**test_prodigy.LEFT, "label": "\t"}),
        "DRE306",
        "'relations[0].label'",
    ),
    "prodigy: a blank type": (
        "prodigy",
        prodigy(spans=[test_prodigy.span("Ann", " ")]),
        "DRE306",
        "'spans[0].label'",
    ),
    "scirex: no id": ("scirex", scirex(doc_id=None), "DRE304", "'doc_id'"),
    "scirex: no words": ("scirex", scirex(words=[]), "DRE345", "has no text"),
    "scirex: an empty word": ("scirex", scirex(words=["", "a"]), "DRE306", "'words[0]'"),
    "scirex: a NUL": ("scirex", scirex(words=["a\0"]), "DRE306", "NUL"),
    "scirex: a gap between sentences": (
        "scirex",
        scirex(sentences=[[0, 4], [5, 14]]),
        "DRE371",
        "'sentences[1]' begins with word 5, but must begin with word 4",
    ),
    "scirex: sentences end early": ("scirex", scirex(sentences=[[0, 4]]), "DRE370", "sentences[1]"),
    "scirex: section beyond the words": (
        "scirex",
        scirex(sections=[[0, 15]]),
        "DRE370",
        "'sections[0]' is [0, 15], but the document has 14 words",
    ),
    "scirex: mention beyond the words": (
        "scirex",
        scirex(coref={"Deepo": [[13, 15]]}),
        "DRE370",
        "'coref.Deepo[0]'",
    ),
    "scirex: mention of one number": ("scirex", scirex(coref={"A": [[1]]}), "DRE305", "coref.A[0]"),
    "scirex: empty mention": ("scirex", scirex(coref={"A": [[3, 3]]}), "DRE370", "[3, 3]"),
    "scirex: type without a place": ("scirex", scirex(ner=[["Task"]]), "DRE305", "'ner[0]"),
    "scirex: place without a type": ("scirex", scirex(ner=[[0, 1]]), "DRE305", "'ner[0][2]'"),
    "scirex: result of an unknown cluster": (
        "scirex",
        scirex(n_ary_relations=[{**RESULT, "Metric": "Fluency"}]),
        "DRE372",
        "'n_ary_relations[0].Metric' is 'Fluency'",
    ),
    "scirex: result without a role": (
        "scirex",
        scirex(n_ary_relations=[{"Task": "Parsing"}]),
        "DRE304",
        "'n_ary_relations[0].Method'",
    ),
    "scirex: same id as an earlier document": ("scirex", scirex(doc_id="p1"), "DRE343", "'p1'"),
    "scirex: clusters twice": (
        "scirex",
        repeated(scirex(), "coref", "{}"),
        "DRE314",
        "'coref' occurs more than once in one object, as {} and as {",
    ),
    "scirex: cut short": ("scirex", scirex()[:-100] + "\n", "DRE301", "document 1"),
    "jsonl: no text": ("jsonl", jsonl(text=None), "DRE304", "'text'"),
    "jsonl: empty text": ("jsonl", jsonl(text=" "), "DRE345", "no text"),
    "jsonl: no entities": ("jsonl", jsonl(entities=None), "DRE304", "'entities'"),
    "jsonl: entity without mentions": (
        "jsonl",
        jsonl(entities=[{"mentions": []}]),
        "DRE310",
        "'entities[0].mentions' has no mention",
    ),
    "jsonl: mention beyond the text": (
        "jsonl",
        jsonl(**mentions({"start": 40, "end": 99})),
        "DRE375",
        "'entities[0].mentions[0]' is 40 to 99, but the text has 44",
    ),
    "jsonl: mention that ends first": (
        "jsonl",
        jsonl(**mentions({"start": 9, "end": 4})),
        "DRE375",
        "9 to 4",
    ),
    "jsonl: offset that is no integer": (
        "jsonl",
        jsonl(**mentions({"start": "0", "end": 4})),
        "DRE305",
        "'entities[0].mentions[0].start' must be an integer",
    ),
    "jsonl: mention with another text": (
        "jsonl",
        jsonl(**mentions({"start": 0, "end": 3, "text": "Bob"})),
        "DRE376",
        "is 'Bob', but characters 0 to 3 of the text are 'Ann'",
    ),
    "jsonl: mention of a space": (
        "jsonl",
        jsonl(**mentions({"start": 3, "end": 4})),
        "DRE383",
        "mentions[0]",
    ),
    "jsonl: mention inside a token of the file": (
        "jsonl",
        jsonl(tokens=[[0, 44]], **mentions({"start": 0, "end": 3})),
        "DRE377",
        "'entities[0].mentions[0]' is 0 to 3",
    ),
    "jsonl: tokens with a gap": ("jsonl", jsonl(tokens=[[0, 3], [9, 44]]), "DRE378", "'tokens[1]'"),
    "jsonl: tokens that overlap": ("jsonl", jsonl(tokens=[[0, 3], [2, 44]]), "DRE378", "tokens[1]"),
    "jsonl: tokens that end early": ("jsonl", jsonl(tokens=[[0, 3]]), "DRE378", "'tokens[1]'"),
    "jsonl: sentences out of order": ("jsonl", jsonl(sentences=[9, 0]), "DRE385", "[9, 0]"),
    "jsonl: sentence beyond the text": ("jsonl", jsonl(sentences=[0, 99]), "DRE385", "44"),
    "jsonl: two sentences that begin at the same word": (
        "jsonl",
        jsonl(text="Ann.   Bob.", entities=[], relations=None, sentences=[0, 4, 6]),
        "DRE391",
        "'sentences' is [0, 4, 6], of which two begin at the same word",
    ),
    "jsonl: a relation with roles of its own": (
        "jsonl",
        jsonl(roles={"moved": ["who", "from", "into"]}),
        "DRE392",
        "relation 'moved' ['who', 'from', 'into'], but an earlier document ['who', 'from', 'to']",
    ),
    "jsonl: a relation of fewer entities than before": (
        "jsonl",
        jsonl(relations=[{"label": "moved", "entities": [0, 1]}], roles=None),
        "DRE392",
        "relation 'moved' ['head', 'tail'], but an earlier document",
    ),
    "jsonl: a relation of one role": (
        "jsonl",
        jsonl(roles={"moved": ["who"]}),
        "DRE393",
        "'roles.moved' is ['who'], but must be two or more different names",
    ),
    "jsonl: a role twice": (
        "jsonl",
        jsonl(roles={"moved": ["who", "to", "to"]}),
        "DRE393",
        "'roles.moved' is ['who', 'to', 'to']",
    ),
    "jsonl: a score larger than any number": (
        "jsonl",
        jsonl(relations=[{**ANN, "score": 10**400}]),
        "DRE387",
        "'relations[0].score' is inf",
    ),
    "jsonl: relation of an unknown entity": (
        "jsonl",
        jsonl(relations=[{"label": "r", "entities": [0, 3]}]),
        "DRE379",
        "'relations[0].entities[1]' is 3, but there are 3 entities",
    ),
    "jsonl: relation to itself": (
        "jsonl",
        jsonl(relations=[{"label": "r", "entities": [1, 1]}]),
        "DRE380",
        "relates entity 1 to itself",
    ),
    "jsonl: relation stated twice": (
        "jsonl",
        jsonl(relations=[ANN, ANN]),
        "DRE381",
        "'relations[1]' repeats 'relations[0]'",
    ),
    "jsonl: three entities without roles": (
        "jsonl",
        jsonl(relations=[{"label": "r", "entities": [0, 1, 2]}]),
        "DRE382",
        "has 3 entities, but 2 roles",
    ),
    "jsonl: evidence that is not there": (
        "jsonl",
        jsonl(relations=[{**ANN, "evidence": [2]}]),
        "DRE308",
        "'relations[0].evidence[0]' is 2, but the document has 2 sentences",
    ),
    "jsonl: score above 1": (
        "jsonl",
        jsonl(relations=[{**ANN, "score": 90}]),
        "DRE387",
        "'relations[0].score' is 90",
    ),
    "jsonl: attributes of fewer relations": (
        "jsonl",
        jsonl(notes={"triple_attrs": [{"novelty": "No"}]}),
        "DRE388",
        "'notes.triple_attrs' has 1 items, but there are 2 relations",
    ),
    "jsonl: attributes of other entities": (
        "jsonl",
        jsonl(relations=[], notes={"entity_attrs": [{"RS#": "1"}]}),
        "DRE388",
        "'notes.entity_attrs' has 1 items, but there are 3 entities",
    ),
    "jsonl: excluded pair of an unknown entity": (
        "jsonl",
        jsonl(notes={"excluded_pairs": [[0, 3]]}),
        "DRE379",
        "'notes.excluded_pairs[0]' is [0, 3]",
    ),
    "jsonl: section of unknown tokens": (
        "jsonl",
        jsonl(notes={"sections": [[0, 2], [2, 99]]}),
        "DRE394",
        "'notes.sections[1]' is [2, 99], but the document has",
    ),
    "jsonl: section that ends before it begins": (
        "jsonl",
        jsonl(notes={"sections": [[2, 1]]}),
        "DRE394",
        "'notes.sections[0]' is [2, 1]",
    ),
    "jsonl: salient entity that is not there": (
        "jsonl",
        jsonl(notes={"salient": [0, 3]}),
        "DRE379",
        "'notes.salient[1]' is 3, but there are 3 entities",
    ),
    "jsonl: fewer than no relations unmentioned": (
        "jsonl",
        jsonl(notes={"unmentioned": {"left": -1}}),
        "DRE305",
        "'notes.unmentioned.left' must be between 0 and 2147483647, not -1",
    ),
    "jsonl: more relations unmentioned than a file can store": (
        "jsonl",
        jsonl(notes={"unmentioned": {"left": 10**20}}),
        "DRE305",
        "'notes.unmentioned.left' must be between 0 and 2147483647, not 100000000000000000000",
    ),
    "jsonl: same id as an earlier document": ("jsonl", jsonl(id="1"), "DRE343", "'1'"),
    "jsonl: a field misspelled": (
        "jsonl",
        jsonl(relations=None, relation=[ANN]),
        "DRE389",
        "'document' has the unknown field 'relation'. Correct its name to one of id, title, text",
    ),
    "jsonl: a field of a mention misspelled": (
        "jsonl",
        jsonl(**mentions({"start": 0, "end": 3, "typ": "PER"})),
        "DRE389",
        "'entities[0].mentions[0]' has the unknown field 'typ'",
    ),
    "jsonl: relations twice": (
        "jsonl",
        repeated(jsonl(), "relations", "[]"),
        "DRE314",
        "'relations' occurs more than once in one object, as [] and as [{",
    ),
    "jsonl: end of a mention twice": (
        "jsonl",
        repeated(jsonl(), "end", "3"),
        "DRE314",
        "'end' occurs more than once in one object, as 3 and as 8",
    ),
    "jsonl: another encoding": (
        "jsonl",
        jsonl(title="Jos-").encode().replace(b"Jos-", b"Jos\xe9"),
        "DRE302",
        "document 1",
    ),
    "jsonl: no object": ("jsonl", "[]\n", "DRE305", "an object"),
    "prodigy: no text": ("prodigy", prodigy(text=None), "DRE304", "'text'"),
    "prodigy: no relations": ("prodigy", prodigy(relations=None), "DRE304", "'relations'"),
    "prodigy: span beyond the text": (
        "prodigy",
        prodigy(spans=[{"start": 0, "end": 99, "label": "X"}]),
        "DRE375",
        "'spans[0]' is 0 to 99",
    ),
    "prodigy: span inside a token": (
        "prodigy",
        prodigy(spans=[{"start": 0, "end": 2}], tokens=test_prodigy.tokens()),
        "DRE377",
        "'spans[0]' is 0 to 2",
    ),
    "prodigy: tokens of another text": (
        "prodigy",
        prodigy(tokens=test_prodigy.tokens()[:3]),
        "DRE384",
        "'text' differs",
    ),
    "prodigy: head without tokens": (
        "prodigy",
        prodigy({"head": 2, "child": 3, "label": "r"}),
        "DRE386",
        "'relations[0].head' is 2, but there are 0 tokens",
    ),
    "prodigy: relation without a label": (
        "prodigy",
        prodigy({**test_prodigy.LEFT, "label": ""}),
        "DRE306",
        "'relations[0].label'",
    ),
    "prodigy: an answer that there is not": (
        "prodigy",
        prodigy(answer="Accept"),
        "DRE305",
        "'answer' must be 'accept', 'reject' or 'ignore', not 'Accept'",
    ),
    "prodigy: head outside of its span": (
        "prodigy",
        prodigy({**test_prodigy.LEFT, "head": 2}, tokens=test_prodigy.tokens()),
        "DRE390",
        "'relations[0].head' is token 2, which is characters 9 to 13, but its span is 0 to 3",
    ),
    "prodigy: child that is no token": (
        "prodigy",
        prodigy({**test_prodigy.LEFT, "child": 99}, tokens=test_prodigy.tokens()),
        "DRE386",
        "'relations[0].child' is 99, but there are 11 tokens",
    ),
    "prodigy: answer twice": (
        "prodigy",
        repeated(prodigy(), "answer", '"reject"'),
        "DRE314",
        "'answer' occurs more than once in one object, as 'reject' and as 'accept'",
    ),
    "prodigy: same text as an earlier document": (
        "prodigy",
        prodigy(_input_hash=-123),
        "DRE343",
        "'-123'",
    ),
}
GOOD = {
    "scirex": test_scirex.dump(test_scirex.paper(n_ary_relations=[], coref={})),
    "jsonl": test_jsonl.dump(test_jsonl.ann()),
    "prodigy": test_prodigy.dump(test_prodigy.task(test_prodigy.LEFT)),
}


@pytest.mark.parametrize(
    ("format", "content", "code", "message"), DOCUMENTS.values(), ids=DOCUMENTS
)
def test_a_bad_document_is_refused_by_field_and_can_be_skipped(
    tmp_path, format, content, code, message
):
    check_refused(tmp_path, format, GOOD[format], content, code, message)


@pytest.mark.parametrize("format", GOOD)
@pytest.mark.parametrize("content", ["", " \n", "text\n"])
def test_a_file_that_is_no_json_is_refused(tmp_path, format, content):
    with pytest.raises(ValueError, match=r"\[DRE303\].*JSON array of documents, or JSONL"):
        list(read_docs(write(tmp_path, content), VOCAB, format=format))


@pytest.mark.parametrize("format", GOOD)
def test_crlf_a_byte_order_mark_and_blank_lines_make_no_difference(tmp_path, format):
    content = "\ufeff" + GOOD[format].replace("\n", "\r\n") + "\r\n"
    (doc,) = read_docs(write(tmp_path, content), VOCAB, format=format)
    assert len(doc) > 5
