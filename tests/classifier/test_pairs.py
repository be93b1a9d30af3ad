"""Pairs as tensors hold what the documents and the schema say."""

import numpy as np
import pytest
import torch
from dore.worlds import annotated, make_doc, make_schema, relaxed
from hypothesis import given

from spacy_docre.classifier.pairs import PairBatch
from spacy_docre.dore.cells import TypeTrie
from spacy_docre.dore.negatives import AllNegatives, NoNegatives, SampledNegatives
from spacy_docre.entities import EntityDoc
from spacy_docre.triples import Triple

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)


def with_gold(world):
    cells, triples, _ = world
    return EntityDoc(cells.doc.doc, cells.doc.entities, tuple(triples)), cells


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
    doc, cells = with_gold(world)
    empty = EntityDoc(doc.doc, (), ())
    labels = cells.trie.schema.labels
    batch = PairBatch.learnable([doc, empty, doc], cells.trie, negatives, RNG, CPU)
    facts = {(triple.entities, triple.label) for triple in doc.gold}
    assert [read(batch, number, labels, batch.gold) for number in range(3)] == [facts, set(), facts]
    assert not (batch.gold & ~batch.allowed).any()
    pairs = [tuple(pair) for pair in batch.pairs[0].tolist()]
    assert pairs == sorted(set(pairs))


@relaxed
@given(annotated(arities=(2,), max_entities=5))
def test_all_that_the_schema_allows_is_possible_and_nothing_else(world):
    doc, cells = with_gold(world)
    labels = cells.trie.schema.labels
    batch = PairBatch.possible([doc], cells.trie, CPU)
    expected = {(cell, labels[number]) for cell in cells for number in cells.labels(cell)}
    assert read(batch, 0, labels, batch.allowed) == expected
    assert batch.allowed.any(1).all()


@pytest.mark.parametrize("negatives", [AllNegatives(), NoNegatives()], ids=["all", "none"])
@pytest.mark.parametrize("entities", [(0, 0), (1, 0)], ids=["itself", "types"])
def test_gold_that_the_schema_does_not_allow_is_refused(negatives, entities):
    trie = TypeTrie(make_schema(P1=[["A"], []]))
    doc = make_doc("A", "B", gold=(Triple(entities, "P1"),))
    with pytest.raises(ValueError, match=r"DRE204.*'w0 w1'.*P1"):
        PairBatch.learnable([doc], trie, negatives, RNG, CPU)
