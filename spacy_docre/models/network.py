"""The network of an extractor: what an encoder has besides thinc's layers, and its head."""

from typing import Any, Dict

from torch import nn

from .named_rows import RowNames
from .sizes import Sizes


class Network(nn.Module):
    """An encoder's module and a head's.

    encoder (Module): What `Encoder.initialize` made.
    head (Module): What `Head.network` made.
    sizes (Sizes): What the head is for.
    weight_settings (Dict[str, Any]): The settings that weights mean something under, see
        `Head.weight_settings`.
    """

    def __init__(
        self, encoder: nn.Module, head: nn.Module, sizes: Sizes, weight_settings: Dict[str, Any]
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.sizes = sizes
        self.weight_settings = weight_settings

    def row_names(self) -> RowNames:
        """See `NamedRows`."""
        parts: Dict[str, Any] = {"encoder": self.encoder, "head": self.head}
        return {
            f"{part}.{name}": rows
            for part, module in parts.items()
            if hasattr(module, "row_names")
            for name, rows in module.row_names().items()
        }
