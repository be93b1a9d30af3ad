"""The network of DORE on token vectors, from token vectors to cells and rows."""

from collections.abc import Sequence
from typing import NamedTuple, Optional

import torch
from torch import Tensor, nn

from ...entities import EntityDoc
from ...rows import RowNames, relation_rows, type_rows
from ...token_vectors.batch import EntityBatch
from ..cells import TypeTrie
from .candidates import Candidates
from .cell_context import CellContext
from .cell_exchange import CellExchange
from .grounding import EntitySymbols
from .row_decoder import RowDecoder
from .settings import Settings


class Reading(NamedTuple):
    """What the network has read of a batch of documents: all that cells are made from.

    batch (EntityBatch): The entities.
    tokens (Tensor): Token vectors of all documents, with marked mentions. *Shape:* (tokens, width)
    symbols (Tensor): Entity symbols. *Shape:* (entities, width)
    """

    batch: EntityBatch
    tokens: Tensor
    symbols: Tensor


class Network(nn.Module):
    """Entity symbols, cells and the row decoder.

    settings (Settings): The shape.
    """

    fits: Tensor

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.trie = TypeTrie(settings.schema)
        width = settings.width
        self.input: nn.Module = nn.Identity()
        if settings.input_width != width:
            self.input = nn.Linear(settings.input_width, width)
        self.symbols = EntitySymbols(
            width,
            types=len(settings.types),
            capacity=settings.capacity,
            grounded=settings.grounded,
            counts=settings.counts,
            salience=settings.salience,
        )
        self.context = CellContext(
            width,
            heads=settings.heads,
            hidden=2 * width,
            dropout=settings.dropout,
            closest_mentions=settings.closest_mentions,
            salience=settings.salience,
        )
        self.exchange = nn.ModuleList(
            CellExchange(width, heads=settings.heads, hidden=2 * width, dropout=settings.dropout)
            for _ in range(settings.exchange_layers)
        )
        self.rows = RowDecoder(
            width,
            settings.row_width,
            relations=len(settings.labels),
            depth=settings.depth,
            heads=max(1, settings.heads // 2),
            dropout=settings.dropout,
        )
        self.candidates = Candidates(width) if settings.tails_per_head is not None else None
        self.register_buffer("fits", _role_types(settings), persistent=False)

    def row_names(self) -> RowNames:
        """See `spacy_docre.rows`."""
        relations = relation_rows(self.settings.labels)
        named = ("rows.previous.weight", "rows.relation.weight", "rows.relation.bias")
        return {
            **dict.fromkeys(named, relations),
            "symbols.type_embedding.weight": type_rows(tuple(self.settings.types)),
        }

    def read(self, tokens: Tensor, docs: Sequence[EntityDoc]) -> Reading:
        """Read documents.

        tokens (Tensor): Token vectors of all documents. *Shape:* (tokens, input width)
        docs (Sequence[EntityDoc]): The documents.
        RETURNS (Reading): Their entities as symbols, and their tokens with marked mentions.
        """
        batch = EntityBatch.of(docs, self.settings.types, tokens.device)
        symbols, marked = self.symbols(self.input(tokens), batch)
        return Reading(batch, marked, symbols)

    def cells(
        self,
        reading: Reading,
        cells: Sequence[Tensor],
        seen: Optional[Sequence[Tensor]] = None,
    ) -> Tensor:
        """Represent cells.

        reading (Reading): The documents.
        cells (Sequence[Tensor]): For each document heads and tails. *Shape:* (cells, 2)
        seen (Optional[Sequence[Tensor]]): Which of them others see in exchange layers; all of them
            if None. *Shape:* (cells,)
        RETURNS (Tensor): *Shape:* (all cells, width)
        """
        vectors = self.context(reading.tokens, reading.symbols, reading.batch, cells)
        for layer in self.exchange:
            vectors = layer(vectors, cells, seen)
        return vectors

    def allowed(self, head_types: Tensor, tail_types: Tensor) -> Tensor:
        """Whether the schema allows each relation between entities of two types.

        *Shape:* (…,), (…,) -> (…, 1 + relations), where NA is always allowed.
        """
        return self.fits[0, head_types] & self.fits[1, tail_types]


def _role_types(settings: Settings) -> Tensor:
    """Whether a type may fill a role. *Shape:* (2, 1 + types, 1 + relations)"""
    types = {"": 0, **settings.types}
    fits = torch.ones(2, len(types), 1 + len(settings.labels), dtype=torch.bool)
    for number, relation in enumerate(settings.schema.relations, start=1):
        for role in range(2):
            for type, row in types.items():
                fits[role, row, number] = relation.arity == 2 and relation.allows(role, type)
    return fits
