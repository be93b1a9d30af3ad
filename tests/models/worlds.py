"""Small documents and schemas to test with."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.triples import Triple
from spacy_docre.models.grammar.symbols import SymbolTable
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs, TypeTrie

VOCAB = Vocab()
# A busy machine must not fail a test.
relaxed = settings(max_examples=50)


def make_doc(*types, gold=None):
    """A document of one word per entity, with entities of these types."""
    words = [f"w{i}" for i in range(len(types))] or ["nothing"]
    entities = [Entity.of([(i, i + 1)], type) for i, type in enumerate(types)]
    return EntityDoc(Doc(VOCAB, words=words), tuple(entities), gold)


def make_schema(**arguments):
    """A schema from labels and their arity, or the types of their roles."""
    relations = []
    for label, roles in arguments.items():
        arity = roles if isinstance(roles, int) else len(roles)
        types = () if isinstance(roles, int) else tuple(tuple(role) for role in roles)
        relations.append(
            RelationType(label, roles=tuple(f"r{i}" for i in range(arity)), types=types)
        )
    return Schema(tuple(relations), ("A", "B", "C"))


def make_candidates(schema, doc):
    return CandidatePairs(TypeTrie(schema), doc)


def make_table(schema, *docs, typed=False):
    return SymbolTable.learn(schema, docs, typed=typed)


def triples_of(schema, *facts):
    return tuple(Triple(tuple(entities), label) for *entities, label in facts)


TYPES = st.sampled_from(["A", "B", "C"])


@st.composite
def schemas(draw, arities=(2, 3)):
    relations = {}
    for i in range(draw(st.integers(1, 4))):
        arity = draw(st.sampled_from(arities))
        if draw(st.booleans()):
            relations[f"R{i}"] = arity
        else:
            role = st.lists(TYPES, max_size=2, unique=True)
            relations[f"R{i}"] = draw(st.lists(role, min_size=arity, max_size=arity))
    return make_schema(**relations)


@st.composite
def annotated(draw, arities=(2, 3), max_entities=4):
    """A schema, and the pairs, gold triples in any order and free pairs of a document."""
    schema = draw(schemas(arities))
    doc = make_doc(*draw(st.lists(TYPES, max_size=max_entities)))
    candidates = make_candidates(schema, doc)
    possible = [(pair, label) for pair in candidates for label in candidates.labels(pair)]
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    chosen = rng.permutation(len(possible))[: draw(st.integers(0, 12))]
    triples = [Triple(possible[i][0], schema.labels[possible[i][1]]) for i in chosen]
    filled = {triple.entities for triple in triples}
    share = draw(st.sampled_from([0.0, 0.3, 1.0]))
    negatives = {pair for pair in candidates if pair not in filled and rng.random() < share}
    return candidates, triples, negatives
