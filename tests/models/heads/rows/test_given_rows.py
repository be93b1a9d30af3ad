"""Given tails: the parallel search finds what generating one by one would find."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.heads.rows import row_answers
from spacy_docre.models.pairs.negatives import NoNegatives, SampledNegatives

from ...worlds import make_doc, make_schema, relaxed, schemas
from .networks import (
    assert_same,
    make_docs,
    make_network,
    make_tokens,
    one_at_a_time,
    one_by_one,
    read,
)

SCHEMA = make_schema(P1=2, P2=2, P3=2, P4=2, P5=2)
TYPED = make_schema(P1=[["A"], ["B"]], P2=[["A", "B"], []], P3=[[], ["C"]], P4=2)
ROWS = make_given_rows()
few = settings(relaxed, max_examples=25)


def generate(network, docs, tokens, threshold, rows=ROWS):
    with torch.inference_mode():
        return rows.generate(network, read(network, docs, tokens), docs, threshold)


@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("seed", [0, 1, 3])
@pytest.mark.parametrize("shape", [{}, {"exchange_layers": 2}, {"salience": True}], ids=str)
def test_parallel_search_is_greedy_search(seed, threshold, shape):
    network = make_network(SCHEMA, seed, **shape)
    docs = make_docs("AABCA", "AB", "CBA")
    tokens = make_tokens(docs, seed)
    found = generate(network, docs, tokens, threshold)
    with torch.inference_mode():
        expected = [
            one_at_a_time(network, doc, own, threshold) for (doc,), own in one_by_one(docs, tokens)
        ]
    assert_same(found, expected)
    assert sum(map(len, found)) > 5


def test_pairs_with_any_number_of_relations_are_among_what_was_compared():
    counts = set()
    for seed in range(12):
        docs = make_docs("AABCA")
        (found,) = generate(make_network(SCHEMA, seed), docs, make_tokens(docs, seed), 0.5)
        pairs = [triple.entities for triple in found]
        counts.update(map(pairs.count, itertools.permutations(range(5), 2)))
    assert counts == {0, 1, 2, 3}


@pytest.mark.parametrize("labels", [1, 3])
def test_what_was_generated_matters_for_what_follows(labels):
    """Otherwise the comparison above would show nothing."""
    docs = make_docs("AABCA")
    network, deaf = (make_network(SCHEMA, max_labels=labels) for _ in range(2))
    with torch.no_grad():
        deaf.decoder.previous.weight[1:] = deaf.decoder.previous.weight[0]
    tokens = make_tokens(docs)
    assert generate(network, docs, tokens, 0.5) != generate(deaf, docs, tokens, 0.5)


def test_a_threshold_selects_among_answers_and_changes_none_if_a_pair_holds_one():
    docs = make_docs("AABCA", "ABC")
    network = make_network(make_schema(P1=2, P2=2), max_labels=1)
    with torch.no_grad():
        network.decoder.relation.bias[0] += 3  # NA
    tokens = make_tokens(docs)
    everything = generate(network, docs, tokens, 0.0)
    for threshold in [0.1, 0.5, 0.9]:
        expected = [[t for t in triples if t.score >= threshold] for triples in everything]
        assert generate(network, docs, tokens, threshold) == expected
    assert 0 < sum(map(len, expected)) < sum(map(len, everything))


@few
@given(
    schemas(arities=(2,)),
    st.lists(st.text("ABCX", max_size=5), min_size=1, max_size=3),
    st.integers(0, 99),
    st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0]),
    st.integers(1, 3),
)
def test_parallel_search_is_greedy_search_for_any_schema(schema, types, seed, threshold, labels):
    network = make_network(schema, seed, max_labels=labels)
    docs = make_docs(*types)
    tokens = make_tokens(docs, seed)
    found = generate(network, docs, tokens, threshold)
    with torch.inference_mode():
        expected = [
            one_at_a_time(network, doc, own, threshold) for (doc,), own in one_by_one(docs, tokens)
        ]
    assert_same(found, expected)


@pytest.mark.parametrize("positions", [1, 7, 20, 10**6])
def test_how_rows_are_grouped_changes_nothing(monkeypatch, positions):
    network, docs = make_network(TYPED), make_docs("AABCAB", "AB", "", "C", "ABC")
    tokens = make_tokens(docs)
    expected = generate(network, docs, tokens, 0.3)
    monkeypatch.setattr(row_answers, "POSITIONS", positions)
    assert_same(generate(network, docs, tokens, 0.3), expected)


def test_a_row_takes_few_passes(monkeypatch):
    network, docs = make_network(SCHEMA), make_docs("ABCABCABCABC")
    passes = []
    forward = network.decoder.forward
    monkeypatch.setattr(
        network.decoder, "forward", lambda *a, **k: passes.append(a) or forward(*a, **k)
    )
    found = generate(network, docs, make_tokens(docs), 0.5)
    longest = max(sum(t.head == head for t in found[0]) for head in range(12))
    assert len(passes) <= longest + 1


def test_a_position_that_gives_a_relation_is_learnt_as_it_is_generated():
    """What is most probable after training on a sequence is that sequence."""
    network = make_network(SCHEMA)
    gold = tuple(Triple((h, t), p) for h, t, p in [(0, 1, "P1"), (0, 1, "P3"), (2, 0, "P2")])
    doc = EntityDoc(make_doc("A", "A", "A").doc, make_doc("A", "A", "A").entities, gold)
    tokens = make_tokens([doc])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(60):
        loss = ROWS.row_losses(network, read(network, [doc], tokens), [doc], None).per_doc.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    (found,) = generate(network, [doc], tokens, 0.5)
    assert found == list(gold)
    probability = torch.exp(-loss).item()
    assert probability > 0.9


@pytest.mark.parametrize("labels", [1, 2])
def test_the_loss_is_that_of_the_answers_one_by_one(labels):
    """Each position is learnt given the gold answer at the one before it: the relation of a full
    pair, or else NA."""
    network = make_network(SCHEMA, max_labels=labels)
    facts = [(0, 1, "P4"), (0, 2, "P1"), (2, 0, "P2"), (2, 0, "P3")][: 2 + labels]
    gold = tuple(Triple((head, tail), label) for head, tail, label in facts)
    doc = EntityDoc(make_doc("A", "B", "C").doc, make_doc("A", "B", "C").entities, gold)
    tokens = make_tokens([doc])
    reading = read(network, [doc], tokens)
    expected = 0.0
    for head in range(3):
        cache, previous = None, 0
        for tail in set(range(3)) - {head}:
            labels_of = [f for f in facts if f[:2] == (head, tail)]
            answers = [SCHEMA.labels.index(label) + 1 for _, _, label in labels_of]
            pair = [torch.tensor([[head, tail]])]
            vector = network.decoder.project(network.pair_vectors(reading, pair))
            least = 0
            for answer in [*answers, 0][:labels]:
                states, cache = network.decoder(vector[None], torch.tensor([[previous]]), cache)
                logits = network.decoder.relation_logits(states[0, 0])
                logits[1 : least + 1] = -torch.inf
                expected -= logits.log_softmax(0)[answer].item()
                least = previous = answer
    loss = ROWS.row_losses(network, reading, [doc], None).per_doc
    assert loss.item() == pytest.approx(expected)


def test_the_loss_is_that_of_each_document_alone():
    network = make_network(TYPED)
    gold = [(Triple((0, 1), "P4"),), (), (Triple((1, 0), "P2"), Triple((1, 0), "P4"))]
    docs = [
        EntityDoc(doc.doc, doc.entities, triples)
        for doc, triples in zip(make_docs("AAB", "BC", "BA"), gold)
    ]
    tokens = make_tokens(docs)
    together = ROWS.row_losses(network, read(network, docs, tokens), docs, None).per_doc
    alone = [
        ROWS.row_losses(network, read(network, doc, own), doc, None).per_doc[0]
        for doc, own in one_by_one(docs, tokens)
    ]
    torch.testing.assert_close(together, torch.stack(alone))
    assert (together > 0).all()


@pytest.mark.parametrize("negatives", [NoNegatives(), SampledNegatives(0.0)])
def test_without_negatives_only_filled_pairs_are_learnt(negatives):
    network = make_network(SCHEMA)
    doc = EntityDoc(make_doc("A", "A").doc, make_doc("A", "A").entities, ())
    rows = make_given_rows(negatives)
    tokens = make_tokens([doc]).requires_grad_()
    marked, rng = read(network, [doc], tokens), np.random.default_rng(0)
    loss = rows.row_losses(network, marked, [doc], rng).per_doc
    loss.sum().backward()
    assert loss.tolist() == [0.0]
    assert not tokens.grad.any()
