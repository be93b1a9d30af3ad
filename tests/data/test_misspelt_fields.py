"""What would be ignored, or would mean two things, is refused."""

import pytest
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity
from spacy_docre.data.schema import Schema
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

from ..pipe.making import BLANK


def test_a_schema_has_no_misspelt_field():
    with pytest.raises(ValueError, match=r"DRE016.*unknown fields 'entity_type'"):
        Schema.from_dict({"relations": [{"label": "born_in"}], "entity_type": ["PER"]})


def test_two_roles_have_two_names():
    doc = Doc(BLANK.vocab, words=["Ann", "Bonn"])
    entities = [Entity.of([(0, 1)], "PER"), Entity.of([(1, 2)], "LOC")]
    with pytest.raises(ValueError, match=r"DRE004.*\['who', 'who'\]"):
        store_relations(doc, entities, [Triple((0, 1), "r")], roles={"r": ["who", "who"]})
