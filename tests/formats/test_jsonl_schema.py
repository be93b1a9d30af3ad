"""The JSON Schema describes what the format "jsonl" reads and writes."""

import json

import pytest
from hypothesis import given, settings

from spacy_docre.formats import to_record
from spacy_docre.formats.jsonl import SCHEMA_PATH

from .reading import read
from .test_jsonl import ann, documents, dump

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = jsonschema.Draft202012Validator(json.loads(SCHEMA_PATH.read_text(encoding="utf8")))


def test_it_is_a_schema():
    SCHEMA.check_schema(SCHEMA.schema)


@settings(max_examples=40)
@given(documents())
def test_what_is_written_conforms_to_it(doc):
    SCHEMA.validate(json.loads(json.dumps(to_record(doc))))


@pytest.mark.parametrize("changes", [{}, {"sentences": [0, 26]}, {"title": "Ann"}])
def test_what_is_written_by_hand_conforms_to_it(tmp_path, changes):
    SCHEMA.validate(ann(**changes))
    assert len(read(tmp_path, dump(ann(**changes)), "jsonl")) == 1


@pytest.mark.parametrize(
    "record",
    [
        {"entities": []},
        {"text": "a"},
        {"text": "a", "entities": [{}]},
        {"text": "a", "entities": [{"mentions": []}]},
        {"text": "a", "entities": [], "relations": [{"label": "r"}]},
        {"text": "a", "entities": [], "tokens": [[0]]},
        {"text": "a", "entities": [], "relations": [{"label": "r", "entities": [1, 1]}]},
        ann(relation=[]),
        ann(entities=[{"typ": "PER", "mentions": [{"start": 0, "end": 8}]}], relations=[]),
        ann(entities=[{"mentions": [{"start": 0, "end": 8, "label": "PER"}]}], relations=[]),
        ann(relations=[{"label": "left", "entities": [0, 1], "evidences": [0]}]),
        ann(notes={"excluded": [[0, 1]]}),
        ann(notes={"unmentioned": {"left": 2**31}}),
    ],
)
def test_the_schema_and_the_reader_refuse_the_same(tmp_path, record):
    assert not SCHEMA.is_valid(record)
    with pytest.raises(ValueError, match=r"\[DRE3"):
        read(tmp_path, dump(record), "jsonl")
