"""Triples of whole corpora become symbols and come back, in every mode, order and choice of
negatives. Name the folder that holds `redocred`, `cdr`, `biored` and `scirex` in
SPACY_DOCRE_DATA to run this; `-s` prints the counts."""

import os
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from corpora import read_corpus
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.schema import Schema
from spacy_docre.data.symmetry import add_directions
from spacy_docre.formats import get_format
from spacy_docre.models.grammar.linearize import MODES, delinearize, linearize
from spacy_docre.models.grammar.orders import ORDERS
from spacy_docre.models.grammar.symbols import SymbolTable
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs, TypeTrie
from spacy_docre.models.pairs.negatives import (
    AllNegatives,
    DynamicNegatives,
    NoNegatives,
    SampledNegatives,
)

DATA = os.environ.get("SPACY_DOCRE_DATA")
CORPORA = ["redocred", "cdr", "biored", "scirex", "scirex_4ary"]
pytestmark = pytest.mark.skipif(not DATA, reason="SPACY_DOCRE_DATA names no folder")
PAIRS = [NoNegatives(), DynamicNegatives(1, 1, 3), AllNegatives()]
# Tuples of four entities are too many to state them all.
TUPLES = [NoNegatives(), SampledNegatives(0.1, 200)]
# As many positions has the decoder of BART and of LED.
POSITIONS = 1024


@cache
def read(name):
    """The training and development documents of a corpus, and which relations are symmetric."""
    description = read_corpus(name)
    format = get_format(description.format, description.settings)
    vocab, docs = Vocab(), []
    folder = Path(DATA) / description.source
    if not folder.is_dir():
        pytest.skip(f"SPACY_DOCRE_DATA has no folder {folder.name}")
    for part in ("train", "dev"):
        dropped = Counter()
        for record in format.records(folder / description.files[part]):
            doc = format.to_doc(record, vocab, dropped)
            docs.append(gold_entity_doc(Example(doc.copy(), doc)))
    return docs, description.symmetric


def schema_of(docs, symmetric, types):
    schema = Schema.learn(docs, types=types)
    labels = schema.labels if symmetric == ["*"] else symmetric
    relations = [replace(each, symmetric=each.label in labels) for each in schema.relations]
    schema = Schema(tuple(relations), schema.entity_types)
    return schema, [add_directions(doc, schema) for doc in docs]


@pytest.mark.parametrize("types", [False, True], ids=["any types", "learnt types"])
@pytest.mark.parametrize(("name", "mode", "order"), [*product(CORPORA, MODES, ORDERS)])
def test_no_triple_of_a_corpus_is_lost(name, mode, order, types):
    schema, docs = schema_of(*read(name), types)
    trie = TypeTrie(schema)
    table, typed = (SymbolTable.learn(schema, docs, typed=each) for each in (False, True))
    rng = np.random.default_rng(0)
    strategies = PAIRS if schema.max_arity == 2 else TUPLES
    counts = Counter()
    for number, doc in enumerate(docs):
        candidates = CandidatePairs(trie, doc)
        for each in (table, typed):
            assert len(set(each.rows(doc))) == len(doc.entities)
        # All pairs of all documents would only say the same again.
        strategy = strategies[number % len(strategies)]
        negatives = strategy(candidates, {triple.entities for triple in doc.gold}, rng)
        sequences = linearize(
            table, candidates, doc.gold, negatives, mode=mode, order=order, rng=rng
        )
        content = delinearize(table, candidates, sequences)
        lengths = [len(each.symbols) for each in sequences]
        counts["documents"] += 1
        counts["triples"] += len(doc.gold)
        counts["negatives"] += len(negatives)
        counts["targets"] += len(lengths)
        counts["symbols"] += sum(lengths)
        counts["longest"] = max(counts["longest"], *lengths, 0)
        counts[f"longer than {POSITIONS}"] += sum(length > POSITIONS for length in lengths)
        counts["lost"] += len(set(doc.gold) - set(content.triples))
        counts["invented"] += len(set(content.triples) - set(doc.gold))
        counts["cut"] += set(content.negatives) != set(negatives)
    print(name, mode, order, "learnt types" if types else "any types", dict(counts))
    assert counts["triples"] > counts["lost"] == counts["invented"] == counts["cut"] == 0
