"""The thinc shim around a network: it builds it, steps it, saves and loads it."""

import contextlib
import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Callable, Dict, Generic, Optional, Type, TypeVar, cast

import srsly
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from thinc.api import Optimizer, get_torch_default_device, torch2xp, xp2torch
from thinc.shims import Shim
from thinc.types import FloatsXd
from torch import nn

from ..errors import Errors, Warnings
from ..rows import NamedRows, take_weights
from ..schema import Schema
from .settings import NetworkSettings

NetworkT = TypeVar("NetworkT", bound=nn.Module)


class NetworkShim(Shim, Generic[NetworkT]):
    """Hold a network that is built when its settings are known: in `initialize`, or when
    bytes are loaded. Unlike thinc's own shim for PyTorch, it therefore needs no network to load
    into, steps its parameters at a learning rate of their own, and honours parameter averages.

    network_type (Callable[[NetworkSettings], NetworkT]): The class of the network. It keeps the
        settings it is built with as `settings`.
    settings_type (Type[NetworkSettings]): The class of its settings.
    learn_rate_factor (float): The network's share of the optimizer's learning rate, which is
        made for the encoder when the two are trained together.
    shape (Mapping[str, Any]): What the config says of its settings. None is what `initialize`
        finds out.
    """

    def __init__(
        self,
        network_type: Callable[[Any], NetworkT],
        settings_type: Type[NetworkSettings],
        learn_rate_factor: float,
        shape: Mapping[str, Any],
    ) -> None:
        super().__init__(None)
        self.network_type = network_type
        self.settings_type = settings_type
        self.learn_rate_factor = learn_rate_factor
        self.shape = dict(shape)

    @property
    def network(self) -> NetworkT:
        """RETURNS (NetworkT): The network.
        RAISES (ValueError): If there is none yet.
        """
        if self._model is None:
            raise ValueError(Errors.DRE501)
        return cast(NetworkT, self._model)

    def build(self, settings: NetworkSettings) -> None:
        """Build a network, with new weights."""
        self._model = self.network_type(settings).to(get_torch_default_device())

    def grow(self, schema: Schema) -> None:
        """Build a network for more relations or types of entities, with the weights that there are.

        schema (Schema): All that its network knows, and more.
        """
        trained = cast(NamedRows, self.network)
        settings = cast(NetworkSettings, self.network.settings)
        device = self.device
        self.build(replace(settings, schema=schema))
        take_weights(cast(NamedRows, self.network.to(device)), trained)
        # An optimizer has moments of the old shapes.
        Shim.global_id += 1
        self.id = Shim.global_id

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step all parameters that have gradients."""
        for name, parameter in self.network.named_parameters():
            if parameter.grad is None:
                continue
            values, _ = optimizer(
                (self.id, name),
                cast(FloatsXd, torch2xp(parameter.data)),
                cast(FloatsXd, torch2xp(parameter.grad)),
                lr_scale=self.learn_rate_factor,
            )
            stepped = cast(torch.Tensor, xp2torch(values, device=parameter.device))
            # Optimizers step in place. Each array that is wrapped again keeps the one before
            # alive, so parameters stay what they are wherever they can.
            if stepped.data_ptr() != parameter.data_ptr():
                parameter.data.copy_(stepped)
            parameter.grad = None

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
            self._model.to("cpu" if device_type == "cpu" else f"cuda:{device_id}")

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): Settings as JSON and weights as safetensors."""
        if self._model is None:
            return srsly.msgpack_dumps({"settings": None, "weights": b""})
        weights = {
            name: tensor.detach().cpu().contiguous()
            for name, tensor in self.network.state_dict().items()
        }
        settings = json.dumps(cast(NetworkSettings, self.network.settings).to_dict())
        return srsly.msgpack_dumps({"settings": settings, "weights": save(weights)})

    def from_bytes(self, bytes_data: bytes) -> "NetworkShim":
        """Build the network that was saved, whatever the config says by now.

        RAISES (ValueError): If the weights do not fit the settings they were saved with.
        """
        data = srsly.msgpack_loads(bytes_data)
        settings: Optional[str] = data["settings"]
        if settings is None:
            self._model = None
            return self
        self.build(self.settings_type.from_dict(json.loads(settings)))
        try:
            self.network.load_state_dict(load(data["weights"]))
        except (RuntimeError, SafetensorError) as error:
            raise ValueError(Errors.DRE502.format(error=error)) from error
        self._warn_of_other_shape()
        return self

    def _warn_of_other_shape(self) -> None:
        given = {name: value for name, value in self.shape.items() if value is not None}
        saved = {name: getattr(self.network.settings, name) for name in given}
        changed = [name for name in given if given[name] != saved[name]]
        if changed:
            warnings.warn(
                Warnings.DRW504.format(
                    saved={name: saved[name] for name in changed},
                    given={name: given[name] for name in changed},
                ),
                stacklevel=2,
            )
