"""What the document says about two entities: one vector for each cell of the matrix."""

import math
from collections.abc import Sequence
from typing import List

import torch
from torch import Tensor, nn

from .batch import DISTANCE_BUCKETS, EntityBatch

# Attention weights of cells are made in slices of at most this many numbers.
SLICE = 16_000_000


class CellContext(nn.Module):
    """Represent cells (head, tail) by the two symbols and the text they attend to jointly.

    The query of a cell is the sum of a head part and a tail part, so attention logits are
    computed per entity and added per cell: the cell attends to what both attend to, which
    is ATLOP's localized context (Zhou et al. 2021), here learnt from symbols alone. A
    document costs entities x tokens products in place of cells x tokens.

    width (int): Width of the vectors.
    heads (int): Number of attention heads.
    hidden (int): Width of the feed-forward layer.
    dropout (float): Dropout rate.
    """

    def __init__(self, width: int, *, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_tokens = nn.LayerNorm(width)
        self.norm_symbols = nn.LayerNorm(width)
        self.query = nn.Linear(width, 2 * width)
        self.key_value = nn.Linear(width, 2 * width)
        self.symbol = nn.Linear(width, 2 * width)
        self.context = nn.Linear(width, 2 * width, bias=False)
        self.product = nn.Linear(width, width)
        self.distance = nn.Embedding(2 * DISTANCE_BUCKETS + 1, width)
        nn.init.normal_(self.distance.weight, std=0.1)
        self.norm_hidden = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, tokens: Tensor, symbols: Tensor, batch: EntityBatch, cells: Sequence[Tensor]
    ) -> Tensor:
        """Compute the vectors of cells.

        tokens (Tensor): All tokens, with marked mentions. *Shape:* (tokens, width)
        symbols (Tensor): All entity symbols. *Shape:* (entities, width)
        batch (EntityBatch): The entities.
        cells (Sequence[Tensor]): For each document the head and tail of each cell, as indices
            into its entities. *Shape:* (cells, 2)
        RETURNS (Tensor): The vectors, document by document. *Shape:* (all cells, width)
        """
        keys_values = self.key_value(self.norm_tokens(tokens)).split(batch.tokens_per_doc)
        normed = self.norm_symbols(symbols)
        queries = self.query(normed).split(batch.entities_per_doc)
        parts = self.symbol(normed)
        context: List[Tensor] = []
        head_rows: List[Tensor] = []
        tail_rows: List[Tensor] = []
        distance: List[Tensor] = []
        first = 0
        for doc, pairs in enumerate(cells):
            head, tail = pairs[:, 0], pairs[:, 1]
            context.append(self._attend(queries[doc], keys_values[doc], head, tail))
            head_rows.append(head + first)
            tail_rows.append(tail + first)
            distance.append(batch.distance[doc][head, tail])
            first += batch.entities_per_doc[doc]
        head_part, tail_part = parts.chunk(2, dim=1)
        head_context, tail_context = self.context(torch.cat(context)).chunk(2, dim=1)
        heads = torch.tanh(head_part[torch.cat(head_rows)] + head_context)
        tails = torch.tanh(tail_part[torch.cat(tail_rows)] + tail_context)
        # Sum and product: a linear and a (low-rank) bilinear view of the two.
        vectors = heads + tails + self.product(self.dropout(heads * tails))
        vectors = vectors + self.distance(torch.cat(distance))
        return vectors + self.dropout(self.feed_forward(self.norm_hidden(vectors)))

    def _attend(self, queries: Tensor, keys_values: Tensor, head: Tensor, tail: Tensor) -> Tensor:
        """One document. *Shapes:* (entities, 2 width), (tokens, 2 width), (cells,), (cells,)
        -> (cells, width)
        """
        tokens, width = len(keys_values), keys_values.shape[1] // 2
        depth = width // self.heads
        keys, values = keys_values.view(tokens, 2, self.heads, depth).unbind(1)
        queries = queries.view(-1, 2, self.heads, depth) / math.sqrt(depth)
        # (heads, entities, tokens), one for the entity as head and one as tail.
        as_head, as_tail = torch.einsum("erhd,nhd->rhen", queries, keys)
        values = values.transpose(0, 1)
        step = max(1, SLICE // max(1, tokens * self.heads))
        out = []
        for i in range(0, max(1, len(head)), step):
            weights = torch.softmax(
                as_head[:, head[i : i + step]] + as_tail[:, tail[i : i + step]], dim=-1
            )
            out.append((weights @ values).transpose(0, 1).reshape(-1, width))
        return torch.cat(out)
