"""The history of a sequence: what it has already said, and therefore may not say again.

Two histories with the same methods serve the grammar. Both are complete: they refuse a
symbol not only where it would repeat a triple, but also where every way to go on would,
so that no sequence runs into a dead end.

Symbols are numbered so that an order of triples is a lexicographic order of symbols:
NA before relations before entities.

Shapes: N sequences, V symbols, K the largest arity, T statements made so far.
"""

from dataclasses import dataclass
from typing import Optional

import torch
from torch import Tensor

from .symbols import FIRST_RELATION, NA


@dataclass(frozen=True)
class Limits:
    """What histories need to know of the grammar.

    first_entity (int): The symbol of a document's first entity.
    max_labels (Optional[int]): How many relations a pair may hold, or None.
    """

    first_entity: int
    max_labels: Optional[int]

    def is_full(self, symbol: Tensor, n_labels: Tensor) -> Tensor:
        """Whether a pair takes nothing more after this symbol. Shape: (N,)"""
        full = symbol == NA
        return full if self.max_labels is None else full | (n_labels >= self.max_labels)


@dataclass(frozen=True)
class Position:
    """Where each sequence stands.

    path (Tensor): The symbols of the unfinished statement, then zeros. Shape: (N, K + 1)
    depth (Tensor): How many there are. Shape: (N,)
    open (Tensor): How many pairs, used or not, lie behind each symbol that may come next.
        Shape: (N, V)
    due (Optional[Tensor]): Which symbols may not be passed over, because a pair behind them has
        to be stated; None if any may. Shape: (N, V)
    """

    path: Tensor
    depth: Tensor
    open: Tensor
    due: Optional[Tensor] = None

    def select(self, index: Tensor) -> "Position":
        due = None if self.due is None else self.due[index]
        return Position(self.path[index], self.depth[index], self.open[index], due)


class LastStatement:
    """The history of row-column order: the last statement is enough, since the next one
    has to be greater.

    last (Tensor): The last statement. Shape: (N, K + 1)
    tied (Tensor): Whether the unfinished statement is so far the same as `last`. Shape: (N,)
    room (Tensor): At d, whether a greater statement shares the first d symbols of
        `last`. Shape: (N, K + 2)
    more (Tensor): At d, whether something greater than the unfinished statement differs
        from it first at d. Shape: (N, K + 1)
    room_due (Tensor): As `room`, for pairs that are due. Shape: (N, K + 2)
    more_due (Tensor): As `more`, for pairs that are due. Shape: (N, K + 1)
    n_labels (Tensor): How many relations the pair of `last` holds. Shape: (N,)
    """

    def __init__(
        self,
        limits: Limits,
        last: Tensor,
        tied: Tensor,
        room: Tensor,
        more: Tensor,
        room_due: Tensor,
        more_due: Tensor,
        n_labels: Tensor,
    ):
        self.limits = limits
        self.last = last
        self.tied = tied
        self.room = room
        self.more = more
        self.room_due = room_due
        self.more_due = more_due
        self.n_labels = n_labels

    @classmethod
    def empty(cls, limits: Limits, path: Tensor) -> "LastStatement":
        """The history before anything is said."""
        n = path.shape[0]
        room = torch.zeros(n, path.shape[1] + 1, dtype=torch.bool, device=path.device)
        more = torch.zeros_like(path, dtype=torch.bool)
        return cls(
            limits,
            last=torch.zeros_like(path),
            tied=torch.zeros(n, dtype=torch.bool, device=path.device),
            room=room,
            more=more,
            room_due=room,
            more_due=more,
            n_labels=torch.zeros(n, dtype=torch.long, device=path.device),
        )

    def allowed(self, at: Position) -> Tensor:
        """RETURNS (Tensor): Which symbols may come next, END apart. Shape: (N, V)"""
        symbols = torch.arange(at.open.shape[1], device=at.open.device)[None]
        last = self.last.gather(1, at.depth[:, None])
        repeatable = self.room.gather(1, at.depth[:, None] + 1)
        repeatable = repeatable & (last >= self.limits.first_entity)
        # Without a tie everything is greater than the last statement.
        last = torch.where(self.tied[:, None], last, -1)
        greater = (at.open > 0) & (symbols > last)
        in_last_pair = (last > 0) & (last < self.limits.first_entity)
        full = in_last_pair & self.limits.is_full(last, self.n_labels[:, None])
        greater &= ~full | (symbols >= self.limits.first_entity)
        if at.due is not None:
            # No entity beyond the next one that is due, or before what the pair itself holds.
            waiting = greater & at.due
            greater &= waiting.cumsum(1) - waiting.long() == 0
            states_here = (at.open[:, : self.limits.first_entity] > 0).any(1)
            greater &= ~(at.due & (states_here & ~self.tied)[:, None])
            # No other entity while something behind the last one is due.
            greater &= ~self._must_repeat(at)[:, None]
        return greater | ((symbols == last) & repeatable)

    def is_complete(self, at: Position) -> Tensor:
        """RETURNS (Tensor): Whether no pair that is due follows the last one. Shape: (N,)"""
        if at.due is None:
            return torch.ones_like(self.tied)
        symbols = torch.arange(at.open.shape[1], device=at.open.device)[None]
        last = torch.where(self.tied[:, None], self.last.gather(1, at.depth[:, None]), -1)
        waiting = ((at.open > 0) & at.due & (symbols > last)).any(1)
        return ~(waiting | self._must_repeat(at))

    def _must_repeat(self, at: Position) -> Tensor:
        """RETURNS (Tensor): Whether a pair that is due goes on as the last one did. Shape: (N,)"""
        return self.tied & self.room_due.gather(1, at.depth[:, None] + 1)[:, 0]

    def record(self, at: Position, symbol: Tensor) -> "LastStatement":
        """Remember symbols.

        at (Position): Where they come.
        symbol (Tensor): The symbols. Shape: (N,)
        RETURNS (LastStatement): The history after them.
        """
        depth = at.depth[:, None]
        states = (symbol > 0) & (symbol < self.limits.first_entity)
        # A tie at a relation means that the pair is the last one.
        n_labels = torch.where(self.tied, self.n_labels + 1, 1)
        symbols = torch.arange(at.open.shape[1], device=at.open.device)[None]
        greater = (at.open > 0) & (symbols > symbol[:, None])
        full = states & self.limits.is_full(symbol, n_labels)
        greater &= ~full[:, None] | (symbols >= self.limits.first_entity)
        more = self.more.scatter(1, depth, greater.any(1, keepdim=True))
        # Further relations of a pair are never due, but what lies behind an entity may be.
        due = torch.zeros_like(greater) if at.due is None else greater & at.due
        more_due = self.more_due.scatter(1, depth, due.any(1, keepdim=True))
        path = at.path.scatter(1, depth, symbol[:, None])
        tied = self.tied & (self.last.gather(1, depth)[:, 0] == symbol)
        new = states[:, None]
        return LastStatement(
            self.limits,
            last=torch.where(new, path, self.last),
            tied=states | tied,
            room=torch.where(new, _from_there_on(more), self.room),
            more=more & ~new,
            room_due=torch.where(new, _from_there_on(more_due), self.room_due),
            more_due=more_due & ~new,
            n_labels=torch.where(states, n_labels, self.n_labels),
        )

    def select(self, index: Tensor) -> "LastStatement":
        return LastStatement(
            self.limits,
            self.last[index],
            self.tied[index],
            self.room[index],
            self.more[index],
            self.room_due[index],
            self.more_due[index],
            self.n_labels[index],
        )


def _from_there_on(flags: Tensor) -> Tensor:
    """Whether a flag is set at a place or after it. Shape: (N, M) -> (N, M + 1)"""
    return torch.nn.functional.pad(flags.flip(1).cumsum(1).flip(1) > 0, (0, 1))


class StatementLog:
    """The history of any other order: a log of all statements, against which the
    unfinished one is compared. Unlike a table of all pairs it grows with what is said,
    so it serves n-ary relations too.

    log (Tensor): The statements, padded with zeros. Shape: (N, T, K + 1)
    full (Tensor): Whether the pair of a statement takes nothing more after it.
        Shape: (N, T)
    """

    def __init__(self, limits: Limits, log: Tensor, full: Tensor):
        self.limits = limits
        self.log = log
        self.full = full

    @classmethod
    def empty(cls, limits: Limits, path: Tensor) -> "StatementLog":
        """The history before anything is said."""
        log = path.new_zeros(path.shape[0], 0, path.shape[1])
        return cls(limits, log, torch.zeros_like(log[:, :, 0], dtype=torch.bool))

    def allowed(self, at: Position) -> Tensor:
        """RETURNS (Tensor): Which symbols may come next, END apart. Shape: (N, V)"""
        said, full = self._count(at)
        symbols = torch.arange(at.open.shape[1], device=at.open.device)[None]
        # An entity is worth choosing while any pair behind it takes something more.
        allowed = at.open > torch.where(symbols < self.limits.first_entity, said, full)
        here = slice(NA, self.limits.first_entity)
        labels = said[:, FIRST_RELATION : self.limits.first_entity].sum(1)
        closed = said[:, NA] > 0
        if self.limits.max_labels is not None:
            closed = closed | (labels >= self.limits.max_labels)
        allowed[:, here] &= ~closed[:, None]
        allowed[:, NA] &= labels == 0
        return allowed

    def record(self, at: Position, symbol: Tensor) -> "StatementLog":
        """Remember symbols.

        at (Position): Where they come.
        symbol (Tensor): The symbols. Shape: (N,)
        RETURNS (StatementLog): The history after them.
        """
        states = (symbol > 0) & (symbol < self.limits.first_entity)
        if not states.any():
            return self
        relations = slice(FIRST_RELATION, self.limits.first_entity)
        said, _ = self._count(at)
        n_labels = said[:, relations].sum(1) + 1
        all_said = n_labels >= (at.open[:, relations] > 0).sum(1)
        full = all_said | self.limits.is_full(symbol, n_labels)
        path = at.path.scatter(1, at.depth[:, None], symbol[:, None])
        entry = torch.where(states[:, None], path, 0)
        return StatementLog(
            self.limits,
            torch.cat([self.log, entry[:, None]], dim=1),
            torch.cat([self.full, (states & full)[:, None]], dim=1),
        )

    def select(self, index: Tensor) -> "StatementLog":
        return StatementLog(self.limits, self.log[index], self.full[index])

    def _count(self, at: Position) -> "tuple[Tensor, Tensor]":
        """How many statements went on with each symbol where the sequence stands now,
        and how many of them filled their pair. Shapes: (N, V), (N, V)
        """
        beyond = torch.arange(self.log.shape[2], device=self.log.device) >= at.depth[:, None]
        same = ((self.log == at.path[:, None]) | beyond[:, None]).all(2)
        index = at.depth[:, None, None].expand(-1, self.log.shape[1], 1)
        symbol = self.log.gather(2, index)[:, :, 0]
        zeros = torch.zeros_like(at.open)
        said = zeros.scatter_add(1, symbol, same.to(zeros.dtype))
        full = zeros.scatter_add(1, symbol, (same & self.full).to(zeros.dtype))
        return said, full
