"""Pairs learn to look at the sentences that annotators named as evidence."""

import pytest
import torch

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.heads.rows.evidence import evidence_losses

from ...worlds import make_schema
from .networks import make_docs, make_network, make_tokens, one_by_one, read

SCHEMA = make_schema(P1=2, P2=2, P3=3)


def annotated(doc, *facts, starts=(0, 2, 4)):
    """A document of sentences that start at these tokens, with triples and their evidence."""
    gold = tuple(Triple(entities, label, evidence=evidence) for entities, label, evidence in facts)
    return EntityDoc(doc.doc, doc.entities, gold, starts)


def losses_of(docs, seed=0):
    network = make_network(SCHEMA, seed)
    return evidence_losses(network, read(network, docs, make_tokens(docs)), docs)


def test_the_loss_compares_the_attention_of_a_pair_with_its_evidence():
    (doc,) = make_docs("AABCAB")
    doc = annotated(doc, ((1, 3), "P1", (0, 2)))
    network, tokens = make_network(SCHEMA), make_tokens([doc])
    reading = read(network, [doc], tokens)
    pair = [torch.tensor([[1, 3]])]
    attention = network.context.attention(reading.tokens, reading.symbols, reading.batch, pair)
    assert attention[0].shape == (1, 6)
    assert attention[0].sum().item() == pytest.approx(1)
    first, _, last = (part.sum() for part in attention[0][0].split(2))
    expected = -(first.log() + last.log()) / 2
    assert evidence_losses(network, reading, [doc]).item() == pytest.approx(expected.item())


def test_attention_is_what_the_context_of_a_pair_is_made_with():
    (doc,) = make_docs("AABCAB")
    network = make_network(SCHEMA)
    context, reading = network.context, read(network, [doc], make_tokens([doc]))
    head, tail = torch.tensor([0, 2]), torch.tensor([4, 1])
    queries = context.query(context.norm_symbols(reading.symbols))
    keys_values = context.key_value(context.norm_tokens(reading.tokens))
    # With values that are the same for all heads, heads are averaged as in `attention`.
    width = keys_values.shape[1] // 2
    values = torch.eye(6, width // context.attention_heads, dtype=tokens_type(reading)).repeat(
        1, context.attention_heads
    )
    keys_values = torch.cat([keys_values[:, :width], values], dim=1)
    mixed = context._attend(queries, keys_values, head, tail).unflatten(
        1, (context.attention_heads, -1)
    )
    weights = context.attention(
        reading.tokens, reading.symbols, reading.batch, [torch.stack([head, tail], dim=1)]
    )[0]
    torch.testing.assert_close(
        mixed.mean(1), weights @ values[:, : width // context.attention_heads]
    )


def tokens_type(reading):
    return reading.tokens.dtype


def test_without_evidence_or_sentences_there_is_nothing_to_learn():
    plain, unsegmented, empty, lone = make_docs("AAB", "AAB", "AAB", "A")
    docs = [
        annotated(plain, ((0, 1), "P1", ())),
        annotated(unsegmented, ((0, 1), "P1", (1,)), starts=()),
        annotated(empty),
        annotated(lone, starts=(0,)),
    ]
    assert losses_of(docs).tolist() == [0, 0, 0, 0]


def test_the_loss_of_a_document_does_not_depend_on_the_others():
    first, second, third = make_docs("AABCAB", "BC", "CAAB")
    docs = [
        annotated(first, ((1, 3), "P1", (0, 2)), ((1, 3), "P2", (1,)), ((0, 2, 4), "P3", (1,))),
        annotated(second, starts=(0,)),
        annotated(third, ((0, 1), "P1", (1,)), starts=(0, 3)),
    ]
    together = losses_of(docs)
    network = make_network(SCHEMA)
    alone = [
        evidence_losses(network, read(network, doc, own), doc)[0]
        for doc, own in one_by_one(docs, make_tokens(docs))
    ]
    torch.testing.assert_close(together, torch.stack(alone))
    assert together[0] > 0 and together[2] > 0


def test_attention_moves_to_the_evidence():
    (doc,) = make_docs("AABCAB")
    doc = annotated(doc, ((1, 3), "P1", (2,)), ((3, 1), "P2", (0,)))
    network, tokens = make_network(SCHEMA), make_tokens([doc])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(40):
        optimizer.zero_grad()
        evidence_losses(network, read(network, [doc], tokens), [doc]).sum().backward()
        optimizer.step()
    reading = read(network, [doc], tokens)
    pairs = [torch.tensor([[1, 3], [3, 1]])]
    weights = network.context.attention(reading.tokens, reading.symbols, reading.batch, pairs)[0]
    assert weights[0, 4:].sum() > 0.9
    assert weights[1, :2].sum() > 0.9
