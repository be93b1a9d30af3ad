"""The network as a decoder of a document's symbols: all at once, or one after another."""

from collections.abc import Sequence
from typing import List, NamedTuple, Tuple

import numpy
import torch
from torch import Tensor

from ....data.entities import EntityDoc
from .attention import Block, Memory
from .network import NO_PAST, Past, SymbolNetwork


class DecodingState(NamedTuple):
    """Where the decoder is in each of N rows.

    doc (Tensor): The document of each row. *Shape:* (N,)
    kept (Tensor): The documents that still have rows. *Shape:* (docs,)
    memory (Memory): Those documents.
    block (Block): The rows, by their places in `kept`.
    past (Past): What was read.
    """

    doc: Tensor
    kept: Tensor
    memory: Memory
    block: Block
    past: Past


class Rows:
    """A decoder of rows. What rows say, and how that is read, is up to a subclass.

    memory (Memory): What the encoder made of the documents.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    @property
    def docs(self) -> int:
        """RETURNS (int): The number of documents."""
        return len(self.memory.visible)

    def read(self, doc: Tensor, symbols: Tensor) -> Tensor:
        """Logits after each symbol of given sequences.

        doc (Tensor): The document of each sequence. *Shape:* (N,)
        symbols (Tensor): Its symbols, with the one it starts with. *Shape:* (N, L)
        RETURNS (Tensor): *Shape:* (N, L, V)
        """
        return self._decode(doc, symbols, Block.of(doc, self.docs), self.memory, NO_PAST)[0]

    def begin(self, doc: Tensor, heads: Tensor) -> DecodingState:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        kept = torch.arange(self.docs, device=doc.device)
        return _leave(DecodingState(doc, kept, self.memory, Block.of(doc, len(kept)), NO_PAST))

    def step(self, state: DecodingState, symbols: Tensor) -> Tuple[Tensor, DecodingState]:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        logits, past = self._decode(
            state.doc, symbols.unsqueeze(1), state.block, state.memory, state.past
        )
        return logits.squeeze(1), state._replace(past=past)

    def reorder(self, state: DecodingState, index: Tensor) -> DecodingState:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        if len(index) == len(state.doc) and bool((index[1:] - index[:-1] == 1).all()):
            return state
        doc = state.doc[index]
        same = len(doc) == len(state.doc) and bool((doc == state.doc).all())
        state = state._replace(doc=doc, past=state.past.select(index))
        return state if same else _leave(state)

    def _decode(
        self, doc: Tensor, symbols: Tensor, block: Block, memory: Memory, past: Past
    ) -> Tuple[Tensor, Past]:
        """*Shapes:* (N,), (N, L) -> (N, L, V)"""
        raise NotImplementedError


class Symbols(Rows):
    """The decoder of some documents. Symbols are numbered as in
    `spacy_docre.models.grammar.symbols`.

    network (SymbolNetwork): The network.
    docs (Sequence[EntityDoc]): The documents.
    memory (Memory): What the encoder made of them.
    size (int): The number of symbols of the document with most.
    """

    def __init__(
        self, network: SymbolNetwork, docs: Sequence[EntityDoc], memory: Memory, size: int
    ) -> None:
        super().__init__(memory)
        self.network = network
        table = network.table
        rows = numpy.zeros((len(docs), size), dtype="int64")
        rows[:, : table.first_entity] = numpy.arange(table.first_entity)
        for row, doc in zip(rows, docs):
            row[table.first_entity : table.size(doc)] = table.rows(doc)
            row[table.first_entity : table.size(doc)] += table.first_entity
        # Where the embedding of a symbol lies. *Shape:* (docs, V)
        self.rows = torch.as_tensor(rows, device=network.device)

    def attention(self, doc: Tensor, symbols: Tensor) -> Tensor:
        """How much each position of given sequences attends to those before it, on the mean of all
        layers and heads.

        doc (Tensor): The document of each sequence. *Shape:* (N,)
        symbols (Tensor): Its symbols, with the one it starts with. *Shape:* (N, L)
        RETURNS (Tensor): *Shape:* (N, L, L)
        """
        weights: List[Tensor] = []
        rows = self.rows[doc].gather(1, symbols)
        block = Block.of(doc, len(self.rows))
        self.network.decode(rows, block, self.memory, weights=weights)
        return torch.stack(weights).mean(0)

    def _decode(
        self, doc: Tensor, symbols: Tensor, block: Block, memory: Memory, past: Past
    ) -> Tuple[Tensor, Past]:
        rows = self.rows[doc].gather(1, symbols)
        logits, past = self.network.decode(rows, block, memory, past)
        of_doc = self.rows[doc].unsqueeze(1).expand(-1, logits.shape[1], -1)
        return logits.gather(2, of_doc), past


def _leave(state: DecodingState) -> DecodingState:
    """Let documents go that have no row left, and lay out the rows of the others."""
    doc = state.doc.contiguous()
    place = torch.searchsorted(state.kept, doc)
    alive = torch.bincount(place, minlength=len(state.kept)).nonzero()[:, 0]
    if len(alive) < len(state.kept):
        kept, memory = state.kept[alive], state.memory.select(alive)
        state = state._replace(kept=kept, memory=memory)
        place = torch.searchsorted(kept, doc)
    return state._replace(block=Block.of(place, len(state.kept)))
