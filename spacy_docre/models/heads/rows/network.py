"""The network of rows, from the vectors of a text to pairs and rows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, NamedTuple, Optional

import torch
from torch import Tensor, nn

from ....data.entities import EntityDoc
from ....errors import Errors
from ...encoders.encoder import Reading
from ...limits import check_limits, check_not_negative, check_shares
from ...named_rows import RowNames, relation_rows, type_rows
from ...pairs.batch import EntityBatch
from ...pairs.features import PairFeatures
from ...sizes import Sizes
from .entity_symbols import EntitySymbols
from .pair_context import PairContext
from .pair_exchange import PairExchange
from .row_decoder import RowDecoder
from .top_tails import TailScorer


@dataclass(frozen=True)
class RowShape:
    """The shape of a network.

    row_width (int): Width of the row decoder.
    attention_heads (int): Attention heads over the text, a divisor of the width of the vectors. The
        row decoder has half as many, a divisor of its width.
    dropout (float): Dropout rate.
    features (PairFeatures): What pairs know.
    grounded (bool): Whether the symbols of entities take part of their meaning from the mentions.
    exchange_layers (int): Layers in which pairs see those of their row and of their column.
    guesses_tails (bool): Whether it learns which tails are worth asking a head about.
    """

    row_width: int = 256
    attention_heads: int = 8
    dropout: float = 0.1
    features: PairFeatures = field(default_factory=PairFeatures)
    grounded: bool = True
    exchange_layers: int = 0
    guesses_tails: bool = False

    def __post_init__(self) -> None:
        check_limits(attention_heads=self.attention_heads, row_width=self.row_width)
        check_not_negative(exchange_layers=self.exchange_layers)
        check_shares(dropout=self.dropout)
        if self.row_width % max(1, self.attention_heads // 2):
            raise ValueError(
                Errors.DRE526.format(width=self.row_width, attention_heads=self.attention_heads)
            )

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What weights are learnt under."""
        return {name: value for name, value in asdict(self).items() if name != "dropout"}


class Marked(NamedTuple):
    """A batch of documents with marked mentions: all that pairs are made from.

    batch (EntityBatch): The entities.
    tokens (Tensor): Token vectors of all documents, with marked mentions. *Shape:* (tokens, width)
    symbols (Tensor): Entity symbols. *Shape:* (entities, width)
    """

    batch: EntityBatch
    tokens: Tensor
    symbols: Tensor


class RowNetwork(nn.Module):
    """Entity symbols, pairs and the row decoder.

    sizes (Sizes): What it is for.
    shape (RowShape): Its shape.
    """

    fits: Tensor

    def __init__(self, sizes: Sizes, shape: RowShape) -> None:
        super().__init__()
        self.sizes = sizes
        width = sizes.width
        if width % shape.attention_heads:
            raise ValueError(
                Errors.DRE503.format(width=width, attention_heads=shape.attention_heads)
            )
        self.symbols = EntitySymbols(
            width, types=len(sizes.types), grounded=shape.grounded, features=shape.features
        )
        self.context = PairContext(
            width,
            attention_heads=shape.attention_heads,
            hidden=2 * width,
            dropout=shape.dropout,
            features=shape.features,
        )
        self.exchange = nn.ModuleList(
            PairExchange(
                width,
                attention_heads=shape.attention_heads,
                hidden=2 * width,
                dropout=shape.dropout,
            )
            for _ in range(shape.exchange_layers)
        )
        self.decoder = RowDecoder(
            width,
            shape.row_width,
            relations=len(sizes.labels),
            attention_heads=max(1, shape.attention_heads // 2),
            dropout=shape.dropout,
        )
        self.top_tails = TailScorer(width) if shape.guesses_tails else None
        self.register_buffer("fits", _role_types(sizes), persistent=False)

    def row_names(self) -> RowNames:
        """See `spacy_docre.models.named_rows`."""
        relations = relation_rows(self.sizes.labels)
        named = ("decoder.previous.weight", "decoder.relation.weight", "decoder.relation.bias")
        return {
            **dict.fromkeys(named, relations),
            "symbols.type_embedding.weight": type_rows(tuple(self.sizes.types)),
        }

    def read(self, reading: Reading, docs: Sequence[EntityDoc]) -> Marked:
        """Mark the mentions of documents.

        reading (Reading): What an encoder has read of them.
        docs (Sequence[EntityDoc]): The documents.
        RETURNS (Marked): Their entities as symbols, and their vectors with marked mentions.
        """
        batch = EntityBatch.of(docs, self.sizes.types, reading.vectors.device, reading.layouts)
        symbols, marked = self.symbols(reading.vectors, batch)
        return Marked(batch, marked, symbols)

    def pair_vectors(
        self,
        marked: Marked,
        pairs: Sequence[Tensor],
        seen: Optional[Sequence[Tensor]] = None,
    ) -> Tensor:
        """Represent pairs.

        marked (Marked): The documents.
        pairs (Sequence[Tensor]): For each document heads and tails. *Shape:* (pairs, 2)
        seen (Optional[Sequence[Tensor]]): Which of them others see in exchange layers; all of them
            if None. *Shape:* (pairs,)
        RETURNS (Tensor): *Shape:* (all pairs, width)
        """
        vectors = self.context(marked.tokens, marked.symbols, marked.batch, pairs)
        for layer in self.exchange:
            vectors = layer(vectors, pairs, seen)
        return vectors

    def allowed(self, head_types: Tensor, tail_types: Tensor) -> Tensor:
        """Whether the schema allows each relation between entities of two types.

        *Shape:* (…,), (…,) -> (…, 1 + relations), where NA is always allowed.
        """
        return self.fits[0, head_types] & self.fits[1, tail_types]


def _role_types(sizes: Sizes) -> Tensor:
    """Whether a type may fill a role. *Shape:* (2, 1 + types, 1 + relations)"""
    types = {"": 0, **sizes.types}
    fits = torch.ones(2, len(types), 1 + len(sizes.labels), dtype=torch.bool)
    for number, relation in enumerate(sizes.schema.relations, start=1):
        for role in range(2):
            for type, row in types.items():
                fits[role, row, number] = relation.arity == 2 and relation.allows(role, type)
    return fits
