"""In training, a pair is asked what it is asked in extraction, whichever pairs are learnt."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spacy_docre.data.triples import Triple
from spacy_docre.models.heads import given_rows
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.heads.rows import row_answers
from spacy_docre.models.heads.rows.row_pairs import row_pairs
from spacy_docre.models.pairs.negatives import AllNegatives, NoNegatives, SampledNegatives

from ...worlds import make_schema
from .networks import make_docs, make_network, make_tokens, read

# The last label is never generated, so that it can be added to any pair.
SCHEMA = make_schema(P1=2, P2=2, P3=[["A", "B"], []], P4=[[], ["C", "A"]], P9=2)
RARE = 5
NEGATIVES = {
    "all": AllNegatives(),
    "none": NoNegatives(),
    "a share": SampledNegatives(0.4),
    "a few": SampledNegatives(1.0, limit=3),
}


def make(seed=0, **shape):
    network, docs = make_network(SCHEMA, seed, **shape), make_docs("AABCABCA", "", "CBA", "A")
    with torch.no_grad():
        network.decoder.relation.bias[RARE] -= 50
        if network.top_tails is not None:
            torch.nn.init.normal_(network.top_tails.distance.weight)
    return network, docs, make_tokens(docs, seed)


@pytest.fixture
def asked(monkeypatch):
    """Calls a function, and returns the logits of each document, pair and answer before it within
    the pair. Of several passes, the last one counts."""

    answer_logits = row_answers.answer_logits

    def record(network, call):
        logits, asked_pairs = {}, []

        def pair_vectors(reading, pairs, seen=None, original=network.pair_vectors):
            asked_pairs[:] = [
                (doc, *pair) for doc, own in enumerate(pairs) for pair in own.tolist()
            ]
            return original(reading, pairs, seen)

        def answer(network, vectors, allowed, positions, seen=None, wanted=None):
            found = answer_logits(network, vectors, allowed, positions, seen)
            for pair, within, own in zip(positions.pair, positions.within.tolist(), found):
                if not within:
                    logits[asked_pairs[pair]] = {}
                logits[asked_pairs[pair]][within] = own.detach()
            if wanted is None:
                return found
            # Leaving out what nobody wants changes nothing about the others.
            learnt = answer_logits(network, vectors, allowed, positions, seen, wanted)
            torch.testing.assert_close(learnt, found[wanted])
            return learnt

        with monkeypatch.context() as patch:
            patch.setattr(network, "pair_vectors", pair_vectors)
            patch.setattr(row_answers, "answer_logits", answer)
            patch.setattr(given_rows, "answer_logits", answer)
            result = call()
        return result, {(*pair, w): own for pair, each in logits.items() for w, own in each.items()}

    return record


def overfill(network, doc, number, triples, in_rows):
    """What was found as gold, and more that extraction does not ask for: a relation in each pair
    that is outside of the rows, and one too many in each pair that is full."""
    size, limit = len(doc.entities), network.sizes.max_labels
    pairs = [triple.entities for triple in triples]
    outside = {
        (head, tail)
        for head in range(size)
        for tail in range(size)
        if head != tail and (number, head, tail) not in in_rows
    }
    full = {pair for pair in pairs if pairs.count(pair) == limit}
    return replace(doc, gold=(*triples, *(Triple(pair, "P9") for pair in outside | full)))


@pytest.mark.parametrize("max_labels", [1, 2, 3])
@pytest.mark.parametrize("negatives", NEGATIVES.values(), ids=NEGATIVES)
@pytest.mark.parametrize("top_k_tails", [None, 1, 3])
@pytest.mark.parametrize("exchange_layers", [0, 2])
@pytest.mark.parametrize("more", [False, True], ids=["found", "and more"])
@pytest.mark.filterwarnings("ignore:.*DRW503")
def test_a_pair_is_asked_the_same_in_training(
    asked, monkeypatch, max_labels, negatives, top_k_tails, exchange_layers, more
):
    # What was answered becomes gold, even if its score is too low for a result.
    monkeypatch.setattr(given_rows, "search", row_answers.search_answers)
    network, docs, tokens = make(
        max_labels=max_labels,
        guesses_tails=top_k_tails is not None,
        exchange_layers=exchange_layers,
    )
    rows, reading = make_given_rows(negatives, top_k_tails=top_k_tails), read(network, docs, tokens)
    found, extracted = asked(network, lambda: rows.generate(network, reading, docs, 0.5))
    in_rows = {key[:3] for key in extracted}
    taught = [replace(doc, gold=tuple(triples)) for doc, triples in zip(docs, found)]
    if more:
        taught = [
            overfill(network, doc, number, triples, in_rows)
            for number, (doc, triples) in enumerate(zip(docs, found))
        ]
    rng = np.random.default_rng(0)
    _, learnt = asked(network, lambda: rows.row_losses(network, reading, taught, rng))
    assert in_rows <= {key[:3] for key in learnt}
    assert sum(map(len, found)) > 3
    # The answers are gold, so that the questions are those that extraction ended with.
    assert more or {key for key in learnt if key[:3] in in_rows} <= set(extracted)
    for key in set(learnt) & set(extracted):
        torch.testing.assert_close(learnt[key], extracted[key], atol=1e-5, rtol=0)


def test_pairs_outside_of_the_rows_do_not_see_each_other(asked):
    """It is asked as though nothing but itself had been added to its row."""
    network, docs, tokens = make(guesses_tails=True, exchange_layers=1)
    reading = read(network, docs, tokens)
    pairs = row_pairs(network, reading, 2)
    inside = set(map(tuple, pairs[0].tolist()))
    first, second = sorted({(0, tail) for tail in range(1, 8)} - inside)[:2]

    def ask(*pairs):
        gold = tuple(Triple(pair, "P1") for pair in pairs)
        taught = [replace(docs[0], gold=gold), *(replace(doc, gold=()) for doc in docs[1:])]
        rows = make_given_rows(NoNegatives(), top_k_tails=2)
        return asked(network, lambda: rows.row_losses(network, reading, taught, None))[1]

    alone, together = ask(second), ask(first, second)
    torch.testing.assert_close(alone[(0, *second, 0)], together[(0, *second, 0)])
