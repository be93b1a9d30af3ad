"""The row decoder as a decoder of symbols, under DORE's grammar.

Entities take a position of the row decoder; a relation is part of the position that follows it. In
a tuple of more than two entities, a position sees the pairs of its entity with all those before it,
and not with the head alone: whether a method was run on a material shows where these two meet.
"""

from typing import NamedTuple, Optional, Sequence, Tuple

import torch
from torch import Tensor

from ....data.schema import Schema
from ...grammar.symbols import ANY_TYPE, FIRST_RELATION, NA, SymbolTable
from .network import Marked, RowNetwork
from .row_decoder import Cache


class RowSymbolsState(NamedTuple):
    """Where the decoder is in each of N rows.

    pairs (Tensor): The pairs of each row, one for each entity. *Shape:* (N, entities, pair width)
    doc (Tensor): The document of each row. *Shape:* (N,)
    heads (Tensor): Its head. *Shape:* (N,)
    between (Tensor): The entities that the unfinished tuple has besides the head, the last one
        first; -1 where there are none. *Shape:* (N, largest arity - 2)
    offsets (Tensor): How far each entity follows the head. *Shape:* (N, entities)
    cache (Optional[Cache]): The keys and values of the positions read.
    visible (Tensor): Which of those are entities of the row. *Shape:* (N, positions)
    last (Tensor): The state of the last entity. *Shape:* (N, width)
    relation (Tensor): The relation that precedes the next entity. *Shape:* (N,)
    """

    pairs: Tensor
    doc: Tensor
    heads: Tensor
    between: Tensor
    offsets: Tensor
    cache: Optional[Cache]
    visible: Tensor
    last: Tensor
    relation: Tensor


class RowSymbols:
    """The row decoder as a decoder of symbols, all at once or one after another.

    rows (RowNetwork): The network.
    marked (Marked): The documents, with marked mentions.
    table (SymbolTable): The meaning of the symbols.
    """

    def __init__(self, rows: RowNetwork, marked: Marked, table: SymbolTable) -> None:
        self.decoder = rows.decoder
        self.first_entity = table.first_entity
        batch, device = marked.batch, marked.tokens.device
        pairs = [_square(count, device) for count in batch.entities_per_doc]
        self.pairs = rows.pair_vectors(marked, pairs)
        self.projected = self.decoder.project(self.pairs)
        # The first entity of a tuple is the head, and nothing follows the last.
        self.between = rows.sizes.trie.max_arity - 2
        self.sizes = torch.as_tensor(batch.entities_per_doc, device=device)
        self.offsets = (self.sizes**2).cumsum(0) - self.sizes**2
        self.entities = max(batch.entities_per_doc, default=0)

    def read(self, doc: Tensor, heads: Tensor, symbols: Tensor) -> Tensor:
        """Logits after each symbol of given rows.

        doc (Tensor): The document of each row. *Shape:* (N,)
        heads (Tensor): Its head. *Shape:* (N,)
        symbols (Tensor): Its symbols, from the head on. *Shape:* (N, L)
        RETURNS (Tensor): *Shape:* (N, L, V)
        """
        pairs = self._pairs_of(doc, heads)
        is_entity = symbols >= self.first_entity
        # Positions are entities; each symbol looks back at the last of them.
        position = is_entity.cumsum(1) - 1
        row, column = is_entity.nonzero(as_tuple=True)
        shape = (len(symbols), int(position.max()) + 1)
        entity = symbols.new_zeros(shape)
        entity[row, position[row, column]] = symbols[row, column] - self.first_entity
        relation = self._relation(symbols)
        before = torch.zeros_like(entity)
        before[row, position[row, column]] = torch.where(
            column > 0, relation[row, (column - 1).clamp(min=0)], 0
        )
        # How many relations precede each position: those of one tuple have the same number.
        statement = torch.full_like(entity, -1)
        statement[row, position[row, column]] = (~is_entity).cumsum(1)[row, column]
        between = [
            torch.where(_shift(statement, n) == statement, _shift(entity, n), -1)
            for n in range(1, self.between + 1)
        ]
        states, _ = self.decoder(self._positions(doc, heads, between, entity), before)
        return self._logits(_take(states, position), relation, pairs, self._offsets(heads))

    def begin(self, doc: Tensor, heads: Tensor) -> RowSymbolsState:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        return RowSymbolsState(
            self._pairs_of(doc, heads),
            doc,
            heads,
            doc.new_full((len(doc), self.between), -1),
            self._offsets(heads),
            None,
            torch.zeros(len(doc), 0, dtype=torch.bool, device=doc.device),
            self.projected.new_zeros(len(doc), self.projected.shape[1]),
            torch.zeros_like(doc),
        )

    def step(self, state: RowSymbolsState, symbols: Tensor) -> Tuple[Tensor, RowSymbolsState]:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        is_entity = symbols >= self.first_entity
        relation = self._relation(symbols)
        if is_entity.any():
            entity = (symbols - self.first_entity).clamp(min=0).unsqueeze(1)
            visible = torch.cat([state.visible, is_entity.unsqueeze(1)], dim=1)
            # A row that said a relation reads nothing, but its turn takes a place.
            # It must see something, so it sees itself, and nobody sees it later.
            seen = visible.clone()
            seen[:, -1] = True
            between = [each.unsqueeze(1) for each in state.between.unbind(1)]
            positions = self._positions(state.doc, state.heads, between, entity)
            states, cache = self.decoder(
                positions, state.relation.unsqueeze(1), state.cache, seen.unsqueeze(1)
            )
            last = torch.where(is_entity.unsqueeze(1), states.squeeze(1), state.last)
            if state.cache is not None:  # What is read first is the head.
                longer = torch.cat([entity, state.between], dim=1)[:, : self.between]
                between_now = torch.where(is_entity.unsqueeze(1), longer, -1)
                state = state._replace(between=between_now)
            state = state._replace(cache=cache, visible=visible, last=last)
        else:
            state = state._replace(between=torch.full_like(state.between, -1))
        logits = self._logits(
            state.last.unsqueeze(1), relation.unsqueeze(1), state.pairs, state.offsets
        )
        return logits.squeeze(1), state._replace(relation=relation)

    def reorder(self, state: RowSymbolsState, index: Tensor) -> RowSymbolsState:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        cache = None
        if state.cache is not None:
            cache = [(keys[index], values[index]) for keys, values in state.cache]
        return RowSymbolsState(
            state.pairs[index],
            state.doc[index],
            state.heads[index],
            state.between[index],
            state.offsets[index],
            cache,
            state.visible[index],
            state.last[index],
            state.relation[index],
        )

    def _positions(
        self, doc: Tensor, heads: Tensor, between: Sequence[Tensor], entity: Tensor
    ) -> Tensor:
        """What the row decoder reads: the mean of the pairs that entities have with the head and
        with those between.

        doc, heads (Tensor): The document and the head of each row. *Shape:* (N,) each
        between (Sequence[Tensor]): Entities that precede them in their tuples; -1 for none.
            *Shape:* (N, L) each
        entity (Tensor): The entities. *Shape:* (N, L)
        RETURNS (Tensor): *Shape:* (N, L, width)
        """
        first, size = self.offsets[doc].unsqueeze(1), self.sizes[doc].unsqueeze(1)
        total = self.projected[first + heads.unsqueeze(1) * size + entity]
        if not between:
            return total
        count = torch.ones_like(entity)
        for other in between:
            there = other >= 0
            pairs = self.projected[first + other.clamp(min=0) * size + entity]
            total = total + pairs * there.unsqueeze(2)
            count = count + there
        return total / count.unsqueeze(2)

    def _logits(self, states: Tensor, relations: Tensor, pairs: Tensor, offsets: Tensor) -> Tensor:
        """*Shapes:* (N, L, width), (N, L), (N, entities, pair width), (N, entities) -> (N, L, V)"""
        following = self.decoder.next_logits(states, relations, pairs, offsets)
        return torch.cat(
            [following[..., :1], self.decoder.relation_logits(states), following[..., 1:]], dim=-1
        )

    def _offsets(self, heads: Tensor) -> Tensor:
        """*Shape:* (N,) -> (N, entities)"""
        return torch.arange(self.entities, device=heads.device) - heads.unsqueeze(1)

    def _relation(self, symbols: Tensor) -> Tensor:
        """The number of a relation symbol, from 1; 0 for NA and entities."""
        is_relation = (symbols >= FIRST_RELATION) & (symbols < self.first_entity)
        return torch.where(is_relation, symbols - NA, 0)

    def _pairs_of(self, doc: Tensor, heads: Tensor) -> Tensor:
        """The pairs of rows, padded to the document with most entities.
        *Shape:* (N,), (N,) -> (N, entities, pair width)"""
        tails = torch.arange(self.entities, device=doc.device)
        size = self.sizes[doc].unsqueeze(1)
        index = self.offsets[doc].unsqueeze(1) + heads.unsqueeze(1) * size + tails
        return self.pairs[torch.where(tails < size, index, 0)]


def symbol_table(schema: Schema) -> SymbolTable:
    """RETURNS (SymbolTable): The symbols of rows. Embeddings of entities are the network's own
    concern, so no range is needed."""
    return SymbolTable(schema, False, {ANY_TYPE: 0})


def _take(values: Tensor, index: Tensor) -> Tensor:
    """*Shape:* (N, M, width), (N, L) -> (N, L, width)"""
    return values.gather(1, index.unsqueeze(2).expand(-1, -1, values.shape[2]))


def _shift(values: Tensor, places: int) -> Tensor:
    """The values so many places before; -1 where the row begins, with the head. *Shape:* (N, L)"""
    moved = torch.full_like(values, -1)
    moved[:, places + 1 :] = values[:, 1:-places]
    return moved


def _square(entities: int, device: torch.device) -> Tensor:
    """All pairs, an entity with itself included. *Shape:* (entities ** 2, 2)"""
    index = torch.arange(entities, device=device)
    return torch.cartesian_prod(index, index).view(-1, 2)
