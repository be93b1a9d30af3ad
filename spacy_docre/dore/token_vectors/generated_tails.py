"""Rows whose tails are generated: the decoder chooses which cells to speak of, as in the paper.

It reads and writes the symbols of DORE's core, under its grammar. Entities take a position of
the row decoder; a relation is part of the position that follows it. In a tuple of more than two
entities, a position sees the cells of its entity with all those before it, and not with the head
alone: whether a method was run on a material shows where these two meet.
"""

from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy
import torch
from numpy.random import Generator
from torch import Tensor

from ...entities import EntityDoc
from ...extractor import Triples
from ..beam import beam_search
from ..cells import Cells
from ..grammar import Grammar, pad
from ..linearize import SymbolSequence, linearize
from ..negatives import Negatives
from ..scores import log_softmax, off_the_ends, score_triples
from ..search import greedy_search
from ..symbols import ANY_TYPE, FIRST_RELATION, NA, SymbolTable
from .network import Network, Reading
from .row_decoder import Cache


@dataclass
class GeneratedTails:
    """Learn and generate rows with their tails.

    negatives (Negatives): Which NA cells to learn, drawn again at each pass.
    order (str): The order of statements, see `spacy_docre.dore.orders`.
    beam_width (int): Width of beam search; 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    """

    negatives: Negatives
    order: str = "row_column"
    beam_width: int = 1
    length_penalty: float = 1.0

    def losses(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Tensor:
        """See `RowStrategy`."""
        table = _table(network)
        sequences: List[SymbolSequence] = []
        due: List[Optional[numpy.ndarray]] = []
        for doc in docs:
            cells = Cells(network.trie, doc)
            gold = doc.gold or ()
            strategy = self.negatives.drawn(rng)
            negatives = strategy(cells, {triple.entities for triple in gold}, rng)
            due.append(strategy.due(cells))
            sequences.extend(linearize(table, cells, gold, negatives, order=self.order, rng=rng))
        if not sequences:
            return reading.tokens.sum() * 0 + reading.tokens.new_zeros(len(docs))
        grammar = self._grammar(network, table, docs, due, reading.tokens.device)
        of_doc, heads = grammar.heads()
        ids, lengths = pad(sequences, reading.tokens.device)
        choice = grammar.along(of_doc, heads, ids, lengths)
        decoder = RowSymbols(network, reading, table)
        read = torch.cat([grammar.start_symbols(heads).unsqueeze(1), ids[:, :-1]], dim=1)
        log_probs = log_softmax(decoder.read(of_doc, heads, read), choice)
        said = log_probs.gather(2, ids.unsqueeze(2)).squeeze(2)
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths.unsqueeze(1)
        loss = -said.masked_fill(~inside, 0.0).sum(1)
        return loss.new_zeros(len(docs)).index_add(0, of_doc, loss)

    def generate(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `RowStrategy`."""
        table = _table(network)
        due = [self.negatives.due(Cells(network.trie, doc)) for doc in docs]
        grammar = self._grammar(network, table, docs, due, reading.tokens.device)
        of_doc, heads = grammar.heads()
        decoder = RowSymbols(network, reading, table)
        bias = off_the_ends(threshold)
        if self.beam_width == 1:
            generated = greedy_search(decoder, grammar, of_doc, heads, threshold=bias)
        else:
            generated = beam_search(
                decoder,
                grammar,
                of_doc,
                heads,
                width=self.beam_width,
                alpha=self.length_penalty,
                threshold=bias,
            )
        triples: List[Triples] = []
        for cells, own in zip(grammar.cells, grammar.by_doc(generated)):
            found = score_triples(table, cells, own)
            # Where NA is no alternative, the grammar could not weigh it against the threshold.
            triples.append([triple for triple in found if triple.score >= threshold])
        return triples

    def _grammar(
        self,
        network: Network,
        table: SymbolTable,
        docs: Sequence[EntityDoc],
        due: Sequence[Optional[numpy.ndarray]],
        device: torch.device,
    ) -> Grammar:
        # In another order nothing can be passed over.
        in_order = self.order == "row_column"
        return Grammar(
            table,
            docs,
            order=self.order,
            negatives=self.negatives.states_na,
            due=due if in_order else None,
            trie=network.trie,
            device=device,
        )


class RowState(NamedTuple):
    """Where the decoder is in each of N rows.

    cells (Tensor): The cells of each row, one for each entity. *Shape:* (N, entities, cell width)
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

    cells: Tensor
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

    network (Network): The network.
    reading (Reading): What it has read of the documents.
    table (SymbolTable): The meaning of the symbols.
    """

    def __init__(self, network: Network, reading: Reading, table: SymbolTable) -> None:
        self.rows = network.rows
        self.first_entity = table.first_entity
        batch, device = reading.batch, reading.tokens.device
        pairs = [_square(count, device) for count in batch.entities_per_doc]
        self.cells = network.cells(reading, pairs)
        self.projected = self.rows.project(self.cells)
        # The first entity of a tuple is the head, and nothing follows the last.
        self.between = network.trie.max_arity - 2
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
        cells = self._cells_of(doc, heads)
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
        states, _ = self.rows(self._positions(doc, heads, between, entity), before)
        return self._logits(_take(states, position), relation, cells, self._offsets(heads))

    def begin(self, doc: Tensor, heads: Tensor) -> RowState:
        """See `spacy_docre.dore.search.Decoder`."""
        return RowState(
            self._cells_of(doc, heads),
            doc,
            heads,
            doc.new_full((len(doc), self.between), -1),
            self._offsets(heads),
            None,
            torch.zeros(len(doc), 0, dtype=torch.bool, device=doc.device),
            self.projected.new_zeros(len(doc), self.projected.shape[1]),
            torch.zeros_like(doc),
        )

    def step(self, state: RowState, symbols: Tensor) -> Tuple[Tensor, RowState]:
        """See `spacy_docre.dore.search.Decoder`."""
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
            states, cache = self.rows(
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
            state.last.unsqueeze(1), relation.unsqueeze(1), state.cells, state.offsets
        )
        return logits.squeeze(1), state._replace(relation=relation)

    def reorder(self, state: RowState, index: Tensor) -> RowState:
        """See `spacy_docre.dore.search.Decoder`."""
        cache = None
        if state.cache is not None:
            cache = [(keys[index], values[index]) for keys, values in state.cache]
        return RowState(
            state.cells[index],
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
        """What the row decoder reads: the mean of the cells that entities have with the head and
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
            cells = self.projected[first + other.clamp(min=0) * size + entity]
            total = total + cells * there.unsqueeze(2)
            count = count + there
        return total / count.unsqueeze(2)

    def _logits(self, states: Tensor, relations: Tensor, cells: Tensor, offsets: Tensor) -> Tensor:
        """*Shapes:* (N, L, width), (N, L), (N, entities, cell width), (N, entities) -> (N, L, V)"""
        following = self.rows.next_logits(states, relations, cells, offsets)
        return torch.cat(
            [following[..., :1], self.rows.relation_logits(states), following[..., 1:]], dim=-1
        )

    def _offsets(self, heads: Tensor) -> Tensor:
        """*Shape:* (N,) -> (N, entities)"""
        return torch.arange(self.entities, device=heads.device) - heads.unsqueeze(1)

    def _relation(self, symbols: Tensor) -> Tensor:
        """The number of a relation symbol, from 1; 0 for NA and entities."""
        is_relation = (symbols >= FIRST_RELATION) & (symbols < self.first_entity)
        return torch.where(is_relation, symbols - NA, 0)

    def _cells_of(self, doc: Tensor, heads: Tensor) -> Tensor:
        """The cells of rows, padded to the document with most entities.
        *Shape:* (N,), (N,) -> (N, entities, cell width)"""
        tails = torch.arange(self.entities, device=doc.device)
        size = self.sizes[doc].unsqueeze(1)
        index = self.offsets[doc].unsqueeze(1) + heads.unsqueeze(1) * size + tails
        return self.cells[torch.where(tails < size, index, 0)]


def _table(network: Network) -> SymbolTable:
    # Embeddings of entities are the network's own concern, so no range is needed.
    return SymbolTable(network.settings.schema, False, {ANY_TYPE: 0})


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
