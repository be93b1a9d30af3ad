"""The bilinear form is what its name says, in whatever slices it is computed."""

import pytest
import torch

from spacy_docre.models.heads.pair_scorer import group_bilinear
from spacy_docre.models.heads.pair_scorer.group_bilinear import GroupBilinear

PAIRS, WIDTH, OUTPUTS = 7, 6, 3


@pytest.fixture
def sides():
    torch.manual_seed(0)
    return [torch.randn(PAIRS, WIDTH, dtype=torch.float64, requires_grad=True) for _ in range(2)]


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_groups_are_blocks_of_a_bilinear_form(sides, groups):
    form = GroupBilinear(WIDTH, OUTPUTS, groups=groups).double()
    block = WIDTH // groups
    blocks = form.output.weight.view(OUTPUTS, groups, block, block)
    heads, tails = sides
    for output in range(OUTPUTS):
        matrix = torch.block_diag(*blocks[output])
        expected = torch.einsum("pi,ij,pj->p", heads, matrix, tails) + form.output.bias[output]
        torch.testing.assert_close(form(heads, tails)[:, output], expected)


@pytest.mark.parametrize("numbers", [1, 40, 10**6])
def test_slices_change_neither_scores_nor_gradients(sides, numbers, monkeypatch):
    form = GroupBilinear(WIDTH, OUTPUTS, groups=2).double()
    leaves = [*sides, *form.parameters()]
    expected = form(*sides)
    gradients = torch.autograd.grad(expected.square().sum(), leaves)
    monkeypatch.setattr(group_bilinear, "SLICE", numbers)
    found = form(*sides)
    torch.testing.assert_close(found, expected)
    with torch.inference_mode():
        torch.testing.assert_close(form(*sides), expected)
    for one, other in zip(torch.autograd.grad(found.square().sum(), leaves), gradients):
        torch.testing.assert_close(one, other)


def test_no_pairs_have_no_scores():
    form = GroupBilinear(WIDTH, OUTPUTS, groups=2)
    assert form(torch.zeros(0, WIDTH), torch.zeros(0, WIDTH)).shape == (0, OUTPUTS)
