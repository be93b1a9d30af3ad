"""Pairs as tensors hold what the documents and the schema say."""

import numpy as np
import pytest
import torch
from hypothesis import given

from spacy_docre.data.entities import EntityDoc
from spacy_docre.models.pairs.negatives import AllNegatives, NoNegatives, SampledNegatives
from spacy_docre.models.pairs.pair_batch import PairBatch
from tests.models.worlds import annotated, relaxed

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)


def with_gold(world):
    candidates, triples, _ = world
    return EntityDoc(candidates.doc.doc, candidates.doc.entities, tuple(triples)), candidates


def read(batch, number, labels, states):
    """The triples of a document for which a tensor says yes."""
    pair, relation = states[batch.doc == number].nonzero(as_tuple=True)
    ends = batch.pairs[number][pair].tolist()
    return {(tuple(pair), labels[r]) for pair, r in zip(ends, relation.tolist())}


@pytest.mark.parametrize(
    "negatives", [AllNegatives(), NoNegatives(), SampledNegatives(0.4)], ids=["all", "none", "some"]
)
@relaxed
@given(annotated(arities=(2,), max_entities=5))
def test_gold_triples_become_tensors_and_back(negatives, world):
    doc, candidates = with_gold(world)
    empty = EntityDoc(doc.doc, (), ())
    labels = candidates.trie.schema.labels
    batch = PairBatch.learnable([doc, empty, doc], candidates.trie, negatives, RNG, CPU)
    facts = {(triple.entities, triple.label) for triple in doc.gold}
    assert [read(batch, number, labels, batch.gold) for number in range(3)] == [facts, set(), facts]
    assert not (batch.gold & ~batch.allowed).any()
    pairs = [tuple(pair) for pair in batch.pairs[0].tolist()]
    assert pairs == sorted(set(pairs))


@relaxed
@given(annotated(arities=(2,), max_entities=5))
def test_all_that_the_schema_allows_is_possible_and_nothing_else(world):
    doc, candidates = with_gold(world)
    labels = candidates.trie.schema.labels
    batch = PairBatch.possible([doc], candidates.trie, CPU)
    expected = {(pair, labels[number]) for pair in candidates for number in candidates.labels(pair)}
    assert read(batch, 0, labels, batch.allowed) == expected
    assert batch.allowed.any(1).all()
