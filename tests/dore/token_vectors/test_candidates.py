"""Rows of bounded length: heads are asked only about the tails that a cheap guess finds likely."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.dore.negatives import AllNegatives
from spacy_docre.dore.token_vectors.candidates import most_likely
from spacy_docre.dore.token_vectors.given_tails import GivenTails
from spacy_docre.dore.token_vectors.network import Network
from spacy_docre.entities import EntityDoc
from spacy_docre.triples import Triple

from ..worlds import make_schema, relaxed
from .networks import assert_same, make_docs, make_network, make_tokens

SCHEMA = make_schema(P1=2, P2=[["A"], ["B"]])
ROWS = GivenTails(AllNegatives())


def bounded(tails_per_head, schema=SCHEMA):
    """The network of `make_network`, with rows of bounded length."""
    network = make_network(schema)
    torch.manual_seed(1)
    other = Network(replace(network.settings, tails_per_head=tails_per_head)).double().eval()
    other.load_state_dict(network.state_dict(), strict=False)
    torch.nn.init.normal_(other.candidates.distance.weight)
    return other


def generate(network, docs, tails_per_head=None):
    rows = GivenTails(AllNegatives(), tails_per_head)
    with torch.inference_mode():
        return rows.generate(network, network.read(make_tokens(docs), docs), docs, 0.0)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1), st.floats(0, 1))
@relaxed
def test_the_most_likely_possible_cells_remain(size, count, seed, share):
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(size=(size, size)))
    possible = torch.from_numpy(rng.random((size, size)) < share)
    kept = most_likely(logits, possible, count)
    assert not (kept & ~possible).any()
    assert kept.sum(1).tolist() == possible.sum(1).clamp(max=count).tolist()
    for row, keep, may in zip(logits, kept, possible):
        left_out = row[may & ~keep]
        if len(left_out):
            assert left_out.max() <= row[keep].min()


def test_rows_are_no_longer_than_asked_for():
    docs = make_docs("AABBCABC", "AB", "A")
    found = generate(bounded(2), docs, 2)
    for triples in found:
        heads = {triple.head for triple in triples}
        for head in heads:
            assert len({triple.tail for triple in triples if triple.head == head}) <= 2
    assert len({triple.entities for triple in found[0]}) == 8 * 2


def test_rows_that_are_short_anyway_stay_whole():
    docs = make_docs("AABC", "ABB")
    assert_same(generate(bounded(3), docs, 3), generate(make_network(SCHEMA), docs))


def test_the_guess_learns_which_cells_hold_a_relation():
    (doc,) = make_docs("AABBCABC")
    gold = ((0, 5), (3, 1), (6, 7))
    doc = EntityDoc(doc.doc, doc.entities, tuple(Triple(cell, "P1") for cell in gold))
    network, tokens = bounded(1), make_tokens([doc])
    optimizer = torch.optim.Adam(network.candidates.parameters(), lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        ROWS.losses(network, network.read(tokens, [doc]), [doc], None).sum().backward()
        optimizer.step()
    reading = network.read(tokens, [doc])
    (logits,) = network.candidates(reading.symbols, reading.batch)
    assert all(logits[head].argmax() == tail for head, tail in gold)


def test_the_guess_does_not_move_the_symbols():
    (doc,) = make_docs("AAB")
    network = bounded(1)
    reading = network.read(make_tokens([doc]).requires_grad_(), [doc])
    cells, related = [torch.tensor([[0, 1]])], [torch.tensor([True])]
    losses = network.candidates.losses(reading.symbols, reading.batch, cells, related)
    losses.sum().backward()
    assert network.candidates.head.weight.grad.abs().sum() > 0
    assert network.symbols.index_embedding.weight.grad is None
