"""In training, a cell is asked what it is asked in extraction, whichever cells are learnt."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spacy_docre.dore.negatives import AllNegatives, NoNegatives, SampledNegatives
from spacy_docre.dore.token_vectors import given_tails, row_answers
from spacy_docre.dore.token_vectors.given_tails import GivenTails
from spacy_docre.dore.token_vectors.row_cells import row_cells
from spacy_docre.triples import Triple

from ..worlds import make_schema
from .networks import make_docs, make_network, make_tokens

# The last label is never generated, so that it can be added to any cell.
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
        network.rows.relation.bias[RARE] -= 50
        if network.candidates is not None:
            torch.nn.init.normal_(network.candidates.distance.weight)
    return network, docs, make_tokens(docs, seed)


@pytest.fixture
def asked(monkeypatch):
    """Calls a function, and returns the logits of each document, cell and answer before it within
    the cell. Of several passes, the last one counts."""

    def record(network, call):
        logits, pairs = {}, []

        def cells(reading, cells, seen=None, original=network.cells):
            pairs[:] = [(doc, *pair) for doc, own in enumerate(cells) for pair in own.tolist()]
            return original(reading, cells, seen)

        def answer(network, vectors, allowed, positions, *seen, original=row_answers.answer_logits):
            found = original(network, vectors, allowed, positions, *seen)
            for cell, within, own in zip(positions.cell, positions.within.tolist(), found):
                if not within:
                    logits[pairs[cell]] = {}
                logits[pairs[cell]][within] = own.detach()
            return found

        with monkeypatch.context() as patch:
            patch.setattr(network, "cells", cells)
            patch.setattr(row_answers, "answer_logits", answer)
            patch.setattr(given_tails, "answer_logits", answer)
            result = call()
        return result, {(*cell, w): own for cell, each in logits.items() for w, own in each.items()}

    return record


def overfill(network, doc, number, triples, in_rows):
    """What was found as gold, and more that extraction does not ask for: a relation in each cell
    that is outside of the rows, and one too many in each cell that is full."""
    size, limit = len(doc.entities), network.settings.labels_per_cell
    cells = [triple.entities for triple in triples]
    outside = {
        (head, tail)
        for head in range(size)
        for tail in range(size)
        if head != tail and (number, head, tail) not in in_rows
    }
    full = {cell for cell in cells if cells.count(cell) == limit}
    return replace(doc, gold=(*triples, *(Triple(cell, "P9") for cell in outside | full)))


@pytest.mark.parametrize("labels_per_cell", [1, 2, 3])
@pytest.mark.parametrize("negatives", NEGATIVES.values(), ids=NEGATIVES)
@pytest.mark.parametrize("tails_per_head", [None, 1, 3])
@pytest.mark.parametrize("exchange_layers", [0, 2])
@pytest.mark.parametrize("more", [False, True], ids=["found", "and more"])
@pytest.mark.filterwarnings("ignore:.*DRW503")
def test_a_cell_is_asked_the_same_in_training(
    asked, labels_per_cell, negatives, tails_per_head, exchange_layers, more
):
    network, docs, tokens = make(
        labels_per_cell=labels_per_cell,
        tails_per_head=tails_per_head,
        exchange_layers=exchange_layers,
    )
    rows, reading = GivenTails(negatives, tails_per_head), network.read(tokens, docs)
    found, extracted = asked(network, lambda: rows.generate(network, reading, docs, 0.5))
    in_rows = {key[:3] for key in extracted}
    taught = [replace(doc, gold=tuple(triples)) for doc, triples in zip(docs, found)]
    if more:
        taught = [
            overfill(network, doc, number, triples, in_rows)
            for number, (doc, triples) in enumerate(zip(docs, found))
        ]
    rng = np.random.default_rng(0)
    _, learnt = asked(network, lambda: rows.losses(network, reading, taught, rng))
    assert in_rows <= {key[:3] for key in learnt}
    assert sum(map(len, found)) > 3
    # The answers are gold, so that the questions are those that extraction ended with.
    assert more or {key for key in learnt if key[:3] in in_rows} <= set(extracted)
    for key in set(learnt) & set(extracted):
        torch.testing.assert_close(learnt[key], extracted[key], atol=1e-5, rtol=0)


def test_cells_outside_of_the_rows_do_not_see_each_other(asked):
    """It is asked as though nothing but itself had been added to its row."""
    network, docs, tokens = make(tails_per_head=2, exchange_layers=1)
    reading = network.read(tokens, docs)
    pairs = row_cells(network, reading, 2)
    inside = set(map(tuple, pairs[0].tolist()))
    first, second = sorted({(0, tail) for tail in range(1, 8)} - inside)[:2]

    def ask(*cells):
        gold = tuple(Triple(cell, "P1") for cell in cells)
        taught = [replace(docs[0], gold=gold), *(replace(doc, gold=()) for doc in docs[1:])]
        rows = GivenTails(NoNegatives(), 2)
        return asked(network, lambda: rows.losses(network, reading, taught, None))[1]

    alone, together = ask(second), ask(first, second)
    torch.testing.assert_close(alone[(0, *second, 0)], together[(0, *second, 0)])
