"""What the document says about two entities: one vector for each pair."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import List, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...pairs.batch import DISTANCE_BUCKETS, EntityBatch
from ...pairs.features import PairFeatures
from ...pairs.pooling import mention_vectors
from ...pairs.salience import NEAR, nearby_mentions

# What comes after attention happens in slices of this many pairs, which fit a processor's cache:
# a document of 200 entities has 40,000.
SLICE = 2048


class PairContext(nn.Module):
    """Represent pairs (head, tail) by the two symbols, the text they attend to jointly and, on
    demand, their closest mentions and how often they are mentioned near each other.

    The query of a pair is the sum of a head part and a tail part, so its attention logits are
    the sum of theirs: the pair attends to what both attend to, which is ATLOP's localized
    context (Zhou et al. 2021), here learnt from symbols alone. The logits could be computed
    per entity and added per pair, but torch's fused attention, which never holds pairs x tokens
    weights in memory, is faster in spite of its additional products.

    width (int): Width of the vectors.
    attention_heads (int): Number of attention heads.
    hidden (int): Width of the feed-forward layer.
    dropout (float): Dropout rate.
    features (PairFeatures): What a pair knows besides.
    """

    def __init__(
        self,
        width: int,
        *,
        attention_heads: int,
        hidden: int,
        dropout: float,
        features: PairFeatures,
    ) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.norm_tokens = nn.LayerNorm(width)
        self.norm_symbols = nn.LayerNorm(width)
        self.query = nn.Linear(width, 2 * width)
        self.key_value = nn.Linear(width, 2 * width)
        self.symbol = nn.Linear(width, 2 * width)
        self.context = nn.Linear(width, 2 * width, bias=False)
        self.local = nn.Linear(width, 2 * width, bias=False) if features.closest_mentions else None
        self.product = nn.Linear(width, width)
        self.distance = nn.Embedding(2 * DISTANCE_BUCKETS + 1, width)
        nn.init.normal_(self.distance.weight, std=0.1)
        self.nearby = nn.Linear(len(NEAR), width) if features.salience else None
        self.norm_hidden = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, tokens: Tensor, symbols: Tensor, batch: EntityBatch, pairs: Sequence[Tensor]
    ) -> Tensor:
        """Compute the vectors of pairs.

        tokens (Tensor): All tokens, with marked mentions. *Shape:* (tokens, width)
        symbols (Tensor): All entity symbols. *Shape:* (entities, width)
        batch (EntityBatch): The entities.
        pairs (Sequence[Tensor]): For each document the head and tail of each pair, as indices
            into its entities. *Shape:* (pairs, 2)
        RETURNS (Tensor): The vectors, document by document. *Shape:* (all pairs, width)
        """
        keys_values = self.key_value(self.norm_tokens(tokens)).split(batch.tokens_per_doc)
        normed = self.norm_symbols(symbols)
        queries = self.query(normed).split(batch.entities_per_doc)
        context: List[Tensor] = []
        places: List[Tensor] = []
        first = 0
        for doc, own in enumerate(pairs):
            head, tail = own.unbind(1)
            closest, distance = batch.closest[doc], batch.distance[doc]
            context.append(self._attend(queries[doc], keys_values[doc], head, tail))
            rows = [head + first, tail + first, closest[head, tail], closest[tail, head]]
            places.append(torch.stack([*rows, distance[head, tail]]))
            first += batch.entities_per_doc[doc]
        head_part, tail_part = self.symbol(normed).chunk(2, dim=1)
        if self.local is not None:
            mentions = self.norm_tokens(mention_vectors(tokens, batch))
            head_local, tail_local = self.local(mentions).chunk(2, dim=1)
        near: Iterable[Optional[Tensor]] = repeat(None)
        if self.nearby is not None:
            near = nearby_mentions(batch, pairs).to(tokens.dtype).split(SLICE)
        vectors = []
        for shared, place, nearby in zip(
            torch.cat(context).split(SLICE), torch.cat(places, dim=1).split(SLICE, dim=1), near
        ):
            head, tail, head_mention, tail_mention, distance = place
            heads, tails = head_part[head], tail_part[tail]
            if self.local is not None:
                heads = heads + head_local[head_mention]
                tails = tails + tail_local[tail_mention]
            apart = self.distance(distance)
            if self.nearby is not None and nearby is not None:
                apart = apart + self.nearby(nearby)
            vectors.append(self._combine(heads, tails, shared, apart))
        return torch.cat(vectors)

    def attention(
        self, tokens: Tensor, symbols: Tensor, batch: EntityBatch, pairs: Sequence[Tensor]
    ) -> List[Tensor]:
        """Where pairs look. All weights at once, which `forward` takes care never to hold:
        meant for a few pairs.

        As in `forward`.
        RETURNS (List[Tensor]): For each document the share of its attention that each pair gives
            to each token, averaged over attention heads. *Shape:* (pairs, tokens)
        """
        keys = self.key_value(self.norm_tokens(tokens)).chunk(2, dim=1)[0]
        queries = self.query(self.norm_symbols(symbols)).split(batch.entities_per_doc)
        found = []
        for asked, own_keys, own in zip(queries, keys.split(batch.tokens_per_doc), pairs):
            as_head, as_tail = asked.chunk(2, dim=1)
            query = self._by_head(as_head[own[:, 0]] + as_tail[own[:, 1]]).squeeze(0)
            logits = query @ self._by_head(own_keys).squeeze(0).transpose(1, 2)
            found.append((logits / query.shape[-1] ** 0.5).softmax(-1).mean(0))
        return found

    def _combine(self, heads: Tensor, tails: Tensor, context: Tensor, distance: Tensor) -> Tensor:
        """The vectors of pairs, from their two sides, shared context and distance.

        *Shapes:* (pairs, width) each
        """
        head_context, tail_context = self.context(context).chunk(2, dim=1)
        heads = torch.tanh(heads + head_context)
        tails = torch.tanh(tails + tail_context)
        # Sum and product: a linear and a (low-rank) bilinear view of the two.
        vectors = heads + tails + self.product(self.dropout(heads * tails)) + distance
        return vectors + self.dropout(self.feed_forward(self.norm_hidden(vectors)))

    def _attend(self, queries: Tensor, keys_values: Tensor, head: Tensor, tail: Tensor) -> Tensor:
        """One document. *Shapes:* (entities, 2 width), (tokens, 2 width), (pairs,), (pairs,)
        -> (pairs, width)
        """
        as_head, as_tail = queries.chunk(2, dim=1)
        keys, values = keys_values.chunk(2, dim=1)
        context = F.scaled_dot_product_attention(
            self._by_head(as_head[head] + as_tail[tail]),
            self._by_head(keys),
            self._by_head(values),
        )
        return context.squeeze(0).transpose(0, 1).flatten(1)

    def _by_head(self, vectors: Tensor) -> Tensor:
        """*Shape:* (n, width) -> (1, attention heads, n, depth)"""
        return vectors.unflatten(1, (self.attention_heads, -1)).transpose(0, 1).unsqueeze(0)
