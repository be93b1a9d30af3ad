"""What the text says about both entities of a pair."""

from collections.abc import Sequence
from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...pairs.batch import EntityBatch


class JointContext(nn.Module):
    """Attend to what both entities of a pair attend to (the localized context of ATLOP, Zhou et
    al. 2021).

    ATLOP multiplies the weights that its encoder gives to tokens from the head and from the tail.
    Token vectors come without such weights, so they are learnt: the query of a pair is
    the sum of a head part and a tail part, which multiplies weights as well. DORE's pairs
    attend in the same way.

    width (int): Width of the token vectors.
    attention_heads (int): Number of attention heads, a divisor of the width.
    """

    def __init__(self, width: int, *, attention_heads: int) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.norm_tokens = nn.LayerNorm(width)
        self.norm_entities = nn.LayerNorm(width)
        self.query = nn.Linear(width, 2 * width)
        self.key_value = nn.Linear(width, 2 * width)

    def forward(
        self, tokens: Tensor, entities: Tensor, batch: EntityBatch, pairs: Sequence[Tensor]
    ) -> Tensor:
        """Compute the context of pairs.

        tokens (Tensor): All tokens. *Shape:* (tokens, width)
        entities (Tensor): All entities. *Shape:* (entities, width)
        batch (EntityBatch): The entities.
        pairs (Sequence[Tensor]): For each document heads and tails. *Shape:* (pairs, 2)
        RETURNS (Tensor): *Shape:* (all pairs, width)
        """
        queries = self.query(self.norm_entities(entities)).split(batch.entities_per_doc)
        keys_values = self.key_value(self.norm_tokens(tokens)).split(batch.tokens_per_doc)
        contexts: List[Tensor] = []
        for query, key_value, ends in zip(queries, keys_values, pairs):
            as_head, as_tail = query.chunk(2, dim=1)
            key, value = key_value.chunk(2, dim=1)
            context = F.scaled_dot_product_attention(
                self._by_head(as_head[ends[:, 0]] + as_tail[ends[:, 1]]),
                self._by_head(key),
                self._by_head(value),
            )
            contexts.append(context.squeeze(0).transpose(0, 1).flatten(1))
        return torch.cat(contexts)

    def _by_head(self, vectors: Tensor) -> Tensor:
        """*Shape:* (n, width) -> (1, attention heads, n, depth)"""
        return vectors.unflatten(1, (self.attention_heads, -1)).transpose(0, 1).unsqueeze(0)
