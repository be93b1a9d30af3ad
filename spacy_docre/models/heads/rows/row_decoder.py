"""The row decoder: a small causal transformer that reads the pairs of a head entity one after
another, each with the relation generated before it, and generates relations and tails.
"""

from typing import Callable, List, Optional, Tuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Keys and values of a layer. *Shape:* (rows, attention heads, positions, depth) each.
LayerCache = Tuple[Tensor, Tensor]
Cache = List[LayerCache]
# Entities are told apart by how far they follow or precede the head, up to this many places.
OFFSETS = 8


class RowDecoder(nn.Module):
    """Generate the symbols of rows.

    A position stands for a pair and the relation before it, so that a tail and its relation
    take one position in place of two. Relation 0 is NA, and "none before".

    pair_width (int): Width of the pairs.
    width (int): Width of the decoder.
    relations (int): Number of relations.
    attention_heads (int): Number of attention heads.
    dropout (float): Dropout rate.
    depth (int): Number of layers.
    """

    def __init__(
        self,
        pair_width: int,
        width: int,
        *,
        relations: int,
        attention_heads: int,
        dropout: float,
        depth: int = 1,
    ) -> None:
        super().__init__()
        self.cell = nn.Linear(pair_width, width)
        self.previous = nn.Embedding(relations + 1, width)
        nn.init.normal_(self.previous.weight, std=0.1)
        self.layers = nn.ModuleList(
            CausalLayer(width, attention_heads=attention_heads, dropout=dropout)
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)
        self.relation = nn.Linear(width, relations + 1)
        self.next_query = nn.Linear(2 * width, width)
        self.next_key = nn.Linear(pair_width, width)
        self.end = nn.Parameter(torch.randn(width) * 0.1)
        # Negatives lie in bands around the diagonal, which symbols alone hardly tell.
        self.next_offset = nn.Parameter(torch.zeros(2 * OFFSETS + 1, width))

    def forward(
        self,
        pairs: Tensor,
        previous: Tensor,
        cache: Optional[Cache] = None,
        visible: Optional[Tensor] = None,
    ) -> Tuple[Tensor, Cache]:
        """Read positions: a whole row, or one more after those in the cache. Padding belongs at
        the end of a row, where no other position sees it.

        pairs (Tensor): The pairs, as `project` returns them. *Shape:* (rows, positions, width)
        previous (Tensor): The relation before each position. *Shape:* (rows, positions)
        cache (Optional[Cache]): What `forward` returned for earlier positions.
        visible (Optional[Tensor]): What each position sees of those in the cache and of the new
            ones, which must be something; itself and all before it if None.
            *Shape:* (rows, positions, cached positions + positions)
        RETURNS (Tuple[Tensor, Cache]): The states, *Shape:* (rows, positions, width), and the
            cache to go on from.
        """
        states = pairs + self.previous(previous)
        extended: Cache = []
        for i, layer in enumerate(self.layers):
            states, keys_values = layer(states, cache[i] if cache else None, visible)
            extended.append(keys_values)
        return self.norm(states), extended

    def read_rows(
        self,
        pairs: Tensor,
        previous: Tensor,
        grid: Callable[[Tensor], Tensor],
        flat: Callable[[Tensor], Tensor],
        visible: Optional[Tensor] = None,
        wanted: Optional[Tensor] = None,
    ) -> Tensor:
        """Read whole rows of different lengths. Only attention happens on a grid of them, with
        padding, and states that nobody wants are not computed beyond what others see of them.

        pairs (Tensor): The pairs, as `project` returns them. *Shape:* (positions, width)
        previous (Tensor): The relation before each position. *Shape:* (positions,)
        grid (Callable[[Tensor], Tensor]): *Shape:* (positions, …) -> (rows, columns, …)
        flat (Callable[[Tensor], Tensor]): Its inverse.
        visible (Optional[Tensor]): As in `forward`. *Shape:* (rows, columns, columns)
        wanted (Optional[Tensor]): Which states are wanted, all of them if None.
            *Shape:* (positions,)
        RETURNS (Tensor): The states. *Shape:* (wanted positions, width)
        """
        states = pairs + self.previous(previous)
        for number, layer in enumerate(cast("List[CausalLayer]", self.layers), start=1):
            attended, _ = layer.attend(grid(layer.look(states)), None, visible)
            attended = flat(attended)
            if wanted is not None and number == len(self.layers):
                states, attended = states[wanted], attended[wanted]
            states = layer.think(states, attended)
        return self.norm(states)

    def project(self, pairs: Tensor) -> Tensor:
        """Bring pairs to the decoder's width, once for all passes over them."""
        return self.cell(pairs)

    def relation_logits(self, states: Tensor) -> Tensor:
        """*Shape:* (…, width) -> (…, 1 + relations), of which the first is NA."""
        return self.relation(states)

    def next_logits(
        self, states: Tensor, relations: Tensor, pairs: Tensor, offsets: Tensor
    ) -> Tensor:
        """Logits of the entity that follows, given the relation just generated.

        states (Tensor): *Shape:* (rows, positions, width)
        relations (Tensor): *Shape:* (rows, positions)
        pairs (Tensor): The unprojected pairs of each row's head with every entity.
            *Shape:* (rows, entities, pair width)
        offsets (Tensor): How far each entity follows the head, in order of first appearance.
            *Shape:* (rows, entities)
        RETURNS (Tensor): The first is the end of the row. *Shape:* (rows, positions, 1 + entities)
        """
        query = self.next_query(torch.cat([states, self.previous(relations)], dim=-1))
        query = query / query.shape[-1] ** 0.5
        place = offsets.clamp(-OFFSETS, OFFSETS) + OFFSETS
        keys = self.next_key(pairs) + self.next_offset[place]
        entities = query @ keys.transpose(1, 2)
        return torch.cat([(query @ self.end).unsqueeze(-1), entities], dim=-1)


class CausalLayer(nn.Module):
    """A pre-norm transformer layer whose positions see only those before them.

    width (int): Width of the states.
    attention_heads (int): Number of attention heads.
    dropout (float): Dropout rate.
    """

    def __init__(self, width: int, *, attention_heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.rate = dropout
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.norm_hidden = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, states: Tensor, cache: Optional[LayerCache], visible: Optional[Tensor]
    ) -> Tuple[Tensor, LayerCache]:
        """*Shape:* (rows, positions, width), and the cache with these positions added."""
        attended, cache = self.attend(self.look(states), cache, visible)
        return self.think(states, attended), cache

    def look(self, states: Tensor) -> Tensor:
        """Queries, keys and values. *Shape:* (…, width) -> (…, 3 width)"""
        return self.query_key_value(self.norm_attention(states))

    def attend(
        self, packed: Tensor, cache: Optional[LayerCache], visible: Optional[Tensor]
    ) -> Tuple[Tensor, LayerCache]:
        """*Shape:* (rows, positions, 3 width) -> (rows, positions, width), and the cache"""
        split = packed.unflatten(2, (3, self.attention_heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        if cache is not None:
            key = torch.cat([cache[0], key], dim=2)
            value = torch.cat([cache[1], value], dim=2)
        attended = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=None if visible is None else visible.unsqueeze(1),
            dropout_p=self.rate if self.training else 0.0,
            is_causal=visible is None and cache is None,
        )
        return attended.transpose(1, 2).flatten(2), (key, value)

    def think(self, states: Tensor, attended: Tensor) -> Tensor:
        """The states after what they attended to. *Shapes:* (…, width) each -> (…, width)"""
        states = states + self.dropout(self.output(attended))
        return states + self.dropout(self.feed_forward(self.norm_hidden(states)))
