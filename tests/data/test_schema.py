"""Schemas as plain data, which people write by hand."""

import pytest

from spacy_docre.data.schema import RelationType, Schema

RELATIONS = (
    RelationType("born_in", types=(("PER",), ("LOC", "LAND")), inverse="birthplace_of"),
    RelationType("birthplace_of", name="birthplace of", inverse="born_in"),
    RelationType("moved", description="Someone moves.", roles=("who", "from", "to")),
    RelationType("spouse", symmetric=True, functional=True, excludes=("born_in",)),
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
    "a number for functional": ({"functional": 1}, "true or false"),
    "a word for inverse functional": ({"inverse_functional": "yes"}, "true or false"),
    "a label for what is excluded": ({"excludes": "hates"}, "a list of strings"),
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


@pytest.mark.parametrize(
    "limit", [{"functional": True}, {"inverse_functional": True}, {"excludes": ["likes"]}]
)
def test_only_relations_of_a_head_and_a_tail_are_limited(limit):
    moved = {"label": "moved", "roles": ["who", "from", "to"], **limit}
    with pytest.raises(ValueError, match=r"DRE680.*'moved' has 3 entities"):
        Schema.from_dict({"relations": [{"label": "likes"}, moved]})


def test_relations_of_a_head_and_a_tail_exclude_only_their_like():
    moved = {"label": "moved", "roles": ["who", "from", "to"]}
    with pytest.raises(ValueError, match=r"DRE680.*'moved' has 3 entities"):
        Schema.from_dict({"relations": [{"label": "likes", "excludes": ["moved"]}, moved]})


@pytest.mark.parametrize(("excluded", "error"), [("likes", "DRE681"), ("hates", "DRE682.*'hates'")])
def test_a_relation_excludes_others_that_are_there(excluded, error):
    with pytest.raises(ValueError, match=error):
        Schema.from_dict({"relations": [{"label": "likes", "excludes": [excluded]}]})
