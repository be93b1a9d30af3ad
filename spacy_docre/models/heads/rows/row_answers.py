"""Rows over given tails: what is asked at their positions, and greedy search for the answers.

Each position asks for a relation of a pair, and gets the answer at the one before it: a relation,
or NA where a pair ended. A pair that is full (of `max_labels` relations) ends without NA, and
the next pair gets its last relation.

Greedy search can run in parallel: it guesses all answers of a row (NA, at first), checks all
guesses in one pass, and passes again over rows whose guesses changed. The answer at the first
change was the right question's, so that it is decided, with all before it: each pass decides at
least one more, and what is decided is what generating one by one would have returned. Few rows need
more than two passes.
"""

from typing import List, NamedTuple, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

from .network import RowNetwork

# Rows are decoded in groups of similar length, of at most this many positions.
POSITIONS = 50_000

# A full pair answers the next one with its last relation if that is at least as likely as NA.
# A threshold says what is wanted of the answers, and not what they are: were it low, each pair
# would be told that the one before it states a relation.
ANSWERED = 0.5


class Positions(NamedTuple):
    """Positions of rows, row by row. *Shape:* (positions,) each

    pair (Tensor): The pair that each asks about.
    within (Tensor): The answer before it in the same pair; 0 if it is the first there.
    previous (Tensor): The answer before it in the row; 0 at the beginning.
    row, column (Tensor): Where it stands.
    shape (Tuple[int, int]): The number of rows, and of columns.
    """

    pair: Tensor
    within: Tensor
    previous: Tensor
    row: Tensor
    column: Tensor
    shape: Tuple[int, int]

    def grid(self, values: Tensor) -> Tensor:
        """*Shape:* (positions, …) -> (rows, columns, …), padded with zeros"""
        padded = values.new_zeros((*self.shape, *values.shape[1:]))
        return padded.index_put((self.row, self.column), values)

    def flat(self, values: Tensor) -> Tensor:
        """*Shape:* (rows, columns, …) -> (positions, …), the inverse of `grid`"""
        return values[self.row, self.column]


def answer_logits(
    rows: RowNetwork,
    vectors: Tensor,
    allowed: Tensor,
    positions: Positions,
    seen: Optional[Tensor] = None,
    wanted: Optional[Tensor] = None,
) -> Tensor:
    """Ask all positions at once.

    rows (RowNetwork): The rows.
    vectors (Tensor): Projected pairs. *Shape:* (pairs, row width)
    allowed (Tensor): Relations the schema allows. *Shape:* (pairs, 1 + relations)
    positions (Positions): What is asked, of at least one row.
    seen (Optional[Tensor]): Which positions those of later pairs see; all of them if None.
        *Shape:* (positions,)
    wanted (Optional[Tensor]): Which positions' logits are wanted; those of all if None.
        *Shape:* (positions,)
    RETURNS (Tensor): Logits; minus infinity for what the schema does not allow and, within a
        pair, for relations that do not come after the one before.
        *Shape:* (wanted positions, 1 + relations)
    """
    visible = None
    if seen is not None:
        pairs = positions.grid(positions.pair)
        same_pair = pairs.unsqueeze(2) == pairs.unsqueeze(1)
        visible = (same_pair | positions.grid(seen).unsqueeze(1)).tril()
    pair, within = positions.pair, positions.within
    states = rows.decoder.read_rows(
        vectors[pair], positions.previous, positions.grid, positions.flat, visible, wanted
    )
    if wanted is not None:
        pair, within = pair[wanted], within[wanted]
    logits = rows.decoder.relation_logits(states)
    numbers = torch.arange(logits.shape[1], device=logits.device)
    later = (numbers > within.unsqueeze(1)) | (numbers == 0)
    return logits.masked_fill(~(allowed[pair] & later), float("-inf"))


def search(
    rows: RowNetwork, vectors: Tensor, allowed: Tensor, lengths: numpy.ndarray, threshold: float
) -> List[Tuple[int, int, float]]:
    """Greedy search over rows of pairs that lie one behind another.

    A further relation of a pair is asked for given those before it. So its score is the product of
    its own against NA and theirs, and below the threshold it is an answer, but no result.

    rows (RowNetwork): The rows.
    vectors (Tensor): Projected pairs. *Shape:* (pairs, row width)
    allowed (Tensor): Relations the schema allows. *Shape:* (pairs, 1 + relations)
    lengths (numpy.ndarray): The number of pairs of each row. *Shape:* (rows,)
    threshold (float): The score that a relation needs.
    RETURNS (List[Tuple[int, int, float]]): Pairs, relations and scores, sorted.
    """
    answers = search_answers(rows, vectors, allowed, lengths, threshold)
    return [answer for answer in answers if answer[2] >= threshold]


def search_answers(
    rows: RowNetwork, vectors: Tensor, allowed: Tensor, lengths: numpy.ndarray, threshold: float
) -> List[Tuple[int, int, float]]:
    """As `search`, with all answers: those that later questions were told, whatever their score.

    threshold (float): The score against NA that a relation needs, given those before it.
    """
    starts = numpy.cumsum(lengths) - lengths
    found: List[Tuple[int, int, float]] = []
    for group in groups(lengths):
        found.extend(_search(rows, vectors, allowed, starts[group], lengths[group], threshold))
    return sorted(found)


def _search(
    rows: RowNetwork,
    vectors: Tensor,
    allowed: Tensor,
    starts: numpy.ndarray,
    lengths: numpy.ndarray,
    threshold: float,
) -> List[Tuple[int, int, float]]:
    """As `search_answers`, for rows of similar length.

    starts (numpy.ndarray): The first pair of each row. *Shape:* (rows,)
    """
    device = vectors.device
    limit = rows.sizes.max_labels
    columns = torch.arange(int(lengths.max()), device=device)
    size = torch.as_tensor(lengths, device=device).unsqueeze(1)
    inside = columns < size
    pair = torch.where(inside, torch.as_tensor(starts, device=device).unsqueeze(1) + columns, 0)
    # The relations guessed for each pair, in order; 0 where there are no more.
    guess = pair.new_zeros((*pair.shape, limit))
    score = vectors.new_zeros(guess.shape)
    # What each pair answers the next one: its last relation if it is full.
    answered = torch.zeros_like(pair)
    # How many places for answers of each row are decided, whether there is a question or not.
    decided = pair.new_zeros(len(pair))
    places = torch.arange(guess[0].numel(), device=device).view(guess.shape[1:])
    todo = torch.arange(len(pair), device=device)
    while len(todo):
        old = guess[todo]
        # A pair is asked for another relation after each one, up to the limit.
        asked = F.pad(old[..., :-1] > 0, (1, 0), value=True) & inside[todo].unsqueeze(-1)
        flat = asked.flatten(1)
        row, slot = flat.nonzero(as_tuple=True)
        within = F.pad(old[..., :-1], (1, 0))
        previous = within.clone()
        previous[:, 1:, 0] = answered[todo, :-1]
        positions = Positions(
            pair[todo][row, torch.div(slot, limit, rounding_mode="floor")],
            within.flatten(1)[row, slot],
            previous.flatten(1)[row, slot],
            row,
            (flat.cumsum(1) - 1)[row, slot],
            (len(todo), int(flat.sum(1).max())),
        )
        logits = answer_logits(rows, vectors, allowed, positions)
        best, relation = logits[:, 1:].max(1)
        against_na = torch.sigmoid(best - logits[:, 0])
        relation = torch.where(best.isfinite(), relation + 1, 0)
        best_of = torch.zeros_like(old).flatten(1).index_put((row, slot), relation).view_as(old)
        scores = score.new_zeros(flat.shape).index_put((row, slot), against_na).view_as(old)
        # What is decided stays so: rounding depends on how many positions a pass has, so that an
        # answer could change its mind for ever.
        open_ = places >= decided[todo].view(-1, 1, 1)
        new = torch.where(open_, torch.where(scores >= threshold, best_of, 0), old)
        # What follows a changed guess within the same pair was asked a wrong question.
        kept = ((new == old) & (new > 0)).long().cumprod(-1)
        new = new * F.pad(kept[..., :-1], (1, 0), value=1)
        last = torch.where(scores[..., -1] >= ANSWERED, best_of[..., -1], 0)
        last = torch.where(open_[..., -1], last, answered[todo])
        changed = new != old
        changed[..., -1] |= last != answered[todo]
        decided[todo] = changed.flatten(1).long().argmax(1) + 1
        guess[todo], answered[todo] = new, last
        score[todo] = torch.where(open_, scores, score[todo])
        todo = todo[changed.flatten(1).any(1)]
    score = score.cumprod(-1)
    row, column, slot = (guess > 0).nonzero(as_tuple=True)
    return list(
        zip(
            pair[row, column].tolist(),
            guess[row, column, slot].tolist(),
            score[row, column, slot].tolist(),
        )
    )


def groups(lengths: numpy.ndarray) -> List[numpy.ndarray]:
    """Split rows, longest first, so that no group holds much more than POSITIONS with padding."""
    order = numpy.argsort(-lengths, kind="stable")
    found = []
    while len(order):
        count = max(1, POSITIONS // max(1, int(lengths[order[0]])))
        # At most a fifth of a row is padding.
        count = min(count, int((lengths[order] * 5 >= lengths[order[0]] * 4).sum()))
        found.append(order[:count])
        order = order[count:]
    return [group[lengths[group] > 0] for group in found if (lengths[group] > 0).any()]
