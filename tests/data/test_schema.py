"""Schemas as plain data, which people write by hand."""

import pytest

from spacy_docre.data.schema import RelationType, Schema

RELATIONS = (
    RelationType("born_in", types=(("PER",), ("LOC", "LAND")), inverse="birthplace_of"),
    RelationType("birthplace_of", name="birthplace of", inverse="born_in"),
    RelationType("moved", description="Someone moves.", roles=("who", "from", "to")),
    RelationType("spouse", symmetric=True),
)
SCHEMA = Schema(RELATIONS, ("LOC", "PER"))


def test_a_schema_comes_back_from_plain_data():
    assert Schema.from_dict(SCHEMA.to_dict()) == SCHEMA


def test_only_labels_are_needed():
    schema = Schema.from_dict({"relations": [{"label": "likes"}]})
    assert schema.relations == (RelationType("likes"),)


WRONG = {
    "types without lists for roles": ({"types": ["PER", "LOC"]}, "a list of lists of strings"),
    "types that are null": ({"types": None}, "a list of lists of strings"),
    "roles that are one string": ({"roles": "head"}, "a list of strings"),
    "roles that are numbers": ({"roles": [1, 2]}, "a list of strings"),
    "a word for symmetric": ({"symmetric": "no"}, "true or false"),
    "a name that is null": ({"name": None}, "a string"),
    "a description that is a list": ({"description": ["a"]}, "a string"),
    "an inverse that is a list": ({"inverse": ["a"]}, "a string"),
}


@pytest.mark.parametrize(("fields", "expected"), WRONG.values(), ids=WRONG)
def test_a_field_that_is_not_what_it_must_be_is_named(fields, expected):
    (field,) = fields
    with pytest.raises(ValueError, match=rf"DRE016.*'{field}' of 'likes' must be {expected}"):
        Schema.from_dict({"relations": [{"label": "likes", **fields}]})


@pytest.mark.parametrize("types", ["PER", None, [1]])
def test_entity_types_are_a_list(types):
    with pytest.raises(ValueError, match=r"DRE016.*'entity_types' must be a list of strings"):
        Schema.from_dict({"relations": [{"label": "likes"}], "entity_types": types})


def test_relations_are_found_by_their_labels():
    assert [SCHEMA[relation.label] for relation in RELATIONS] == list(RELATIONS)
    assert all(relation.label in SCHEMA for relation in RELATIONS)
    assert "likes" not in SCHEMA
    with pytest.raises(KeyError, match="DRE014"):
        SCHEMA["likes"]
