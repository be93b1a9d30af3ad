"""How BART and its relatives compute."""

from typing import Any, Callable, List, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import Attend, Attention


class BartFamily:
    """BART and its relatives, LED among them: absolute positions.

    norm_first (bool): Whether a layer normalizes what goes into its parts, or what comes out.
    """

    def __init__(self, model: Any, norm_first: bool) -> None:
        config = model.config
        self.encoder = model.get_encoder()
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
        # Of LED, all positions and the first one see each other, whatever lies between.
        self.global_first = bool(windows)
        self.input_multiple = max([windows] if isinstance(windows, int) else [1, *windows])
        self.layer_drop = config.decoder_layerdrop

    def read(self, embeddings: Tensor, visible: Tensor) -> Tensor:
        options = {}
        if self.global_first:
            options["global_attention_mask"] = torch.zeros_like(visible, dtype=torch.long)
            options["global_attention_mask"][:, 0] = 1
        states: Tensor = self.encoder(
            inputs_embeds=embeddings, attention_mask=visible.long(), **options
        )[0]
        return states

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
        attention_heads = config.decoder_attention_heads
        return Attention(
            module,
            query=module.q_proj,
            key=module.k_proj,
            value=module.v_proj,
            output=module.out_proj,
            attention_heads=attention_heads,
            scale=(config.d_model // attention_heads) ** -0.5,
            dropout=config.attention_dropout,
        )
