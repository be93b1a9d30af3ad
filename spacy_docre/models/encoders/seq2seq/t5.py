"""How T5 and its relatives compute."""

import math
from typing import Any, List, Optional

import torch
from torch import Tensor

from .attention import Attend, Attention


class T5Family:
    """T5 and its relatives: normalization first, relative positions.

    looks_everywhere (bool): Whether each position of a text sees all others.
    """

    def __init__(self, model: Any, looks_everywhere: bool = True) -> None:
        config = model.config
        self.encoder = model.get_encoder()
        self.decoder = model.get_decoder()
        self.layers: List[Any] = [T5Layer(block, config) for block in self.decoder.block]
        self.readers: List[T5Reader] = []
        if looks_everywhere:
            self.readers = [T5Reader(block, config) for block in self.encoder.block]
        self.input_scale = 1.0
        self.output_scale = config.d_model**-0.5 if config.tie_word_embeddings else 1.0
        self.longest_input: Optional[int] = None
        self.input_multiple = 1
        self.longest_output: Optional[int] = None
        self.layer_drop = 0.0
        self.buckets = config.relative_attention_num_buckets
        self.max_distance = config.relative_attention_max_distance

    def read(self, embeddings: Tensor, visible: Tensor) -> Tensor:
        # In training the bias learns, for which torch has no fused attention.
        if self.encoder.training or not self.readers:
            read: Tensor = self.encoder(inputs_embeds=embeddings, attention_mask=visible.long())[0]
            return read
        bias = self._bias_both_ways(embeddings.shape[1])
        if not visible.all():
            bias = bias.masked_fill(~visible[:, None, None], -math.inf)
        states = embeddings
        for layer in self.readers:
            states = layer(states, bias)
        return self.encoder.final_layer_norm(states)

    def start(self, embeddings: Tensor, position: int, further: Optional[Tensor] = None) -> Tensor:
        return self.decoder.dropout(embeddings)

    def finish(self, states: Tensor) -> Tensor:
        return self.decoder.dropout(self.decoder.final_layer_norm(states))

    def positions(self) -> Optional[Tensor]:
        return None

    def bias(self, position: int, positions: int) -> Optional[Tensor]:
        table: Any = self.layers[0].own.module.relative_attention_bias
        count = position + positions
        device = table.weight.device
        # How much a position counts depends only on how far back it lies.
        by_distance = table(self._bucket(torch.arange(count, device=device), self.buckets)).T
        query = torch.arange(position, count, device=device).unsqueeze(1)
        distance = query - torch.arange(count, device=device)
        bias = by_distance[:, distance.clamp(min=0)]
        return bias.masked_fill(distance < 0, -math.inf).unsqueeze(0)

    def _bias_both_ways(self, length: int) -> Tensor:
        """What to add to the scores of the encoder. One half of the buckets is for what lies ahead.
        *Shape:* (1, attention heads, length, length)"""
        table: Any = self.readers[0].own.module.relative_attention_bias
        half = self.buckets // 2
        ahead = torch.arange(1 - length, length, device=table.weight.device)
        by_distance = table(self._bucket(ahead.abs(), half) + half * (ahead > 0)).T
        place = torch.arange(length, device=table.weight.device)
        return by_distance[:, place - place.unsqueeze(1) + length - 1].unsqueeze(0)

    def _bucket(self, distance: Tensor, buckets: int) -> Tensor:
        """The bucket of a distance: each small one has its own, larger ones share those whose
        width grows (T5, Raffel et al. 2020, Section 2.1). *Shape:* (…,) -> (…,)"""
        exact = buckets // 2
        ratio = (distance.float().clamp(min=1) / exact).log() / math.log(self.max_distance / exact)
        far = exact + (ratio * (buckets - exact)).long()
        return torch.where(distance < exact, distance, far.clamp(max=buckets - 1))


class T5Reader:
    """A block of T5's encoder, outside of training."""

    def __init__(self, block: Any, config: Any) -> None:
        self.block = block
        self.own = t5_attention(block.layer[0].SelfAttention, config)

    def __call__(self, states: Tensor, bias: Tensor) -> Tensor:
        """*Shapes:* (texts, positions, width), (texts or 1, attention heads, positions,
        positions) -> (texts, positions, width)"""
        own, feed_forward = self.block.layer
        normed = own.layer_norm(states)
        seen = self.own.attend(self.own.queries(normed), self.own.keys_values(normed), bias)
        return feed_forward(states + self.own.output(seen))


class T5Layer:
    """A block of T5's decoder."""

    def __init__(self, block: Any, config: Any) -> None:
        self.block = block
        self.own = t5_attention(block.layer[0].SelfAttention, config)
        self.cross = t5_attention(block.layer[1].EncDecAttention, config)

    def __call__(self, states: Tensor, look_back: Attend, look_at_doc: Attend) -> Tensor:
        own, cross, feed_forward = self.block.layer
        states = states + own.dropout(look_back(self.own, own.layer_norm(states)))
        states = states + cross.dropout(look_at_doc(self.cross, cross.layer_norm(states)))
        return feed_forward(states)


def t5_attention(module: Any, config: Any) -> Attention:
    """RETURNS (Attention): An attention module of T5, which does not scale scores."""
    return Attention(
        module,
        query=module.q,
        key=module.k,
        value=module.v,
        output=module.o,
        attention_heads=config.num_heads,
        scale=1.0,
        dropout=config.dropout_rate,
    )
