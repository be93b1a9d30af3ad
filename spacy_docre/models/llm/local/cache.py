"""Keys and values in tensors that have room for more, so that a step writes its own and copies none
of those before."""

from functools import cache
from typing import Any, List, Tuple

from torch import Tensor

from ....optional_packages import need

Layers = Tuple[Tuple[Tensor, Tensor], ...]
# How much room there is for more, once there has to be.
SPARE = 0.25


@cache
def _cache_class() -> Any:
    class KeyValues(need("transformers").cache_utils.Cache):  # type: ignore[misc]
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
            keys, values = self.add(key_states, value_states, layer_idx)
            total = self.length + key_states.shape[2]
            return keys[:, :, :total], values[:, :, :total]

        def add(self, keys: Tensor, values: Tensor, layer: int) -> Tuple[Tensor, Tensor]:
            """Add keys and values, and return all of a layer with the room for more."""
            if layer == len(self.kept):
                self.kept.append((keys, values))
            else:
                before, others = self.kept[layer]
                self.kept[layer] = (
                    _extend(before, keys, self.length),
                    _extend(others, values, self.length),
                )
            return self.kept[layer]

        def room(self, total: int) -> int:
            """RETURNS (int): For how many there is room once there are so many."""
            return _room(self.kept[0][0].shape[2] if self.kept else total, total)

        def get_seq_length(self, layer_idx: Any = 0) -> int:
            """RETURNS (int): How many there were before this pass."""
            return self.length

    return KeyValues


def key_values(layers: Layers, length: int) -> Any:
    """RETURNS (Cache): What a model adds keys and values to. What it is made of must not be
    continued once more, since that would be written to the same room."""
    return _cache_class()(layers, length)


def _room(room: int, total: int) -> int:
    return room if total <= room else int(total * (1 + SPARE))


def _extend(kept: Tensor, more: Tensor, length: int) -> Tensor:
    rows, heads, before, width = kept.shape
    total = length + more.shape[2]
    room = _room(before, total)
    if room > before:
        # What belongs to a token lies together, so that tokens can be looked up.
        roomier = kept.new_empty(rows, room, heads, width).transpose(1, 2)
        roomier[:, :, :length] = kept[:, :, :length]
        kept = roomier
    kept[:, :, length:total] = more
    return kept
