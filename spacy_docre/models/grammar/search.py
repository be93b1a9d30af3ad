"""Greedy search: at each step the most probable symbol that the grammar allows."""

import math
import warnings
from collections.abc import Sequence
from typing import List, Optional, Protocol, Tuple, TypeVar

import torch
from torch import Tensor

from ...errors import Errors, Warnings
from .automaton import Grammar
from .linearize import SymbolSequence
from .scores import Generated, log_softmax, margins_over_na
from .symbols import END

State = TypeVar("State")


class Decoder(Protocol[State]):
    """What a search needs of a model. Rows of a state are sequences."""

    def begin(self, doc: Tensor, heads: Tensor) -> State:
        """Begin sequences.

        doc (Tensor): The document of each, as an index into the grammar's. Shape: (N,)
        heads (Tensor): Its head, or -1. Shape: (N,)
        RETURNS (State): The state before the first step.
        """

    def step(self, state: State, symbols: Tensor) -> Tuple[Tensor, State]:
        """Read one symbol per sequence.

        state (State): The state of N sequences.
        symbols (Tensor): The symbols said last; at first what `Grammar.start_symbols`
            returns. Shape: (N,)
        RETURNS (Tuple[Tensor, State]): The logits of the next symbols, and the state
            after reading. Shape: (N, V)
        """

    def reorder(self, state: State, index: Tensor) -> State:
        """Take the sequences at these positions: some of them, or some repeatedly.

        state (State): The state of N sequences.
        index (Tensor): Positions. Shape: (M,)
        RETURNS (State): The state of M sequences.
        """


def greedy_search(
    decoder: Decoder[State],
    grammar: Grammar,
    doc: Tensor,
    heads: Tensor,
    *,
    threshold: float = 0.5,
    max_length: Optional[int] = None,
) -> List[Generated]:
    """Generate each sequence symbol by symbol. Sequences that end leave the batch.

    decoder (Decoder): The model.
    grammar (Grammar): The grammar of the documents.
    doc (Tensor): The document of each sequence. Shape: (N,)
    heads (Tensor): Its head, or -1. Shape: (N,)
    threshold (float): What a relation's score against NA must exceed, where NA is an
        alternative.
    max_length (Optional[int]): The largest number of symbols of a sequence, or None to
        rely on the grammar, in which every sequence ends.
    RETURNS (List[Generated]): The sequences.
    """
    check_max_length(max_length)
    trail = Trail(len(doc), heads.device)
    rows = torch.arange(len(doc), device=heads.device)
    state = decoder.begin(doc, heads)
    place = grammar.start(doc, heads)
    symbols = grammar.start_symbols(heads)
    while len(rows) and trail.length != max_length:
        logits, state = decoder.step(state, symbols)
        choice = grammar.choice(place)
        log_probs, symbols = log_softmax(logits, choice, threshold).max(1)
        margins = margins_over_na(logits, choice.allowed).gather(1, symbols[:, None])[:, 0]
        trail.grow()
        trail.write(rows, symbols, log_probs, margins)
        place = grammar.advance(place, symbols)
        going_on = (symbols != END).nonzero()[:, 0]
        if len(going_on) < len(rows):
            rows, symbols = rows[going_on], symbols[going_on]
            place = grammar.select(place, going_on)
            state = decoder.reorder(state, going_on)
    return trail.read(grammar, heads)


class Trail:
    """What is generated, step by step.

    n (int): The number of sequences.
    device (torch.device): Where to keep it.
    """

    def __init__(self, n: int, device: torch.device):
        self.symbols = torch.zeros(n, 0, dtype=torch.long, device=device)
        self.log_probs = torch.zeros(n, 0, device=device)
        self.margins = torch.zeros(n, 0, device=device)

    @property
    def length(self) -> int:
        return self.symbols.shape[1]

    def grow(self) -> None:
        """Add a step, in which nothing is said yet."""
        self.symbols = torch.nn.functional.pad(self.symbols, (0, 1), value=END)
        self.log_probs = torch.nn.functional.pad(self.log_probs, (0, 1))
        self.margins = torch.nn.functional.pad(self.margins, (0, 1), value=math.nan)

    def write(self, rows: Tensor, symbols: Tensor, log_probs: Tensor, margins: Tensor) -> None:
        """Fill the last step of some sequences. Each shape: (M,)"""
        self.symbols[rows, -1] = symbols
        self.log_probs[rows, -1] = log_probs
        self.margins[rows, -1] = margins

    def select(self, index: Tensor) -> "Trail":
        trail = Trail(0, index.device)
        trail.symbols = self.symbols[index]
        trail.log_probs = self.log_probs[index]
        trail.margins = self.margins[index]
        return trail

    def replace(self, rows: Tensor, other: "Trail") -> None:
        """Overwrite some sequences with those of a trail of the same length."""
        self.symbols[rows] = other.symbols
        self.log_probs[rows] = other.log_probs
        self.margins[rows] = other.margins

    def read(self, grammar: Grammar, heads: Tensor) -> List[Generated]:
        """Collect the sequences. Those that did not end are cut after their last whole
        statement, and counted in a warning.

        grammar (Grammar): The grammar.
        heads (Tensor): The head of each sequence. Shape: (N,)
        RETURNS (List[Generated]): The sequences.
        """
        first_entity = grammar.table.first_entity
        columns = (heads, self.symbols, self.log_probs, self.margins)
        generated = [
            _collect(first_entity, *row) for row in zip(*(column.tolist() for column in columns))
        ]
        unfinished = sum(not each.finished for each in generated)
        if unfinished:
            warnings.warn(
                Warnings.DRW201.format(count=unfinished, total=len(generated), length=self.length),
                stacklevel=3,
            )
        return generated


def check_max_length(max_length: Optional[int]) -> None:
    """RAISES (ValueError): If there could be no symbol at all."""
    if max_length is not None and max_length < 1:
        raise ValueError(
            Errors.DRE212.format(name="max_length", value=max_length, expected="1 or more")
        )


def _collect(
    first_entity: int,
    head: int,
    symbols: Sequence[int],
    log_probs: Sequence[float],
    margins: Sequence[float],
) -> Generated:
    finished = END in symbols
    if finished:
        length = symbols.index(END) + 1
        said = tuple(symbols[:length])
    else:
        length = len(symbols)
        while length and symbols[length - 1] >= first_entity:
            length -= 1
        said = (*symbols[:length], END)
    return Generated(
        SymbolSequence(head, said), tuple(log_probs[:length]), tuple(margins[:length]), finished
    )
