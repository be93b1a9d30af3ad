"""How the decoders of two families of models compute.

Only the names of modules are relied on, under which weights are published and which therefore
stay; not the signatures of `forward` and the classes of caches, which differ between versions
of `transformers`. That is also what lets rows share the keys and values of their document.
"""

import math
from typing import Any, Callable, Dict, List, Optional, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import Errors
from .attention import Attention

# From normalized states to what attention makes of them. *Shape:* (rows, positions, width)
Attend = Callable[[Attention, Tensor], Tensor]


class Layer(Protocol):
    """A layer of a pretrained decoder."""

    own: Attention
    cross: Attention

    def __call__(self, states: Tensor, look_back: Attend, look_at_doc: Attend) -> Tensor:
        """*Shape:* (rows, positions, width) -> (rows, positions, width)"""
        ...


class Family(Protocol):
    """A pretrained decoder.

    layers (List[Layer]): Its layers.
    input_scale (float): What embeddings are multiplied by before they are read.
    output_scale (float): What its states are multiplied by before they become logits.
    longest_input (Optional[int]): How much text the encoder can read at once.
    input_multiple (int): What the length of its input must be a multiple of.
    longest_output (Optional[int]): How many symbols the decoder can read.
    global_first (bool): Whether the encoder needs to know that all see the first position.
    layer_drop (float): The rate at which training leaves out layers.
    """

    layers: List[Any]
    input_scale: float
    output_scale: float
    longest_input: Optional[int]
    input_multiple: int
    longest_output: Optional[int]
    global_first: bool
    layer_drop: float

    def start(self, embeddings: Tensor, position: int, further: Optional[Tensor] = None) -> Tensor:
        """From embeddings of symbols to the input of the first layer.

        embeddings (Tensor): *Shape:* (rows, positions, width)
        position (int): The first of the positions.
        further (Optional[Tensor]): Embeddings of positions after `longest_output`, where there is
            such a limit. *Shape:* (further positions, width)
        RETURNS (Tensor): *Shape:* (rows, positions, width)
        """
        ...

    def finish(self, states: Tensor) -> Tensor:
        """From the output of the last layer to states that become logits."""
        ...

    def bias(self, position: int, positions: int) -> Optional[Tensor]:
        """What to add to the scores of positions over themselves and those before.

        position (int): The first of the positions.
        positions (int): How many there are.
        RETURNS (Optional[Tensor]): *Shape:* (1, heads, positions, position + positions)
        """
        ...

    def positions(self) -> Optional[Tensor]:
        """RETURNS (Optional[Tensor]): Embeddings of positions, if the decoder adds such.
        *Shape:* (longest output, width)"""
        ...


class T5Family:
    """T5 and its relatives: normalization first, relative positions."""

    def __init__(self, model: Any) -> None:
        config = model.config
        self.decoder = model.get_decoder()
        self.layers: List[Any] = [T5Layer(block, config) for block in self.decoder.block]
        self.input_scale = 1.0
        self.output_scale = config.d_model**-0.5 if config.tie_word_embeddings else 1.0
        self.longest_input: Optional[int] = None
        self.input_multiple = 1
        self.longest_output: Optional[int] = None
        self.global_first = False
        self.layer_drop = 0.0
        self.buckets = config.relative_attention_num_buckets
        self.max_distance = config.relative_attention_max_distance

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
        by_distance = table(self._bucket(torch.arange(count, device=device))).T
        query = torch.arange(position, count, device=device).unsqueeze(1)
        distance = query - torch.arange(count, device=device)
        bias = by_distance[:, distance.clamp(min=0)]
        return bias.masked_fill(distance < 0, -math.inf).unsqueeze(0)

    def _bucket(self, distance: Tensor) -> Tensor:
        """The bucket of a distance: each small one has its own, larger ones share those whose
        width grows (T5, Raffel et al. 2020, Section 2.1). *Shape:* (…,) -> (…,)"""
        exact = self.buckets // 2
        ratio = (distance.float().clamp(min=1) / exact).log() / math.log(self.max_distance / exact)
        far = exact + (ratio * (self.buckets - exact)).long()
        return torch.where(distance < exact, distance, far.clamp(max=self.buckets - 1))


class T5Layer:
    """A block of T5's decoder."""

    def __init__(self, block: Any, config: Any) -> None:
        self.block = block
        self.own = self._attention(block.layer[0].SelfAttention, config)
        self.cross = self._attention(block.layer[1].EncDecAttention, config)

    def __call__(self, states: Tensor, look_back: Attend, look_at_doc: Attend) -> Tensor:
        own, cross, feed_forward = self.block.layer
        states = states + own.dropout(look_back(self.own, own.layer_norm(states)))
        states = states + cross.dropout(look_at_doc(self.cross, cross.layer_norm(states)))
        return feed_forward(states)

    @staticmethod
    def _attention(module: Any, config: Any) -> Attention:
        return Attention(
            module,
            query=module.q,
            key=module.k,
            value=module.v,
            output=module.o,
            heads=config.num_heads,
            scale=1.0,
            dropout=config.dropout_rate,
        )


class BartFamily:
    """BART and its relatives, LED among them: absolute positions.

    norm_first (bool): Whether a layer normalizes what goes into its parts, or what comes out.
    """

    def __init__(self, model: Any, norm_first: bool) -> None:
        config = model.config
        self.decoder = model.get_decoder()
        self.layers: List[Any] = [
            BartLayer(layer, config, norm_first) for layer in self.decoder.layers
        ]
        # LED has no such setting, and does not scale.
        scaled = getattr(config, "scale_embedding", False)
        self.input_scale = config.d_model**0.5 if scaled else 1.0
        self.output_scale = 1.0
        # Of LED, encoder and decoder have limits of their own.
        limit = getattr(config, "max_position_embeddings", None)
        self.longest_input = getattr(config, "max_encoder_position_embeddings", limit)
        self.longest_output = getattr(config, "max_decoder_position_embeddings", limit)
        windows = getattr(config, "attention_window", [])
        self.global_first = bool(windows)
        self.input_multiple = max([windows] if isinstance(windows, int) else [1, *windows])
        self.layer_drop = config.decoder_layerdrop

    def start(self, embeddings: Tensor, position: int, further: Optional[Tensor] = None) -> Tensor:
        table = self.positions()
        end = position + embeddings.shape[1]
        if further is not None and end > len(table):
            table = torch.cat([table, further])
        states = embeddings + table[position:end]
        norm = getattr(self.decoder, "layernorm_embedding", None)
        return self._drop(states if norm is None else norm(states))

    def finish(self, states: Tensor) -> Tensor:
        norm = getattr(self.decoder, "layer_norm", None)
        return states if norm is None else norm(states)

    def bias(self, position: int, positions: int) -> Optional[Tensor]:
        return None

    def positions(self) -> Tensor:
        positions = self.decoder.embed_positions
        return positions.weight[getattr(positions, "offset", 0) :]

    def _drop(self, states: Tensor) -> Tensor:
        return F.dropout(states, self.decoder.dropout, self.decoder.training)


class BartLayer:
    """A layer of BART's decoder."""

    def __init__(self, layer: Any, config: Any, norm_first: bool) -> None:
        self.layer = layer
        self.norm_first = norm_first
        self.own = self._attention(layer.self_attn, config)
        self.cross = self._attention(layer.encoder_attn, config)

    def __call__(self, states: Tensor, look_back: Attend, look_at_doc: Attend) -> Tensor:
        layer = self.layer
        states = self._around(
            states, layer.self_attn_layer_norm, lambda normed: look_back(self.own, normed)
        )
        states = self._around(
            states, layer.encoder_attn_layer_norm, lambda normed: look_at_doc(self.cross, normed)
        )
        return self._around(states, layer.final_layer_norm, self._feed_forward)

    def _around(self, states: Tensor, norm: nn.Module, part: Callable[[Tensor], Tensor]) -> Tensor:
        made = part(norm(states) if self.norm_first else states)
        states = states + F.dropout(made, self.layer.dropout, self.layer.training)
        return states if self.norm_first else norm(states)

    def _feed_forward(self, states: Tensor) -> Tensor:
        hidden = self.layer.activation_fn(self.layer.fc1(states))
        hidden = F.dropout(hidden, self.layer.activation_dropout, self.layer.training)
        return self.layer.fc2(hidden)

    @staticmethod
    def _attention(module: Any, config: Any) -> Attention:
        heads = config.decoder_attention_heads
        return Attention(
            module,
            query=module.q_proj,
            key=module.k_proj,
            value=module.v_proj,
            output=module.out_proj,
            heads=heads,
            scale=(config.d_model // heads) ** -0.5,
            dropout=config.attention_dropout,
        )


# The types of models, as their settings name them, and how their decoders compute.
FAMILIES: Dict[str, Callable[[Any], Family]] = {
    "t5": T5Family,
    "mt5": T5Family,
    "longt5": T5Family,
    "bart": lambda model: BartFamily(model, norm_first=False),
    "led": lambda model: BartFamily(model, norm_first=False),
    "mbart": lambda model: BartFamily(model, norm_first=True),
    "pegasus": lambda model: BartFamily(model, norm_first=True),
}


def family_of(model: Any) -> Family:
    """RETURNS (Family): How the decoder of a model computes.
    RAISES (ValueError): If that is not known.
    """
    make = FAMILIES.get(model.config.model_type)
    if make is None:
        raise ValueError(Errors.DRE522.format(type=model.config.model_type, known=list(FAMILIES)))
    return make(model)
