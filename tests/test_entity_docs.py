"""Whoever changes an entity document keeps what it is not about."""

from dataclasses import fields, replace

import pytest
import spacy

from spacy_docre.entities import Entity, EntityDoc
from spacy_docre.extractor import settle
from spacy_docre.gold import align_gold
from spacy_docre.rhf.open_entities import propose
from spacy_docre.schema import RelationType, Schema
from spacy_docre.symmetry import complete
from spacy_docre.triples import Triple

SCHEMA = Schema((RelationType("bind", symmetric=True), RelationType("born_in")))
DOC = EntityDoc(
    spacy.blank("xx")("Ann met Bob . Ann likes Bonn ."),
    (Entity.of([(2, 3)], "PER", "b"), Entity.of([(4, 5)], "PER", "a"), Entity.of([(6, 7)], "LOC")),
    (Triple((0, 1), "bind", 0.5, (0,)), Triple((1, 2), "born_in", 0.25, (1,))),
    (0, 4),
)
UNKNOWN = replace(DOC, gold=None)
PROPOSED = replace(DOC, entities=(*DOC.entities, Entity.of([(0, 1)])))
REFERRING = [Triple((3, 2), "born_in", 0.75, (1,))]

# What is called, and what it changes.
CHANGES = {
    "states both orders": (lambda: complete(DOC, SCHEMA), {"gold"}),
    "has none to state": (lambda: complete(DOC, Schema((RelationType("born_in"),))), set()),
    "aligns": (lambda: align_gold(UNKNOWN, DOC, SCHEMA)[0], {"gold"}),
    "aligns nothing": (lambda: align_gold(DOC, UNKNOWN, SCHEMA)[0], {"gold"}),
    "proposes": (lambda: propose(DOC, when="always", span_tokens=1), {"entities"}),
    "settles": (lambda: settle(DOC, PROPOSED, REFERRING)[0], {"entities", "gold"}),
    "settles unknown gold": (lambda: settle(UNKNOWN, PROPOSED, [])[0], {"gold"}),
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
    settled, triples = settle(DOC, PROPOSED, REFERRING)
    assert settled.entities == (PROPOSED.entities[3], *DOC.entities)
    assert facts(settled, triples) == facts(PROPOSED, REFERRING)
    assert facts(settled, settled.gold) == facts(DOC, DOC.gold)
    aligned, _ = align_gold(UNKNOWN, DOC, SCHEMA)
    assert facts(aligned, aligned.gold) == facts(DOC, DOC.gold)


def test_the_order_that_symmetry_adds_has_all_but_its_entities_from_the_given_one():
    *given, added = complete(DOC, SCHEMA).gold
    assert facts(DOC, given) == facts(DOC, DOC.gold)
    assert added.entities == (1, 0)
    assert _rest(added) == _rest(DOC.gold[0])
