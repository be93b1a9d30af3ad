"""Rows without padding, whose tokens attend in blocks, are what they are with a mask."""

from dataclasses import replace

import pytest
import torch

from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.local import block_attention, language_model
from spacy_docre.models.llm.local.packing import NOTHING, Piece, pack, visibility, visible
from tests.pipe.making import examples, stories, without_relations

from .making import rhf_pipeline

PARENTS = [0, 3, 3, 0, 0, 0]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(block_attention, "SIZE", 4)


def pieces():
    """Two rows: one with two questions that share a prefix, one with two that share nothing."""
    return [
        Piece(0, 0, range(10, 19), 0, 0),
        Piece(1, 0, range(30, 33), 0, 0),
        Piece(0, 3, range(20, 25), 9, 0),
        Piece(0, 1, range(40, 46), 14, 3),
        Piece(0, 2, range(50, 53), 14, 1),
        Piece(1, 4, range(60, 71), 3, 4),
        Piece(1, 5, range(80, 82), 3, 2),
    ]


def test_blocks_see_what_rows_see(small_blocks):
    device = torch.device("cpu")
    packed, sees = pack(pieces(), 2, 9, device), visibility(PARENTS, device)
    flat = block_attention.flatten(None, packed, sees, torch.float32)
    real = packed.branches != NOTHING
    assert flat.ids[0].tolist() == packed.ids[real].tolist()
    expected = torch.block_diag(
        *(each[own][:, own].float() for each, own in zip(visible(None, packed, sees), real))
    )
    seen = torch.zeros_like(expected)
    computed = 0
    for queries, keys, mask in flat.groups:
        computed += mask.numel()
        for places, others, allowed in zip(queries, keys, mask == 0):
            for place, row in zip(places, allowed):
                seen[place, others[row]] = 1
    assert seen.equal(expected)
    assert computed < packed.ids.shape[0] * packed.ids.shape[1] ** 2 / 2
    order = torch.cat([queries.flatten() for queries, _, _ in flat.groups])
    assert order[flat.back].tolist() == list(range(len(flat.back)))


def gradients(pipe):
    lm = prompter_of(pipe.model).lm
    found = {n: p.grad.clone() for n, p in lm.parameters().items() if p.grad is not None}
    for parameter in lm.parameters().values():
        parameter.grad = None
    return found


def test_losses_and_gradients_do_not_depend_on_blocks(base, small_blocks, monkeypatch):
    learnt = []
    for blocks in (True, False):
        nlp = rhf_pipeline(base)
        pipe = nlp.get_pipe("docre")
        if not blocks:
            monkeypatch.setattr(language_model, "can_flatten", lambda model: False)
        losses = pipe.update(examples(nlp), sgd=None)
        learnt.append((losses["docre"], gradients(pipe)))
    (loss, with_blocks), (expected, with_rows) = learnt
    assert loss == pytest.approx(expected, rel=1e-5)
    assert with_blocks.keys() == with_rows.keys()
    for name, gradient in with_rows.items():
        torch.testing.assert_close(with_blocks[name], gradient, rtol=1e-3, atol=1e-6)
    assert any(gradient.abs().max() > 1e-4 for gradient in with_rows.values())


def test_answers_do_not_depend_on_blocks(trained, small_blocks, monkeypatch):
    pipe = trained.get_pipe("docre")
    prompter = prompter_of(pipe.model)
    docs = [pipe.entity_doc(without_relations(doc)) for doc in stories(trained)]
    with_blocks = prompter.extract(docs, threshold=0.05)
    monkeypatch.setattr(language_model, "can_flatten", lambda model: False)
    with_rows = prompter.extract(docs, threshold=0.05)
    assert any(with_rows)
    for one, other in zip(with_blocks, with_rows):
        assert [replace(each, score=0) for each in one] == [
            replace(each, score=0) for each in other
        ]
        assert [each.score for each in one] == pytest.approx(
            [each.score for each in other], rel=1e-3
        )
