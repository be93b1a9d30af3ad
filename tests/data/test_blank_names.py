"""What has a name has one that can be seen: labels, roles and types are not blank."""

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple

BLANK = [" ", "\t", "\u00a0", "\u200b", "\x1b"]
ENTITIES = [Entity.of([(0, 1)]), Entity.of([(1, 2)])]


def doc():
    doc = Doc(Vocab(), words=["Ann", "Bonn"])
    doc.user_data["title"] = "A title"
    return doc


@pytest.mark.parametrize("blank", ["", *BLANK])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (lambda blank: {"label": blank}, "DRE016"),
        (lambda blank: {"label": "r", "roles": ["head", blank]}, "DRE010"),
    ],
)
def test_a_schema_has_no_blank_label_or_role(blank, fields, code):
    with pytest.raises(ValueError, match=code):
        Schema.from_dict({"relations": [fields(blank)]})


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize(
    "fields", [{"name": "{}"}, {"inverse": "{}"}, {"types": [["PER"], ["{}"]]}, {"entity": "{}"}]
)
def test_what_a_schema_may_leave_out_is_not_blank_either(blank, fields):
    filled = filled_in(fields, blank)
    entity_types = [filled.pop("entity", "PER")]
    with pytest.raises(ValueError, match=r"DRE016.*blank"):
        Schema.from_dict({"relations": [{"label": "r", **filled}], "entity_types": entity_types})


def filled_in(value, blank):
    if isinstance(value, dict):
        return {key: filled_in(item, blank) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, blank) for item in value]
    return value.replace("{}", blank)


def test_an_entity_may_have_no_type():
    gold = (Triple((0, 1), "r"),)
    learnt = Schema.learn([EntityDoc(doc(), tuple(ENTITIES), gold)], types=True)
    assert learnt["r"] == RelationType("r", types=(("",), ("",)))


@pytest.mark.parametrize("blank", ["", *BLANK])
def test_no_document_states_a_relation_without_a_name(blank):
    document = doc()
    with pytest.raises(ValueError, match=r"DRE324\] Document 'A title': the label"):
        store_relations(document, ENTITIES, [Triple((0, 1), blank)])
    with pytest.raises(ValueError, match=r"DRE324\] Document 'A title': the role"):
        roles = {"r": ["head", blank]}
        store_relations(document, ENTITIES, [Triple((0, 1), "r")], roles=roles)
    store_relations(document, ENTITIES, [Triple((0, 1), "r")])
    (key,) = [key for key in document.user_data if "relations" in str(key)]
    document.user_data[key]["triples"][0]["label"] = blank
    with pytest.raises(ValueError, match=r"DRE005.*'A title'.*DRE324"):
        load_relations(document)
