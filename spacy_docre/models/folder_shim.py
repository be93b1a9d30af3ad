"""A thinc shim around a network of PyTorch that lies on disk as a folder."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, Optional, Union

import srsly
import torch
from thinc.api import Optimizer, get_torch_default_device
from thinc.shims import Shim
from thinc.types import FloatsXd
from torch import nn

from ..errors import Errors
from .averages import use_averages
from .stepping import Stepper


class FolderShim(Shim, ABC):
    """Hold a network that is built when there is something to build it from: in `initialize`, or
    when it is loaded. Unlike thinc's own shim for PyTorch, it needs no network to load into, and
    saves no pickle."""

    def __init__(self) -> None:
        super().__init__(None)
        self._stepper: Optional[Stepper] = None

    @property
    def network(self) -> Any:
        """RETURNS (Module): The network.
        RAISES (ValueError): If there is none yet.
        """
        if self._model is None:
            raise ValueError(Errors.DRE501)
        return self._model

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def stepper(self) -> Stepper:
        """RETURNS (Stepper): What steps the network. Made when it is first needed, since a
        pipeline that only extracts has no room for moments of parameters."""
        if self._stepper is None:
            self._stepper = self.make_stepper()
        return self._stepper

    @abstractmethod
    def make_stepper(self) -> Stepper:
        """RETURNS (Stepper): A new one, for the network as it is."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the network to an empty folder."""

    @abstractmethod
    def load(self, folder: Path) -> nn.Module:
        """RETURNS (Module): The network of a folder.
        RAISES (ValueError): If the config asks for another one, or the weights do not fit.
        """

    def hold(self, network: nn.Module, device: Union[str, torch.device]) -> None:
        """Hold another network. Moments of parameters stay where they were made."""
        self._model = network.to(device)
        self._stepper = None

    def __getstate__(self) -> Dict[str, Any]:
        """Moments of parameters belong to a training, and stay with it."""
        return {**self.__dict__, "_stepper": None}

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step all parameters that have gradients."""
        self.stepper.step(optimizer)

    @contextmanager
    def use_params(self, params: Dict[Any, FloatsXd]) -> Iterator[None]:
        """See `use_averages`."""
        with use_averages(self.id, self.network.named_parameters(), params):
            yield

    def to_device(self, device_type: str, device_id: int) -> None:
        if self._model is not None:
            self.hold(self.network, "cpu" if device_type == "cpu" else f"cuda:{device_id}")

    def to_disk(self, path: Any) -> None:
        """Write the network to a directory, empty if there is none."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        if self._model is not None:
            self.save(folder)

    def from_disk(self, path: Any) -> "FolderShim":
        """Build the network of a directory. See `load`."""
        folder = Path(path)
        if any(folder.iterdir()):
            self.hold(self.load(folder), get_torch_default_device())
        else:
            self._model, self._stepper = None, None
        return self

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): The files of the network."""
        with TemporaryDirectory() as folder:
            self.to_disk(folder)
            files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
            return srsly.msgpack_dumps(
                {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
            )

    def from_bytes(self, bytes_data: bytes) -> "FolderShim":
        """Build the network that was saved. See `load`."""
        with TemporaryDirectory() as folder:
            for name, data in srsly.msgpack_loads(bytes_data).items():
                # Names may come from a stranger.
                file = Path(folder, *(part for part in name.split("/") if part.strip(".")))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            return self.from_disk(folder)
