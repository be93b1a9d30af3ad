"""Networks with random weights that say much, and documents with random token vectors."""

import numpy as np
import torch
from torch import nn

from spacy_docre.data.triples import Triple
from spacy_docre.models.encoders.token_vectors import TokenReading
from spacy_docre.models.heads.rows.network import RowNetwork, RowShape
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs
from spacy_docre.models.pairs.features import PairFeatures
from spacy_docre.models.sizes import Sizes

from ...worlds import make_doc

WIDTH = 8
# In single precision, rounding makes differences of this size.
TIE = 2e-6


def make_network(schema, seed=0, *, max_labels=3, salience=False, **shape):
    """Rows that depend strongly on all that they read. In double precision, so that no choice
    hangs on the order in which numbers are added."""
    torch.manual_seed(seed)
    features = PairFeatures(salience=salience)
    network = RowNetwork(
        Sizes(schema, WIDTH, max_labels),
        RowShape(row_width=WIDTH, attention_heads=2, features=features, **shape),
    )
    # So few that documents have more entities.
    network.symbols.index_embedding = nn.Embedding(4, WIDTH)
    network = network.double()
    decoder = network.decoder
    with torch.no_grad():
        network.symbols.index_embedding.weight.normal_(std=0.1)
        decoder.previous.weight.normal_(std=2)
        decoder.relation.bias.normal_(std=0.5)
        decoder.relation.bias[0] -= 3  # NA
        for layer in [decoder.relation, decoder.next_query, decoder.next_key]:
            layer.weight.normal_(std=1.5)
        decoder.end.normal_()
        decoder.next_offset.normal_()
    return network.eval()


def read(network, docs, tokens):
    """What rows are made from, of documents with these token vectors."""
    return network.read(TokenReading(tokens), docs)


def make_tokens(docs, seed=0):
    """*Shape:* (tokens, width)"""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(sum(len(doc.doc) for doc in docs), WIDTH)))


def make_docs(*types):
    """A document for each string of types, such as "AABC"."""
    return [make_doc(*each) for each in types]


def one_by_one(docs, tokens):
    """Each document with its own tokens."""
    yield from zip(([doc] for doc in docs), tokens.split([len(doc.doc) for doc in docs]))


def comparable(triples):
    """What must be equal, and what must be equal but for rounding."""
    return [(t.entities, t.label) for t in triples], torch.tensor(
        [t.score for t in triples], dtype=torch.float64
    )


def assert_same(found, expected, tolerance=1e-5):
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        (facts, scores), (other_facts, other_scores) = comparable(one), comparable(other)
        assert facts == other_facts
        torch.testing.assert_close(scores, other_scores, atol=tolerance, rtol=0)


def one_at_a_time(network, doc, tokens, threshold):
    """Greedy search as one would write it down."""
    answers = answers_one_at_a_time(network, doc, tokens, threshold)
    return [triple for triple in answers if triple.score >= threshold]


def answers_one_at_a_time(network, doc, tokens, threshold, found=()):
    """All answers, whatever their score: pair after pair, and within a pair relation after
    relation, until NA is the answer or the pair is full. Where no more than rounding tells what a
    relation has against NA from the threshold, either answer is right, and it is whatever was
    found."""
    decoder, labels = network.decoder, network.sizes.labels
    marked = read(network, [doc], tokens)
    possible = CandidatePairs(network.sizes.trie, doc)
    pairs = list(possible)
    ends = torch.tensor(pairs, dtype=torch.long).view(-1, 2)
    vectors = dict(zip(pairs, decoder.project(network.pair_vectors(marked, [ends]))))
    triples = []
    for head in range(len(doc.entities)):
        cache, previous = None, 0
        for tail in range(len(doc.entities)):
            if not possible.labels((head, tail)):
                continue  # not part of the row, no more than an entity with itself
            vector = vectors[head, tail].unsqueeze(0)
            before, all_before = 0, 1.0
            for slot in range(1, network.sizes.max_labels + 1):
                states, cache = decoder(vector.unsqueeze(0), torch.tensor([[previous]]), cache)
                previous = 0
                na, *others = decoder.relation_logits(states[0, 0]).tolist()
                choices = [
                    (logit, number)
                    for number, logit in enumerate(others, start=1)
                    if number > before and number - 1 in possible.labels((head, tail))
                ]
                if not choices:
                    break  # there is no later relation
                logit, best = max(choices)
                score = torch.tensor(logit - na).double().sigmoid().item()
                if slot == network.sizes.max_labels and score >= 0.5:
                    previous = best  # the pair is full
                all_before *= score
                triple = Triple((head, tail), labels[best - 1], all_before)
                tied = found and abs(score - threshold) < TIE
                if triple not in found if tied else score < threshold:
                    break
                triples.append(triple)
                if slot < network.sizes.max_labels:
                    before = previous = best
    return triples
