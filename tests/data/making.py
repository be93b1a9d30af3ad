"""A document about three entities, for tests of what it holds."""

import spacy
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity
from spacy_docre.data.relations import register_extension
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

register_extension()
NLP = spacy.blank("en")
NLP.add_pipe("sentencizer")
TEXT = "Ann Berg was born in Bonn. She now lives in Kiel."
ENTITIES = [
    Entity.of([(0, 2), (7, 8)], "PER"),
    Entity.of([(5, 6)], "LOC", "Q586"),
    Entity.of([(11, 12)], "LOC"),
]
BORN = Triple((0, 1), "born_in", 0.9, (0,))
LIVES = Triple((0, 2), "lives_in", 0.5, (1,))
MOVED = Triple((0, 1, 2), "moved", 0.7)
ROLES = {"moved": ("who", "from", "to")}


def berg(*triples: Triple) -> Doc:
    doc = NLP(TEXT)
    store_relations(doc, ENTITIES, triples or (BORN, LIVES, MOVED), roles=ROLES)
    return doc
