"""The thinc shim around an extractor's network: it builds it, steps it, saves and loads it."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, Optional, Union, cast

import srsly
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from thinc.api import Optimizer, get_torch_default_device, xp2torch
from thinc.shims import Shim
from thinc.types import FloatsXd
from torch import Tensor

from ..data.entities import EntityDoc
from ..data.schema import Schema
from ..errors import Errors
from .encoders.encoder import Encoder
from .heads.head import Head
from .named_rows import take_weights
from .network import Network
from .sizes import Sizes
from .stepping import Stepper

# What a saved network consists of, besides the encoder's folder.
SETTINGS = "settings.json"
WEIGHTS = "weights.safetensors"
ENCODER = "encoder"


class NetworkShim(Shim):
    """Hold a network that is built when its sizes are known: in `initialize`, or when it is loaded.
    Unlike thinc's own shim for PyTorch, it therefore needs no network to load into.

    encoder (Encoder): Makes the network's encoder.
    head (Head): Makes its head.
    learn_rate_factor (float): The learning rate of new parameters, as a multiple of the
        optimizer's, which is made for the encoder when the two are trained together.
    divides (bool): Whether documents much longer than those of training are divided.
    """

    def __init__(
        self, encoder: Encoder, head: Head, learn_rate_factor: float, *, divides: bool = True
    ) -> None:
        super().__init__(None)
        self.divides = divides
        self.encoder = encoder
        self.head = head
        self.learn_rate_factor = learn_rate_factor
        self._stepper: Optional[Stepper] = None

    @property
    def network(self) -> Network:
        """RETURNS (Network): The network.
        RAISES (ValueError): If there is none yet.
        """
        if self._model is None:
            raise ValueError(Errors.DRE501)
        return cast(Network, self._model)

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def stepper(self) -> Stepper:
        """RETURNS (Stepper): What steps the network. Made when it is first needed, since a
        pipeline that only extracts has no room for moments of parameters."""
        if self._stepper is None:
            self._stepper = self.encoder.stepper(self.network, self.id, self.learn_rate_factor)
        return self._stepper

    def build(self, docs: Sequence[EntityDoc], schema: Schema) -> None:
        """Build a network, with new weights where none are pretrained.

        docs (Sequence[EntityDoc]): A sample of documents, with gold triples.
        schema (Schema): The relations.
        """
        module, width = self.encoder.initialize(docs, schema)
        sizes = Sizes.of(schema, docs, width, self.head.max_labels)
        network = Network(module, self.head.network(sizes), sizes, self.head.weight_settings())
        self._hold(network, get_torch_default_device())
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
        self._hold(network, device)
        # An optimizer has moments of the old shapes.
        Shim.global_id += 1
        self.id = Shim.global_id

    def __getstate__(self) -> Dict[str, Any]:
        """Moments of parameters belong to a training, and stay with it."""
        return {**self.__dict__, "_stepper": None}

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step all parameters that have gradients."""
        self.stepper.step(optimizer)

    @contextlib.contextmanager
    def use_params(self, params: Dict[Any, FloatsXd]) -> Iterator[None]:
        """Swap in averaged parameters, for the time of a `with` block."""
        names = [
            name for name in dict(self.network.named_parameters()) if (self.id, name) in params
        ]
        backup = {name: self.network.get_parameter(name).data for name in names}
        for name in names:
            device = backup[name].device
            self.network.get_parameter(name).data = xp2torch(params[(self.id, name)], device=device)
        try:
            yield
        finally:
            for name in names:
                self.network.get_parameter(name).data = backup[name]

    def to_device(self, device_type: str, device_id: int) -> None:
        if self._model is not None:
            self._hold(self.network, "cpu" if device_type == "cpu" else f"cuda:{device_id}")

    def to_disk(self, path: Any) -> None:
        """Write the network to a directory, empty if there is none."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if self._model is None:
            return
        encoder = path / ENCODER
        encoder.mkdir(exist_ok=True)
        self.encoder.save(self.network.encoder, encoder)
        weights = {
            name: tensor.detach().cpu().contiguous()
            for name, tensor in _own_state(self.network).items()
        }
        save_file(weights, path / WEIGHTS)
        srsly.write_json(
            path / SETTINGS,
            {"sizes": self.network.sizes.to_dict(), "head": self.network.weight_settings},
        )

    def from_disk(self, path: Any) -> "NetworkShim":
        """Build the network of a directory.

        RAISES (ValueError): If the config asks for another one, or the weights do not fit.
        """
        path = Path(path)
        if not any(path.iterdir()):
            self._model, self._stepper = None, None
            return self
        saved = srsly.read_json(path / SETTINGS)
        sizes = Sizes.from_dict(saved["sizes"])
        if self.head.max_labels is not None:  # no weights depend on it
            sizes = replace(sizes, max_labels=self.head.max_labels)
        module = self.encoder.load(path / ENCODER)
        weight_settings = saved["head"]
        if not isinstance(weight_settings, dict):
            raise ValueError(Errors.DRE502.format(error="nothing says what they were learnt under"))
        network = Network(module, self.head.network(sizes, weight_settings), sizes, weight_settings)
        try:
            weights = load_file(path / WEIGHTS)
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
        self._hold(network, get_torch_default_device())
        return self

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): The files of the network."""
        with TemporaryDirectory() as folder:
            self.to_disk(folder)
            files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
            return srsly.msgpack_dumps(
                {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
            )

    def from_bytes(self, bytes_data: bytes) -> "NetworkShim":
        """Build the network that was saved. See `from_disk`."""
        with TemporaryDirectory() as folder:
            for name, data in srsly.msgpack_loads(bytes_data).items():
                # Names may come from a stranger.
                file = Path(folder, *(part for part in name.split("/") if part.strip(".")))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            if any(Path(folder).iterdir()):
                Path(folder, ENCODER).mkdir(exist_ok=True)
            return self.from_disk(folder)

    def _hold(self, network: Network, device: Union[str, torch.device]) -> None:
        self._model = network.to(device)
        # Moments of parameters stay where they were made.
        self._stepper = None


def _own_state(network: Network) -> Dict[str, Tensor]:
    """All weights but those that the encoder saves in its own way."""
    return {
        name: tensor
        for name, tensor in network.state_dict().items()
        if not name.startswith(f"{ENCODER}.model.")
    }
