"""Parallel search over given tails ends, whatever rounding does to scores near a threshold."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spacy_docre.data.triples import Triple
from spacy_docre.models.heads import given_rows
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.heads.rows.network import RowNetwork, RowShape
from spacy_docre.models.heads.rows.row_answers import search_answers
from spacy_docre.models.sizes import Sizes

from ...worlds import make_schema
from .networks import (
    answers_one_at_a_time,
    assert_same,
    make_docs,
    make_network,
    make_tokens,
    one_by_one,
    read,
)

SCHEMA = make_schema(P1=2, P2=2, P3=2, P4=2, P5=2)
TYPES = ["ABCABCAB", "ABCABC", "ABCAB", "ABCABCA", "ABC", "ABCABCABCA", "ABCA", "ABCABCABCABC"]
WIDTH, LABELS = 96, 2
ROWS = make_given_rows()


def random_docs(rng):
    """Documents whose pairs have up to two relations."""
    docs = []
    for doc in make_docs(*TYPES):
        size = len(doc.entities)
        triples = [
            Triple((head, tail), label)
            for head in range(size)
            for tail in range(size)
            if head != tail
            for label in rng.choice(SCHEMA.labels, rng.binomial(LABELS, 0.3), replace=False)
        ]
        docs.append(replace(doc, gold=tuple(triples)))
    return docs


def trained(seed):
    """The default network after a few steps on random documents, with these and their tokens."""
    rng = np.random.default_rng(seed)
    docs = random_docs(rng)
    torch.manual_seed(seed)
    network = RowNetwork(Sizes(SCHEMA, WIDTH, LABELS), RowShape()).eval()
    tokens = torch.from_numpy(rng.normal(size=(sum(len(d.doc) for d in docs), WIDTH))).float()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
    for _ in range(8):
        optimizer.zero_grad()
        ROWS.row_losses(network, read(network, docs, tokens), docs, rng).per_doc.sum().backward()
        optimizer.step()
    return network, docs, tokens


def generate(network, docs, tokens, threshold):
    """Fails in place of passing over rows for ever. Each document has rows of one length, and no
    more passes go over them than there may be answers, and one to see that all is done."""
    most = sum(1 + network.sizes.max_labels * len(doc.entities) for doc in docs)
    forward, passes = network.decoder.forward, []

    def counted(*args, **kwargs):
        passes.append(None)
        assert len(passes) <= most, "this does not end"
        return forward(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
        patch.setattr(network.decoder, "forward", counted)
        return ROWS.generate(network, read(network, docs, tokens), docs, threshold)


def close_scores(network, docs, tokens):
    """Thresholds between two scores that lie so close that the same answer may have both, of rows
    of different lengths."""
    scores, original = [], network.decoder.relation_logits

    def recorded(states):
        logits = original(states)
        scores.append(torch.sigmoid(logits[:, 1:].amax(1) - logits[:, 0]))
        return logits

    network.decoder.relation_logits = recorded
    near = set()
    for threshold in np.linspace(0.1, 0.9, 9):
        scores.clear()
        generate(network, docs, tokens, threshold)
        found = torch.cat(scores).unique().double().tolist()
        near.update((low + high) / 2 for low, high in zip(found, found[1:]) if high - low < 2e-7)
    del network.decoder.relation_logits
    return sorted(near)


def test_search_ends_at_thresholds_that_rounding_crosses(monkeypatch):
    # All answers, of which those that are no result matter for what follows as well.
    monkeypatch.setattr(given_rows, "search", search_answers)
    network, docs, tokens = trained(2)
    thresholds = close_scores(network, docs, tokens)
    assert len(thresholds) > 20
    for number, threshold in enumerate(thresholds):
        found = generate(network, docs, tokens, threshold)
        if number % 32 == 0:
            with torch.inference_mode():
                expected = [
                    answers_one_at_a_time(network, doc, own, threshold, triples)
                    for ((doc,), own), triples in zip(one_by_one(docs, tokens), found)
                ]
            assert_same(found, expected)


@pytest.mark.parametrize("labels", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_search_ends_where_answers_hang_on_how_long_rows_are(seed, labels):
    """As with rounding, but everywhere: what a short row accepts, one that is longer refuses."""
    network, docs = make_network(SCHEMA, seed, max_labels=labels), make_docs("ABCABC", "AAB")
    tokens = make_tokens(docs, seed)
    forward = network.decoder.forward

    def moody(pairs, *args, **kwargs):
        states, cache = forward(pairs, *args, **kwargs)
        return states * (-1) ** pairs.shape[1], cache

    network.decoder.forward = moody
    for threshold in [0.3, 0.5, 0.7]:
        found = generate(network, docs, tokens, threshold)
        assert all(threshold <= triple.score for triples in found for triple in triples)
