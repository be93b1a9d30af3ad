"""Adaptive thresholding is what ATLOP says it is."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.models.heads.pair_scorer.adaptive_threshold import adaptive_losses, adaptive_scores

few = settings(max_examples=50)
LOGITS = st.floats(-8, 8)


@st.composite
def pairs(draw):
    """The logits of a pair, the threshold's first, and whether each relation holds, does not
    hold or cannot hold."""
    states = draw(st.lists(st.sampled_from(["holds", "not", "never"]), min_size=1, max_size=6))
    logits = draw(st.lists(LOGITS, min_size=len(states) + 1, max_size=len(states) + 1))
    return logits, states


def tensors(states):
    return torch.tensor([[s == "holds" for s in states]]), torch.tensor(
        [[s != "never" for s in states]]
    )


def loss_of(logits, states):
    logits = torch.tensor([logits], dtype=torch.float64)
    return adaptive_losses(logits, *tensors(states)).item()


@few
@given(pairs())
def test_adaptive_thresholding_is_two_softmaxes_around_the_threshold(pair):
    (threshold, *logits), states = pair
    holding = [x for x, state in zip(logits, states) if state == "holds"]
    others = [x for x, state in zip(logits, states) if state == "not"]

    def log_probability(logit, among):
        return logit - math.log(sum(math.exp(x) for x in among))

    above = sum(log_probability(x, [threshold, *holding]) for x in holding)
    below = log_probability(threshold, [threshold, *others])
    expected = -above - below
    assert loss_of(pair[0], states) == pytest.approx(expected)


@few
@given(pairs())
def test_what_the_schema_forbids_is_not_learnt(pair):
    all_logits, states = pair
    logits = torch.tensor([all_logits], dtype=torch.float64, requires_grad=True)
    adaptive_losses(logits, *tensors(states)).sum().backward()
    gradients = logits.grad[0, -len(states) :]
    assert not gradients[torch.tensor([state == "never" for state in states])].any()
    assert gradients.isfinite().all()


def test_learning_separates_what_holds_from_what_does_not():
    states = ["holds", "not", "never", "holds", "not"]
    logits = torch.zeros(1, 6, requires_grad=True)
    before = adaptive_losses(logits, *tensors(states)).item()
    for _ in range(200):
        loss = adaptive_losses(logits, *tensors(states)).sum()
        (gradient,) = torch.autograd.grad(loss, logits)
        logits = (logits - gradient).detach().requires_grad_()
    scores = adaptive_scores(logits)[0]
    assert [score > 0.5 for score in scores[[0, 1, 3, 4]]] == [True, False, True, False]
    assert loss.item() < before / 2


def test_a_score_of_a_half_is_the_threshold_of_the_pair():
    scores = adaptive_scores(torch.tensor([[3.0, 2.9, 3.0, 3.1]]))[0]
    assert scores[0] < 0.5
    assert scores[1] == 0.5
    assert scores[2] > 0.5
