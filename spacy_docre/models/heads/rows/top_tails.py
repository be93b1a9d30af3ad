"""Which tails are worth asking a head about. Pairs are as many as the square of the entities, so
that in documents with many of them nearly all time goes into pairs that hold nothing. A product of
two small vectors per entity tells most of those apart, and leaves a row of bounded length."""

from collections.abc import Sequence
from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...pairs.batch import DISTANCE_BUCKETS, EntityBatch

# Width of the vectors that are multiplied.
RANK = 64


class TailScorer(nn.Module):
    """Guess from two symbols and their distance whether there is any relation between them: a
    low-rank bilinear classifier. It learns from the symbols as they are, and does not move them.

    width (int): Width of the symbols.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, RANK)
        self.tail = nn.Linear(width, RANK)
        self.distance = nn.Embedding(2 * DISTANCE_BUCKETS + 1, 1)
        nn.init.zeros_(self.distance.weight)

    def forward(self, symbols: Tensor, batch: EntityBatch) -> List[Tensor]:
        """Compute the logits.

        symbols (Tensor): All entity symbols. *Shape:* (entities, width)
        batch (EntityBatch): The entities.
        RETURNS (List[Tensor]): For each document, heads by tails. *Shape:* (entities, entities)
        """
        normed = self.norm(symbols.detach())
        heads = (self.head(normed) / RANK**0.5).split(batch.entities_per_doc)
        tails = self.tail(normed).split(batch.entities_per_doc)
        return [
            head @ tail.T + self.distance(distance).squeeze(-1)
            for head, tail, distance in zip(heads, tails, batch.distance)
        ]

    def losses(
        self,
        symbols: Tensor,
        batch: EntityBatch,
        pairs: Sequence[Tensor],
        related: Sequence[Tensor],
    ) -> Tensor:
        """The loss of each document: the negative log-likelihood of what its pairs hold.

        symbols (Tensor): All entity symbols. *Shape:* (entities, width)
        batch (EntityBatch): The entities.
        pairs (Sequence[Tensor]): For each document heads and tails. *Shape:* (pairs, 2)
        related (Sequence[Tensor]): Whether they hold a relation. *Shape:* (pairs,)
        RETURNS (Tensor): *Shape:* (docs,)
        """
        losses = [
            F.binary_cross_entropy_with_logits(
                logits[own[:, 0], own[:, 1]], truth.to(logits.dtype), reduction="sum"
            )
            for logits, own, truth in zip(self(symbols, batch), pairs, related)
        ]
        return torch.stack(losses)


def most_likely(logits: Tensor, possible: Tensor, count: int) -> Tensor:
    """Choose the tails of each head.

    logits (Tensor): Heads by tails. *Shape:* (entities, entities)
    possible (Tensor): Which pairs there are. *Shape:* (entities, entities)
    count (int): How many pairs a row may have.
    RETURNS (Tensor): The pairs that remain. *Shape:* (entities, entities)
    """
    if count >= len(logits):
        return possible
    best = logits.masked_fill(~possible, float("-inf")).topk(count, dim=1).indices
    return torch.zeros_like(possible).scatter(1, best, True) & possible
