"""Pairs that know of the other pairs of their row and of their column."""

from collections.abc import Sequence
from typing import List, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PairExchange(nn.Module):
    """A layer in which each pair attends to the pairs that have its head, and to those that have
    its tail: axial attention over the relation matrix (Tan et al. 2022, "Document-Level Relation
    Extraction with Adaptive Focal Loss and Knowledge Distillation", Section 3.1).

    Which of several heads a tail is related to is a question about all of them, and the row
    decoder sees no more of the matrix than a row.

    width (int): Width of the vectors.
    attention_heads (int): Number of attention heads. They must divide the width.
    hidden (int): Width of the feed-forward layer.
    dropout (float): Dropout rate.
    """

    def __init__(self, width: int, *, attention_heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.norm = nn.LayerNorm(width)
        self.in_row = nn.Linear(width, 3 * width)
        self.in_column = nn.Linear(width, 3 * width)
        self.output = nn.Linear(2 * width, width)
        self.norm_hidden = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        vectors: Tensor,
        pairs: Sequence[Tensor],
        seen: Optional[Sequence[Tensor]] = None,
    ) -> Tensor:
        """Let pairs see each other. Documents do not.

        vectors (Tensor): The vectors of pairs, document by document. *Shape:* (all pairs, width)
        pairs (Sequence[Tensor]): For each document the head and tail of each pair, no pair twice.
            *Shape:* (pairs, 2)
        seen (Optional[Sequence[Tensor]]): Which of them others see; all of them if None.
            *Shape:* (pairs,)
        RETURNS (Tensor): *Shape:* (all pairs, width)
        """
        sizes = [len(own) for own in pairs]
        normed = self.norm(vectors)
        rows, columns = self.in_row(normed).split(sizes), self.in_column(normed).split(sizes)
        found: List[Tensor] = [vectors[:0].repeat(1, 2)]
        whole: Sequence[Optional[Tensor]] = [None] * len(pairs)
        for own, row, column, own_seen in zip(pairs, rows, columns, seen or whole):
            if len(own):
                head = own[:, 0].unique(return_inverse=True)[1]
                tail = own[:, 1].unique(return_inverse=True)[1]
                in_row = self._attend(row, head, tail, own_seen)
                in_column = self._attend(column, tail, head, own_seen)
                found.append(torch.cat([in_row, in_column], dim=1))
        vectors = vectors + self.dropout(self.output(torch.cat(found)))
        return vectors + self.dropout(self.feed_forward(self.norm_hidden(vectors)))

    def _attend(
        self, query_key_value: Tensor, line: Tensor, place: Tensor, seen: Optional[Tensor]
    ) -> Tensor:
        """Attention within each line of a document's matrix, of which each has a pair.

        *Shapes:* (pairs, 3 width), (pairs,), (pairs,), (pairs,) -> (pairs, width)
        """
        shape = (int(line.max()) + 1, int(place.max()) + 1)
        grid = query_key_value.new_zeros(*shape, query_key_value.shape[1])
        grid = grid.index_put((line, place), query_key_value)
        there = torch.zeros(shape, dtype=torch.bool, device=line.device)
        there[line, place] = True if seen is None else seen
        mask = there[:, None, None]
        if seen is not None:  # A pair that others do not see sees itself.
            mask = mask | torch.eye(shape[1], dtype=torch.bool, device=line.device)
        query, key, value = grid.unflatten(2, (3, self.attention_heads, -1)).permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return found.transpose(1, 2).flatten(2)[line, place]
