"""The grammar: which symbol may follow which, for many sequences at once.

The automaton is complete. Whatever it allows can be continued to a sequence that states
each triple once, between different entities of the document whose types fit, and stops
only after a whole statement. Training masks its softmax with it and decoding its
choices, so the two agree.

Shapes: D documents, N sequences, L steps, V symbols (of the document with most), E
entities, K the largest arity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import List, NamedTuple, Optional, TypeVar, Union

import numpy as np
import torch
from torch import Tensor

from ...data.entities import EntityDoc, name_of
from ...errors import Errors
from ..pairs.candidate_pairs import DEAD, ROOT, CandidatePairs, TypeTrie
from .history import LastStatement, Limits, Position, StatementLog
from .linearize import NO_HEAD, SymbolSequence, check_mode, where
from .orders import get_order
from .symbols import END, FIRST_RELATION, NA, SymbolTable

T = TypeVar("T")

# Counts of pairs are only compared with the number of statements made.
_ENOUGH = 2**31


@dataclass(frozen=True)
class GrammarState:
    """How far each of N sequences has come.

    doc (Tensor): The document it belongs to. Shape: (N,)
    home (Tensor): The node of the trie where its statements begin. Shape: (N,)
    node (Tensor): The node where it is now. Shape: (N,)
    finished (Tensor): Whether END was said. Shape: (N,)
    at (Position): Its unfinished statement.
    history (Union[LastStatement, StatementLog]): Its statements so far.
    """

    doc: Tensor
    home: Tensor
    node: Tensor
    finished: Tensor
    at: Position
    history: Union[LastStatement, StatementLog]

    def __len__(self) -> int:
        return len(self.doc)


class Choice(NamedTuple):
    """What may come next.

    allowed (Tensor): True where a symbol is allowed. Shape: (…, V)
    end (Optional[Tensor]): The symbol that says that nothing more is chosen freely: END, or the
        entity of the next pair that is due. END everywhere if None. Shape: (…,)
    """

    allowed: Tensor
    end: Optional[Tensor] = None


class Grammar:
    """The grammar of a batch of documents.

    table (SymbolTable): The meaning of the symbols.
    docs (Sequence[EntityDoc]): The documents.
    mode (str): "rows" or "matrix".
    order (str): "row_column" to demand that statements increase. Other orders only
        forbid repetitions.
    negatives (bool): Whether pairs may hold NA. NA is then all that is said of a pair.
    due (Optional[Sequence[Optional[ndarray]]]): For each document the pairs that must be
        stated, which takes rows, row-column order and negatives. Only they may be NA. No
        particular ones if None. Where relations have more than two entities it is all pairs, as
        a matrix of True, or none. Shape: (entities, entities) each
    max_labels (Optional[int]): How many relations a pair may hold, or None for any number.
    trie (Optional[TypeTrie]): The trie of the table's schema, where there already is one.
    device (Optional[torch.device]): Where to compute.
    """

    def __init__(
        self,
        table: SymbolTable,
        docs: Sequence[EntityDoc],
        *,
        mode: str = "rows",
        order: str = "row_column",
        negatives: bool = True,
        due: Optional[Sequence[Optional[np.ndarray]]] = None,
        max_labels: Optional[int] = None,
        trie: Optional[TypeTrie] = None,
        device: Union[torch.device, str, None] = None,
    ):
        check_mode(mode)
        get_order(order)
        if max_labels is not None and max_labels < 1:
            raise ValueError(Errors.DRE213.format(value=max_labels))
        trie = trie or TypeTrie(table.schema)
        self.table = table
        self.mode = mode
        self.negatives = negatives
        self.increasing = order == "row_column"
        self.candidates = [CandidatePairs(trie, doc) for doc in docs]
        self.size = table.first_entity + max((len(doc.entities) for doc in docs), default=0)
        self.limits = Limits(table.first_entity, max_labels)
        self.demands = any(own is not None and own.any() for own in due or ())
        binary = all(relation.arity == 2 for relation in table.schema.relations)
        if due is not None and not binary:
            if any(own is not None and own.any() and not own.all() for own in due):
                raise ValueError(Errors.DRE211)
            due = [None if own is None or not own.any() else own for own in due]
        in_rows = mode == "rows" and self.increasing and negatives
        if self.demands and not in_rows:
            raise ValueError(Errors.DRE211)
        if not in_rows or all(own is None for own in due or ()):
            due = None
        self._build(trie, torch.device(device or "cpu"), due)

    def _build(
        self,
        trie: TypeTrie,
        device: torch.device,
        due: Optional[Sequence[Optional[np.ndarray]]],
    ) -> None:
        n_docs, n_entities = len(self.candidates), self.size - self.table.first_entity
        # Padding belongs to a class of its own, which leads nowhere.
        classes = torch.full((n_docs, n_entities), trie.n_classes)
        counts = torch.zeros(n_docs, len(trie.child), dtype=torch.long)
        for i, candidates in enumerate(self.candidates):
            classes[i, : len(candidates.classes)] = torch.from_numpy(candidates.classes)
            counts[i] = torch.from_numpy(candidates.counts.clip(max=_ENOUGH)).long()
        child = torch.nn.functional.pad(torch.from_numpy(trie.child), (0, 1), value=DEAD)
        self.device = device
        self.path_length = trie.max_arity + 1
        self._classes = classes.to(device)  # (D, E)
        self._counts = counts.to(device)  # (D, nodes)
        self._child = child.to(device)  # (nodes, classes + 1)
        self._labels = torch.from_numpy(trie.labels).long().to(device)  # (nodes, R)
        self._due = None
        if due is not None:
            demanded = torch.zeros(n_docs, n_entities, self.size, dtype=torch.bool)
            for own, matrix in zip(demanded, due):
                if matrix is not None:
                    columns = slice(self.table.first_entity, self.table.first_entity + len(matrix))
                    own[: len(matrix), columns] = torch.from_numpy(matrix)
            self._due = demanded.to(device)  # (D, E, V)
            by_chance = torch.tensor([matrix is None for matrix in due])
            # (D, E, V), a tail of END being none yet
            self._may_be_na = (demanded | by_chance.view(-1, 1, 1)).to(device)

    def heads(self) -> "tuple[Tensor, Tensor]":
        """The sequences that the documents consist of.

        RETURNS (Tuple[Tensor, Tensor]): For each sequence its document and its head, or
            `NO_HEAD`, in the order in which `linearize` writes them. Shapes: (N,), (N,)
        """
        pairs = [
            (i, head)
            for i, candidates in enumerate(self.candidates)
            for head in ([NO_HEAD] if self.mode == "matrix" else candidates.heads)
        ]
        table = torch.tensor(pairs, dtype=torch.long, device=self.device).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def by_doc(self, sequences: Sequence[T]) -> List[List[T]]:
        """Divide what there is for each sequence.

        sequences (Sequence[T]): One item for each, in the order of `heads`.
        RETURNS (List[List[T]]): Those of each document.
        """
        items = iter(sequences)
        counts = [
            1 if self.mode == "matrix" else len(candidates.heads) for candidates in self.candidates
        ]
        return [list(islice(items, count)) for count in counts]

    def start_symbols(self, heads: Tensor) -> Tensor:
        """RETURNS (Tensor): What the decoder reads first: the head, or END. Shape: (N,)"""
        return torch.where(heads == NO_HEAD, END, self.table.first_entity + heads)

    def start(self, doc: Tensor, heads: Tensor) -> GrammarState:
        """Begin sequences.

        doc (Tensor): The document of each sequence. Shape: (N,)
        heads (Tensor): Its head, or `NO_HEAD`. Shape: (N,)
        RETURNS (GrammarState): The state before their first symbols.
        """
        if self.mode == "rows":
            node = self._child[ROOT, self._classes[doc, heads]]
        else:
            node = torch.full_like(doc, ROOT)
        path = torch.zeros(len(doc), self.path_length, dtype=torch.long, device=self.device)
        path[:, 0] = self.start_symbols(heads)
        history = LastStatement if self.increasing else StatementLog
        return GrammarState(
            doc=doc,
            home=node,
            node=node,
            finished=torch.zeros_like(heads, dtype=torch.bool),
            at=self._position(doc, node, path, (heads != NO_HEAD).long()),
            history=history.empty(self.limits, path),
        )

    def choice(self, state: GrammarState) -> Choice:
        """What may come next, and what it is to choose nothing more.

        state (GrammarState): The state of the sequences.
        RETURNS (Choice): Shapes: (N, V), (N,)
        """
        allowed = self.allowed(state)
        if not self.demands:
            return Choice(allowed)
        # Nothing beyond the next pair that is due is allowed.
        symbols = torch.arange(self.size, device=self.device)
        last = torch.where(allowed, symbols, END).amax(1)
        begins = (state.node == state.home) & ~allowed[:, END]
        return Choice(allowed, torch.where(begins, last, END))

    def allowed(self, state: GrammarState) -> Tensor:
        """Which symbols may come next. A finished sequence allows END again, so that a
        softmax over what is allowed is always defined.

        state (GrammarState): The state of the sequences.
        RETURNS (Tensor): True where a symbol is allowed. Shape: (N, V)
        """
        allowed = state.history.allowed(state.at)
        may_end = state.node == state.home
        if self.demands:
            assert isinstance(state.history, LastStatement)
            may_end = may_end & state.history.is_complete(state.at)
        allowed &= ~state.finished[:, None]
        allowed[:, END] = may_end | state.finished
        return allowed

    def advance(self, state: GrammarState, symbols: Tensor) -> GrammarState:
        """Say symbols, which must be allowed.

        state (GrammarState): The state of the sequences.
        symbols (Tensor): The symbol that each says. Shape: (N,)
        RETURNS (GrammarState): The state after them.
        """
        is_entity = symbols >= self.table.first_entity
        states = ~is_entity & (symbols != END)
        history = state.history.record(state.at, symbols)
        # A statement ends where it began: with the head of the row, if there is one.
        home_depth = 1 if self.mode == "rows" else 0
        home_path = state.at.path.clone()
        home_path[:, home_depth:] = END
        longer = state.at.path.scatter(1, state.at.depth[:, None], symbols[:, None])
        path = torch.where(is_entity[:, None], longer, state.at.path)
        path = torch.where(states[:, None], home_path, path)
        depth = torch.where(states, home_depth, state.at.depth + is_entity)
        if self._classes.shape[1]:
            index = (symbols - self.table.first_entity).clamp(min=0)
            child = self._child[state.node, self._classes[state.doc, index]]
            node = torch.where(is_entity, child, state.node)
        else:
            node = state.node
        node = torch.where(states, state.home, node)
        return GrammarState(
            doc=state.doc,
            home=state.home,
            node=node,
            finished=state.finished | (symbols == END),
            at=self._position(state.doc, node, path, depth),
            history=history,
        )

    def select(self, state: GrammarState, index: Tensor) -> GrammarState:
        """Keep, drop, repeat or reorder sequences.

        state (GrammarState): The state of N sequences.
        index (Tensor): Which of them to take: positions, or a boolean mask.
        RETURNS (GrammarState): The state of those.
        """
        return GrammarState(
            doc=state.doc[index],
            home=state.home[index],
            node=state.node[index],
            finished=state.finished[index],
            at=state.at.select(index),
            history=state.history.select(index),
        )

    def along(self, doc: Tensor, heads: Tensor, ids: Tensor, lengths: Tensor) -> Choice:
        """What may come next at each step of given sequences.

        doc (Tensor): The document of each sequence. Shape: (N,)
        heads (Tensor): Its head, or `NO_HEAD`. Shape: (N,)
        ids (Tensor): Its symbols. Shape: (N, L)
        lengths (Tensor): How many there are. Shape: (N,)
        RETURNS (Choice): After a sequence only END is allowed. Shapes: (N, L, V), (N, L)
        RAISES (ValueError): If a sequence has a symbol that is not allowed.
        """
        n, length = ids.shape
        masks = torch.zeros(n, length, self.size, dtype=torch.bool, device=self.device)
        masks[:, :, END] = True
        refused = torch.zeros(n, length, dtype=torch.bool, device=self.device)
        ends = torch.full_like(ids, END) if self.demands else None
        alive = torch.arange(n, device=self.device)
        state = self.start(doc, heads)
        for step in range(length):
            alive_here = lengths[alive] > step
            if not alive_here.all():
                alive, state = alive[alive_here], self.select(state, alive_here)
            masks[alive, step], end = self.choice(state)
            if ends is not None and end is not None:
                ends[alive, step] = end
            symbols = ids[alive, step]
            ok = masks[alive, step].gather(1, symbols[:, None])[:, 0]
            refused[alive, step] = ~ok
            # Past a refused symbol the state means nothing, but must stay in bounds.
            state = self.advance(state, torch.where(ok, symbols, END))
        for i, step in refused.nonzero().tolist()[:1]:
            raise ValueError(
                Errors.DRE210.format(
                    doc=name_of(self.candidates[int(doc[i])].doc.doc),
                    where=where(int(heads[i])),
                    symbol=int(ids[i, step]),
                    position=step,
                )
            )
        return Choice(masks, ends)

    def _position(self, doc: Tensor, node: Tensor, path: Tensor, depth: Tensor) -> Position:
        due = None if self._due is None else self._due[doc, path[:, 0] - self.table.first_entity]
        return Position(path, depth, self._open(doc, node, path), due)

    def _open(self, doc: Tensor, node: Tensor, path: Tensor) -> Tensor:
        """For each symbol that may continue a path, as far as the path alone decides,
        the number of pairs behind it; for relations and NA one pair. Shape: (N, V)
        """
        opened = torch.zeros(len(doc), self.size, dtype=torch.long, device=self.device)
        labels = self._labels[node]
        opened[:, FIRST_RELATION : self.table.first_entity] = labels
        if self.negatives:
            opened[:, NA] = labels.any(1)
            if self._due is not None:
                head, tail = path[:, 0] - self.table.first_entity, path[:, 1]
                opened[:, NA] *= self._may_be_na[doc, head, tail]
        behind = self._counts[doc[:, None], self._child[node]]
        opened[:, self.table.first_entity :] = behind.gather(1, self._classes[doc])
        # Entities of the path are used up. Its padding is END, which is 0 anyway.
        return opened.scatter(1, path, 0)


def pad(
    sequences: Sequence[SymbolSequence], device: Optional[torch.device] = None
) -> "tuple[Tensor, Tensor]":
    """Put sequences into one tensor, padded with END.

    sequences (Sequence[SymbolSequence]): The sequences.
    device (Optional[torch.device]): Where to put them.
    RETURNS (Tuple[Tensor, Tensor]): The symbols and the lengths. Shapes: (N, L), (N,)
    """
    lengths: List[int] = [len(sequence.symbols) for sequence in sequences]
    ids = torch.full((len(sequences), max(lengths, default=0)), END)
    for row, sequence in zip(ids, sequences):
        row[: len(sequence.symbols)] = torch.tensor(sequence.symbols)
    return ids.to(device=device), torch.tensor(lengths, dtype=torch.long, device=device)
