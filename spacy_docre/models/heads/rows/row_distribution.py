"""Rows and probabilities: what a row says of the relations of its pairs, and what it learns from a
teacher that says so.

A pair is asked for one relation after the other, in order, until the answer is NA. If its relations
hold independently of each other, the answer is the first one, after the last, that holds. So the
probability of a relation is that of the answer, given that no smaller one is the answer; and the
probability of an answer is that of its relation, times that of none of those before it.
"""

from collections.abc import Sequence
from typing import List, Tuple

import numpy
import torch
from torch import Tensor

from ...answers import NO_RELATION
from .network import RowNetwork
from .row_answers import ANSWERED, Positions, answer_logits, groups, search_answers


def answer_probabilities(labels: Tensor, within: Tensor) -> Tensor:
    """From relations to answers.

    labels (Tensor): The probability of each relation of the pair. *Shape:* (positions, relations)
    within (Tensor): The answer before in the same pair; 0 if there is none. *Shape:* (positions,)
    RETURNS (Tensor): *Shape:* (positions, 1 + relations)
    """
    numbers = torch.arange(1, labels.shape[1] + 1, device=labels.device)
    labels = labels.masked_fill(numbers <= within.unsqueeze(1), 0.0)
    none_so_far = torch.cat([torch.ones_like(labels[:, :1]), (1 - labels).cumprod(1)], dim=1)
    return torch.cat([none_so_far[:, -1:], labels * none_so_far[:, :-1]], dim=1)


def taught_losses(logits: Tensor, labels: Tensor, within: Tensor) -> Tensor:
    """The cross-entropy of answers and those of a teacher, which is the loss of gold answers where
    the teacher is certain.

    logits (Tensor): *Shape:* (positions, 1 + relations)
    labels (Tensor): How probable the teacher finds relations. *Shape:* (positions, relations)
    within (Tensor): See `answer_probabilities`.
    RETURNS (Tensor): *Shape:* (positions,)
    """
    expected = answer_probabilities(labels, within)
    # What is impossible has no probability in either, and minus infinity times 0 is no number.
    said = logits.log_softmax(1).masked_fill(expected == 0, 0.0)
    return -(expected * said).sum(1)


def search_labels(
    rows: RowNetwork, vectors: Tensor, allowed: Tensor, lengths: numpy.ndarray, floor: float
) -> List[Tuple[int, int, float]]:
    """Search rows, and ask them once more what they say of each relation, told their answers.

    rows (RowNetwork): The rows.
    vectors (Tensor): Projected pairs. *Shape:* (pairs, row width)
    allowed (Tensor): Relations the schema allows. *Shape:* (pairs, 1 + relations)
    lengths (numpy.ndarray): The number of pairs of each row. *Shape:* (rows,)
    floor (float): The probability that is needed.
    RETURNS (List[Tuple[int, int, float]]): Pairs, relations and probabilities, sorted.
    """
    limit = rows.sizes.max_labels
    chains: List[List[int]] = [[] for _ in range(len(vectors))]
    for pair, answer, _ in search_answers(rows, vectors, allowed, lengths, ANSWERED):
        chains[pair].append(answer)
    for chain in chains:
        if len(chain) < limit:
            chain.append(NO_RELATION)
    starts = numpy.cumsum(lengths) - lengths
    found: List[Tuple[int, int, float]] = []
    for group in groups(lengths):
        positions = _positions(chains, starts[group], lengths[group], vectors.device)
        logits = answer_logits(rows, vectors, allowed, positions)
        found.extend(label_probabilities(logits, positions, floor))
    return sorted(found)


def _positions(
    chains: Sequence[Sequence[int]],
    starts: numpy.ndarray,
    lengths: numpy.ndarray,
    device: torch.device,
) -> Positions:
    """What rows were asked, of whose pairs all answers are known."""
    pairs = numpy.concatenate([first + numpy.arange(n) for first, n in zip(starts, lengths)])
    counts = numpy.asarray([len(chains[pair]) for pair in pairs])
    answers = numpy.concatenate([chains[pair] for pair in pairs])
    before = numpy.concatenate([[NO_RELATION], answers[:-1]])
    slot = numpy.arange(len(answers)) - numpy.repeat(numpy.cumsum(counts) - counts, counts)
    row = numpy.repeat(numpy.repeat(numpy.arange(len(starts)), lengths), counts)
    sizes = numpy.bincount(row)
    column = numpy.arange(len(row)) - (numpy.cumsum(sizes) - sizes)[row]
    places = (
        numpy.repeat(pairs, counts),
        numpy.where(slot > 0, before, NO_RELATION),
        numpy.where(column > 0, before, NO_RELATION),
        row,
        column,
    )
    pair, within, previous, of_row, in_row = (torch.as_tensor(p, device=device) for p in places)
    return Positions(pair, within, previous, of_row, in_row, (len(sizes), int(sizes.max())))


def label_probabilities(
    logits: Tensor, positions: Positions, floor: float
) -> List[Tuple[int, int, float]]:
    """From answers to relations. Each relation is asked about at several positions of its pair: it
    counts what the last one says, which knows most of what the pair was found to hold.

    logits (Tensor): *Shape:* (positions, 1 + relations)
    positions (Positions): What was asked, each pair's answers one after the other.
    floor (float): The probability that is needed.
    RETURNS (List[Tuple[int, int, float]]): Pairs, answers and probabilities.
    """
    answers = logits.log_softmax(1)
    # Of this answer, a larger one, or none.
    rest = answers[:, 1:].flip(1)
    rest = torch.cat([answers[:, :1], rest], dim=1).logcumsumexp(1)[:, 1:].flip(1)
    # What is not allowed would be nothing of nothing behind the last relation.
    possible = answers[:, 1:].isfinite()
    labels = torch.where(possible, answers[:, 1:] - rest, float("-inf")).exp()
    numbers = torch.arange(1, logits.shape[1], device=logits.device)
    within = positions.within
    following = torch.cat([within[1:], within.new_zeros(1)])
    last = torch.ones_like(within, dtype=torch.bool)
    last[:-1] = positions.pair[1:] != positions.pair[:-1]
    due = (numbers > within.unsqueeze(1)) & (
        last.unsqueeze(1) | (numbers <= following.unsqueeze(1))
    )
    position, number = (due & possible & (labels >= floor)).nonzero(as_tuple=True)
    return list(
        zip(
            positions.pair[position].tolist(),
            (number + 1).tolist(),
            labels[position, number].tolist(),
        )
    )
