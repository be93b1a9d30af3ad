"""What rows say of the relations of their pairs."""

from types import SimpleNamespace

import torch

from spacy_docre.models.answers import answer_of
from spacy_docre.models.encoders.token_vectors import TokenReading
from spacy_docre.models.heads import given_rows
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.heads.rows import row_answers, row_distribution

from ...worlds import make_schema
from .networks import make_docs, make_network, make_tokens, read

SCHEMA = make_schema(P1=2, P2=2, P3=2, P4=2, P5=2)
LIMIT = 3


def test_rows_are_told_all_answers_even_those_that_are_too_improbable_for_a_result(monkeypatch):
    rows, network, told = make_given_rows(), make_network(SCHEMA, 3, max_labels=LIMIT), []
    with torch.no_grad():
        network.decoder.relation.bias[0] += 1  # NA, so that few answers are certain
    docs = make_docs("AABCABCA")
    tokens = make_tokens(docs, 3)

    def generate():
        with torch.inference_mode():
            marked = read(network, docs, tokens)
            return rows.generate(network, marked, docs, row_answers.ANSWERED)[0]

    def record(network, vectors, allowed, positions):
        told.extend(positions.within[positions.within > 0].tolist())
        return row_answers.answer_logits(network, vectors, allowed, positions)

    results = generate()
    monkeypatch.setattr(given_rows, "search", row_answers.search_answers)
    answers = generate()
    assert set(results) < set(answers)
    assert all(triple.score < row_answers.ANSWERED for triple in set(answers) - set(results))
    monkeypatch.setattr(row_distribution, "answer_logits", record)
    with torch.inference_mode():
        rows.soft_labels(SimpleNamespace(head=network), TokenReading(tokens), docs, 0.0)
    chains = {}
    for triple in answers:
        chains.setdefault(triple.entities, []).append(answer_of(SCHEMA, triple.label))
    # A pair that is full is not asked again after its last answer.
    expected = [answer for chain in chains.values() for answer in chain[: LIMIT - 1]]
    assert sorted(told) == sorted(expected)
