"""The thinc shim around an extractor's network: it builds it, steps it, saves and loads it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Dict, cast

import srsly
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from thinc.api import get_torch_default_device
from thinc.shims import Shim
from torch import Tensor

from ..data.entities import EntityDoc
from ..data.schema import Schema
from ..errors import Errors
from .encoders.encoder import Encoder
from .folder_shim import FolderShim
from .heads.head import Head
from .named_rows import take_weights
from .network import Network
from .sizes import Sizes
from .stepping import Stepper

# What a saved network consists of, besides the encoder's folder.
SETTINGS = "settings.json"
WEIGHTS = "weights.safetensors"
ENCODER = "encoder"


class NetworkShim(FolderShim):
    """Hold the network of an extractor.

    encoder (Encoder): Makes the network's encoder.
    head (Head): Makes its head.
    learn_rate_factor (float): The learning rate of new parameters, as a multiple of the
        optimizer's, which is made for the encoder when the two are trained together.
    divides (bool): Whether documents much longer than those of training are divided.
    """

    def __init__(
        self, encoder: Encoder, head: Head, learn_rate_factor: float, *, divides: bool = True
    ) -> None:
        super().__init__()
        self.divides = divides
        self.encoder = encoder
        self.head = head
        self.learn_rate_factor = learn_rate_factor

    @property
    def network(self) -> Network:
        """See `FolderShim`."""
        return cast(Network, super().network)

    def make_stepper(self) -> Stepper:
        """See `FolderShim`."""
        return self.encoder.stepper(self.network, self.id, self.learn_rate_factor)

    def build(self, docs: Sequence[EntityDoc], schema: Schema) -> None:
        """Build a network, with new weights where none are pretrained.

        docs (Sequence[EntityDoc]): A sample of documents, with gold triples.
        schema (Schema): The relations.
        """
        module, width = self.encoder.initialize(docs, schema)
        sizes = Sizes.of(schema, docs, width, self.head.max_labels)
        network = Network(module, self.head.network(sizes), sizes, self.head.weight_settings())
        self.hold(network, get_torch_default_device())
        self.head.prepare(self.network, docs)

    def grow(self, schema: Schema) -> None:
        """Build a network for more relations or types of entities, with the weights that there are.

        schema (Schema): All that its network knows, and more.
        """
        trained, device = self.network, self.device
        sizes, weight_settings = replace(trained.sizes, schema=schema), trained.weight_settings
        # A head that refuses does so before anything is changed.
        head = self.head.network(sizes, weight_settings)
        module = self.encoder.grow(trained.encoder, schema)
        network = Network(module, head, sizes, weight_settings).to(device)
        take_weights(network, trained)
        self.hold(network, device)
        # An optimizer has moments of the old shapes.
        Shim.global_id += 1
        self.id = Shim.global_id

    def save(self, folder: Path) -> None:
        """See `FolderShim`."""
        encoder = folder / ENCODER
        encoder.mkdir(exist_ok=True)
        self.encoder.save(self.network.encoder, encoder)
        weights = {
            name: tensor.detach().cpu().contiguous()
            for name, tensor in _own_state(self.network).items()
        }
        save_file(weights, folder / WEIGHTS)
        srsly.write_json(
            folder / SETTINGS,
            {"sizes": self.network.sizes.to_dict(), "head": self.network.weight_settings},
        )

    def load(self, folder: Path) -> Network:
        """See `FolderShim`."""
        saved = srsly.read_json(folder / SETTINGS)
        sizes = Sizes.from_dict(saved["sizes"])
        if self.head.max_labels is not None:  # no weights depend on it
            sizes = replace(sizes, max_labels=self.head.max_labels)
        module = self.encoder.load(folder / ENCODER)
        weight_settings = saved["head"]
        if not isinstance(weight_settings, dict):
            raise ValueError(Errors.DRE502.format(error="nothing says what they were learnt under"))
        network = Network(module, self.head.network(sizes, weight_settings), sizes, weight_settings)
        try:
            weights = load_file(folder / WEIGHTS)
            different = sorted(weights.keys() ^ _own_state(network).keys())
            if different:
                raise RuntimeError(f"other weights: {different}")
            broken = sorted(n for n, w in weights.items() if not bool(torch.isfinite(w).all()))
            if broken:
                # Whatever is computed from them compares as false, so that nothing is found.
                raise RuntimeError(f"{broken[0]} has values that are no finite numbers")
            network.load_state_dict(weights, strict=False)
        except (RuntimeError, SafetensorError) as error:
            raise ValueError(Errors.DRE502.format(error=error)) from error
        return network


def _own_state(network: Network) -> Dict[str, Tensor]:
    """All weights but those that the encoder saves in its own way."""
    return {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.startswith(f"{ENCODER}.model.")
    }
