"""Beam search: the best of several sequences that are kept at each step."""

import math
from typing import List, Optional

import torch
from torch import Tensor

from ...errors import Errors
from .automaton import Grammar
from .scores import Generated, log_softmax, margins_over_na
from .search import Decoder, State, Trail, check_max_length
from .symbols import END


def beam_search(
    decoder: Decoder[State],
    grammar: Grammar,
    doc: Tensor,
    heads: Tensor,
    *,
    width: int = 4,
    alpha: float = 1.0,
    threshold: float = 0.5,
    max_length: Optional[int] = None,
) -> List[Generated]:
    """Generate each sequence with a beam. A sequence of n symbols, END included, is
    worth log-probability / ((5 + n) / 6) ** alpha. A beam is done when no unfinished
    sequence is worth more, as it stands, than the best finished one. The greedy sequence
    always has a place in its beam, so with `alpha=0` the result is never less probable.

    decoder (Decoder): The model.
    grammar (Grammar): The grammar of the documents.
    doc (Tensor): The document of each sequence. Shape: (N,)
    heads (Tensor): Its head, or -1. Shape: (N,)
    width (int): How many unfinished sequences to keep. 1 is greedy search.
    alpha (float): How much to favour long sequences: 0 is the plain log-probability.
    threshold (float): What a relation's score against NA must exceed to be the more
        probable of the two.
    max_length (Optional[int]): The largest number of symbols of a sequence, or None.
    RETURNS (List[Generated]): The best sequence of each beam.
    """
    check_max_length(max_length)
    if width < 1:
        raise ValueError(Errors.DRE212.format(name="width", value=width, expected="1 or more"))
    if alpha < 0:
        raise ValueError(Errors.DRE212.format(name="alpha", value=alpha, expected="0 or more"))
    beams = _Beams(len(doc), width, alpha, heads.device)
    copies = torch.arange(len(doc), device=heads.device).repeat_interleave(width)
    # The decoder has rows only for places that are not empty; at first one of each beam.
    state = decoder.begin(doc, heads)
    taken = beams.taken()
    place = grammar.select(grammar.start(doc, heads), copies)
    symbols = grammar.start_symbols(heads)[copies]
    while len(beams.rows) and beams.best.length != max_length:
        own, state = decoder.step(state, symbols[taken])
        logits = own.new_zeros(len(symbols), own.shape[1]).index_put((taken,), own)
        row = torch.zeros_like(symbols).index_put(
            (taken,), torch.arange(len(own), device=own.device)
        )
        choice = grammar.choice(place)
        log_probs = log_softmax(logits, choice, threshold)
        margins = margins_over_na(logits, choice.allowed)
        parents, symbols = beams.extend(log_probs, margins)
        going_on = beams.drop_finished()
        parents, symbols = parents[going_on], symbols[going_on]
        place = grammar.advance(grammar.select(place, parents), symbols)
        taken = beams.taken()
        state = decoder.reorder(state, row[parents[taken]])
    beams.cut()
    return beams.best.read(grammar, heads)


class _Beams:
    """The beams that are not done, and the best result of all.

    Shapes: N beams in all, M not done, W wide, V symbols. Sequences that are not
    finished lie in one dimension, (M * W,), beam by beam.

    rows (Tensor): Which beams are not done. Shape: (M,)
    total (Tensor): Log-probabilities; minus infinity for an empty place. Shape: (M, W)
    greedy (Tensor): Whether the first place is the greedy sequence. Shape: (M,)
    trail (Trail): The unfinished sequences.
    best (Trail): The best finished sequence of each beam.
    worth (Tensor): What that is worth; minus infinity if there is none. Shape: (N,)
    """

    def __init__(self, n: int, width: int, alpha: float, device: torch.device):
        self.width = width
        self.alpha = alpha
        self.rows = torch.arange(n, device=device)
        self.total = torch.full((n, width), -math.inf, device=device)
        self.total[:, 0] = 0.0
        self.greedy = torch.ones(n, dtype=torch.bool, device=device)
        self.trail = Trail(n * width, device)
        self.best = Trail(n, device)
        self.worth = torch.full((n,), -math.inf, device=device)

    def extend(self, log_probs: Tensor, margins: Tensor) -> "tuple[Tensor, Tensor]":
        """Choose the next symbols.

        log_probs (Tensor): Log-probabilities of the symbols. Shape: (M * W, V)
        margins (Tensor): Their margins over NA. Shape: (M * W, V)
        RETURNS (Tuple[Tensor, Tensor]): Which sequences go on, and with what. Places
            that stay empty say END. Shapes: (M * W,), (M * W,)
        """
        m, width, size = len(self.rows), self.width, log_probs.shape[1]
        total = self.total[:, :, None] + log_probs.view(m, width, size)
        total = total.view(m, width * size)
        rank = total.clone()
        favourite = log_probs.view(m, width, size)[:, 0].argmax(1, keepdim=True)
        rank.scatter_(
            1, favourite, rank.gather(1, favourite).where(~self.greedy[:, None], math.inf)
        )
        # Each place can end only once, so twice the width leaves enough that go on.
        rank, chosen = rank.topk(min(2 * width, width * size), dim=1)
        ends = chosen % size == END
        self.best.grow()
        self._finish(total.gather(1, chosen[:, :width]), chosen[:, :width], log_probs, margins)
        self.greedy = self.greedy & (favourite[:, 0] != END)
        kept = rank.masked_fill(ends, -math.inf).topk(width, dim=1).indices
        chosen, ended = chosen.gather(1, kept), ends.gather(1, kept)
        self.total = total.gather(1, chosen).masked_fill(ended, -math.inf)
        parents = self._parents(chosen, size)
        symbols = torch.where(self.total.view(-1) > -math.inf, chosen.view(-1) % size, END)
        self.trail = self._longer(parents, symbols, log_probs, margins)
        return parents, symbols

    def taken(self) -> Tensor:
        """RETURNS (Tensor): The places that are not empty. Shape: (at most M * W,)"""
        return (self.total.view(-1) > -math.inf).nonzero()[:, 0]

    def drop_finished(self) -> Tensor:
        """Let beams go that are done.

        RETURNS (Tensor): The unfinished sequences that stay. Shape: (at most M * W,)
        """
        hope = self.total.max(1).values / self._penalty()
        going_on = hope > self.worth[self.rows]
        places = going_on.repeat_interleave(self.width).nonzero()[:, 0]
        if not going_on.all():
            self.rows = self.rows[going_on]
            self.total = self.total[going_on]
            self.greedy = self.greedy[going_on]
            self.trail = self.trail.select(places)
        return places

    def cut(self) -> None:
        """Give beams without a finished sequence their best unfinished one."""
        without = self.worth[self.rows] == -math.inf
        rows = self.rows[without]
        places = (
            self.total.argmax(1) + torch.arange(len(self.rows), device=rows.device) * self.width
        )
        self.best.replace(rows, self.trail.select(places[without]))

    def _finish(self, total: Tensor, chosen: Tensor, log_probs: Tensor, margins: Tensor) -> None:
        size = log_probs.shape[1]
        worth = (total / self._penalty()).masked_fill(chosen % size != END, -math.inf)
        worth, place = worth.max(1)
        better = worth > self.worth[self.rows]
        parents = self._parents(chosen, size).view(chosen.shape).gather(1, place[:, None])[:, 0]
        parents = parents[better]
        rows = self.rows[better]
        symbols = torch.full_like(rows, END)
        self.worth[rows] = worth[better]
        self.best.replace(rows, self._longer(parents, symbols, log_probs, margins))

    def _longer(
        self, parents: Tensor, symbols: Tensor, log_probs: Tensor, margins: Tensor
    ) -> Trail:
        trail = self.trail.select(parents)
        trail.grow()
        everywhere = torch.arange(len(parents), device=parents.device)
        trail.write(everywhere, symbols, log_probs[parents, symbols], margins[parents, symbols])
        return trail

    def _parents(self, chosen: Tensor, size: int) -> Tensor:
        first = torch.arange(len(chosen), device=chosen.device)[:, None] * self.width
        return (first + chosen // size).view(-1)

    def _penalty(self) -> float:
        return ((5 + self.best.length) / 6) ** self.alpha
