"""Keys and values in tensors that have room for more, so that a step writes its own and copies none
of those before."""

from functools import cache
from typing import Any, List, Tuple

from torch import Tensor

from .extra import need

Layers = Tuple[Tuple[Tensor, Tensor], ...]
# How much room there is for more, once there has to be.
SPARE = 0.25


@cache
def _cache_class() -> Any:
    class RoomyCache(need("transformers").cache_utils.Cache):  # type: ignore[misc]
        """Keys and values, as `transformers` asks for them.

        layers (Layers): Keys and values with room for more. *Shape:* (R, heads, at least K, width)
        length (int): How many of them there are, K.
        """

        def __init__(self, layers: Layers, length: int) -> None:
            self.kept: List[Tuple[Tensor, Tensor]] = list(layers)
            self.length = length

        def update(
            self, key_states: Tensor, value_states: Tensor, layer_idx: int, cache_kwargs: Any = None
        ) -> Tuple[Tensor, Tensor]:
            """Add keys and values, and return all of a layer."""
            if layer_idx == len(self.kept):
                self.kept.append((key_states, value_states))
                return key_states, value_states
            keys, values = self.kept[layer_idx]
            keys = _extend(keys, key_states, self.length)
            values = _extend(values, value_states, self.length)
            self.kept[layer_idx] = keys, values
            total = self.length + key_states.shape[2]
            return keys[:, :, :total], values[:, :, :total]

        def get_seq_length(self, layer_idx: Any = 0) -> int:
            """RETURNS (int): How many there were before this pass."""
            return self.length

    return RoomyCache


def roomy_cache(layers: Layers, length: int) -> Any:
    """RETURNS (Cache): What a model adds keys and values to. What it is made of must not be
    continued once more, since that would be written to the same room."""
    return _cache_class()(layers, length)


def _extend(kept: Tensor, more: Tensor, length: int) -> Tensor:
    rows, heads, room, width = kept.shape
    total = length + more.shape[2]
    if total > room:
        roomier = kept.new_empty(rows, heads, int(total * (1 + SPARE)), width)
        roomier[:, :, :length] = kept[:, :, :length]
        kept = roomier
    kept[:, :, length:total] = more
    return kept
