"""Rows of bounded length: heads are asked only about the tails that a cheap guess finds likely."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.heads.rows.top_tails import most_likely

from ...worlds import make_schema, relaxed
from .networks import assert_same, make_docs, make_network, make_tokens, read

SCHEMA = make_schema(P1=2, P2=[["A"], ["B"]])
ROWS = make_given_rows()


def bounded():
    """The network of `make_network`, with a guess at which tails are likely."""
    network = make_network(SCHEMA)
    torch.manual_seed(1)
    other = make_network(SCHEMA, guesses_tails=True)
    other.load_state_dict(network.state_dict(), strict=False)
    torch.nn.init.normal_(other.top_tails.distance.weight)
    return other


def generate(network, docs, top_k_tails=None):
    rows = make_given_rows(top_k_tails=top_k_tails)
    with torch.inference_mode():
        return rows.generate(network, read(network, docs, make_tokens(docs)), docs, 0.0)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1), st.floats(0, 1))
@relaxed
def test_the_most_likely_possible_pairs_remain(size, count, seed, share):
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
    found = generate(bounded(), docs, 2)
    for triples in found:
        heads = {triple.head for triple in triples}
        for head in heads:
            assert len({triple.tail for triple in triples if triple.head == head}) <= 2
    assert len({triple.entities for triple in found[0]}) == 8 * 2


def test_rows_that_are_short_anyway_stay_whole():
    docs = make_docs("AABC", "ABB")
    assert_same(generate(bounded(), docs, 3), generate(make_network(SCHEMA), docs))


def test_the_guess_learns_which_pairs_hold_a_relation():
    (doc,) = make_docs("AABBCABC")
    gold = ((0, 5), (3, 1), (6, 7))
    doc = EntityDoc(doc.doc, doc.entities, tuple(Triple(pair, "P1") for pair in gold))
    network, tokens = bounded(), make_tokens([doc])
    optimizer = torch.optim.Adam(network.top_tails.parameters(), lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        ROWS.row_losses(network, read(network, [doc], tokens), [doc], None).per_doc.sum().backward()
        optimizer.step()
    reading = read(network, [doc], tokens)
    (logits,) = network.top_tails(reading.symbols, reading.batch)
    assert all(logits[head].argmax() == tail for head, tail in gold)


def test_the_guess_does_not_move_the_symbols():
    (doc,) = make_docs("AAB")
    network = bounded()
    reading = read(network, [doc], make_tokens([doc]).requires_grad_())
    pairs, related = [torch.tensor([[0, 1]])], [torch.tensor([True])]
    losses = network.top_tails.losses(reading.symbols, reading.batch, pairs, related)
    losses.sum().backward()
    assert network.top_tails.head.weight.grad.abs().sum() > 0
    assert network.symbols.index_embedding.weight.grad is None
