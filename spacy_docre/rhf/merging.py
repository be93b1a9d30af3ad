"""Adapters that are added to the weights of their layers while they are in use, which saves two
products of matrices in each layer."""

from typing import Any, Dict

from torch import Tensor


class Merger:
    """Adds adapters to weights, one at a time. The weights themselves are kept, so that what is
    taken out again leaves no trace.

    model (PeftModel): The model.
    """

    def __init__(self, model: Any) -> None:
        self._layers = [layer for layer in model.modules() if hasattr(layer, "get_delta_weight")]
        self._kept: Dict[int, Tensor] = {}
        self.adapter = ""

    def merge(self, adapter: str) -> None:
        """Add an adapter, in place of another one."""
        if adapter == self.adapter:
            return
        self.restore()
        for number, layer in enumerate(self._layers):
            weight = layer.get_base_layer().weight
            self._kept[number] = weight.data
            weight.data = weight.data + layer.get_delta_weight(adapter).detach().to(weight.dtype)
            # What peft calls merged computes the layer alone.
            layer.merged_adapters.append(adapter)
        self.adapter = adapter

    def restore(self) -> None:
        """Take out what was added."""
        for number, weight in self._kept.items():
            layer = self._layers[number]
            layer.get_base_layer().weight.data = weight
            layer.merged_adapters.clear()
        self._kept.clear()
        self.adapter = ""
