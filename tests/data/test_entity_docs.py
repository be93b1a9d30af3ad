"""Whoever changes an entity document keeps what it is not about."""

from dataclasses import fields, replace

import pytest
import spacy

from spacy_docre.data.alignment import align_gold
from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.symmetry import add_directions
from spacy_docre.data.triples import Triple
from spacy_docre.data.unused_entities import drop_unused_entities
from spacy_docre.models.llm.open_entities import OpenEntities

SCHEMA = Schema((RelationType("bind", symmetric=True), RelationType("born_in")))
DOC = EntityDoc(
    spacy.blank("xx")("Ann met Bob . Ann likes Bonn ."),
    (Entity.of([(2, 3)], "PER", "b"), Entity.of([(4, 5)], "PER", "a"), Entity.of([(6, 7)], "LOC")),
    (Triple((0, 1), "bind", 0.5, (0,)), Triple((1, 2), "born_in", 0.25, (1,))),
    (0, 4),
)
UNKNOWN = replace(DOC, gold=None)
FOUND = replace(DOC, entities=(*DOC.entities, Entity.of([(0, 1)]), Entity.of([(1, 2)])))
REFERRING = [Triple((3, 2), "born_in", 0.75, (1,))]

# What is called, and what it changes.
CHANGES = {
    "states both orders": (lambda: add_directions(DOC, SCHEMA), {"gold"}),
    "has none to state": (lambda: add_directions(DOC, Schema((RelationType("born_in"),))), set()),
    "aligns": (lambda: align_gold(UNKNOWN, DOC, SCHEMA)[0], {"gold"}),
    "aligns nothing": (lambda: align_gold(DOC, UNKNOWN, SCHEMA)[0], {"gold"}),
    "proposes": (lambda: OpenEntities("always", span_tokens=1).propose(DOC), {"entities"}),
    "drops": (lambda: drop_unused_entities(FOUND, [], given=3)[0], set()),
    "drops one": (lambda: drop_unused_entities(FOUND, REFERRING, given=3)[0], {"entities", "gold"}),
    "drops none": (lambda: drop_unused_entities(DOC, [], given=3)[0], set()),
}


@pytest.mark.parametrize(("call", "changed"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_changed_is_kept(call, changed):
    result = call()
    for field in fields(EntityDoc):
        if field.name not in changed:
            assert getattr(result, field.name) == getattr(DOC, field.name), field.name


def facts(doc, triples):
    """Triples by their entities, so that these may move, with all that is said of them."""
    return [(tuple(doc.entities[i] for i in t.entities), *_rest(t)) for t in triples]


def _rest(triple):
    return [getattr(triple, each.name) for each in fields(Triple) if each.name != "entities"]


def test_triples_whose_entities_move_keep_all_else():
    fewer, triples = drop_unused_entities(FOUND, REFERRING, given=3)
    assert fewer.entities == (FOUND.entities[3], *DOC.entities)
    assert facts(fewer, triples) == facts(FOUND, REFERRING)
    assert facts(fewer, fewer.gold) == facts(DOC, DOC.gold)
    aligned, _ = align_gold(UNKNOWN, DOC, SCHEMA)
    assert facts(aligned, aligned.gold) == facts(DOC, DOC.gold)


def test_the_order_that_symmetry_adds_has_all_but_its_entities_from_the_given_one():
    *given, added = add_directions(DOC, SCHEMA).gold
    assert facts(DOC, given) == facts(DOC, DOC.gold)
    assert added.entities == (1, 0)
    assert _rest(added) == _rest(DOC.gold[0])
