"""The thinc shim around the network: it builds it, steps it, saves and loads it."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional, Type, cast

import srsly
import torch
from thinc.api import Optimizer, get_torch_default_device
from thinc.shims import Shim

from ...errors import Errors, Warnings
from ...rows import take_weights
from ...schema import Schema
from .backbone import Backbone
from .files import Loaded, pack, read_network, unpack, write_network
from .network import PretrainedNetwork
from .stepping import Stepper


class Seq2SeqShim(Shim):
    """Hold a network that is built when its settings are known: in `initialize`, or when it is
    loaded.

    kind (Type[PretrainedNetwork]): What network it is.
    learn_rate_factor (float): The learning rate of new parameters, as a multiple of the
        optimizer's.
    gradient_checkpointing (bool): Whether to compute states again on the way back.
    mixed_precision (Optional[torch.dtype]): What a GPU computes in where that is safe.
    given (Mapping[str, Any]): What the config says of the settings of the network.
    """

    def __init__(
        self,
        kind: Type[PretrainedNetwork],
        learn_rate_factor: float,
        gradient_checkpointing: bool,
        mixed_precision: Optional[torch.dtype],
        given: Mapping[str, Any],
    ) -> None:
        super().__init__(None)
        self.kind = kind
        self.learn_rate_factor = learn_rate_factor
        self.gradient_checkpointing = gradient_checkpointing
        self.mixed_precision = mixed_precision
        self.given = given
        self._tokenizer: Any = None
        self._stepper: Optional[Stepper] = None

    @property
    def network(self) -> PretrainedNetwork:
        """RETURNS (PretrainedNetwork): The network.
        RAISES (ValueError): If there is none yet.
        """
        if self._model is None:
            raise ValueError(Errors.DRE501)
        return cast(PretrainedNetwork, self._model)

    @property
    def tokenizer(self) -> Any:
        """RETURNS (PreTrainedTokenizerBase): The tokenizer of the network."""
        return self._tokenizer

    @property
    def stepper(self) -> Stepper:
        """RETURNS (Stepper): What steps the network. Made when it is first needed, since a
        pipeline that only extracts has no room for moments of parameters."""
        if self._stepper is None:
            self._stepper = Stepper(self.network, self.learn_rate_factor)
        return self._stepper

    def build(self, backbone: Backbone, settings: Any) -> None:
        """Build a network of pretrained weights and new symbols."""
        self._hold(Loaded(self._made(backbone, settings), backbone.tokenizer))

    def grow(self, schema: Schema) -> None:
        """Build a network for more relations or types of entities, with the weights that there are.

        schema (Schema): All that its network knows, and more.
        """
        trained = self.network
        settings = trained.settings.grown(schema)
        # Symbols begin as pieces of the pretrained model, which both networks share.
        network = self._made(Backbone(trained.model, self.tokenizer), settings)
        take_weights(network.to(trained.device), trained)
        self._hold(Loaded(network, self.tokenizer))

    def _made(self, backbone: Backbone, settings: Any) -> PretrainedNetwork:
        network = self.kind(backbone.model, settings)  # type: ignore[call-arg]
        output = None
        if network.symbols.output is not None:
            output = backbone.model.get_output_embeddings().weight
        network.symbols.start_from(
            network.symbol_pieces(backbone.tokenizer),
            backbone.model.get_input_embeddings().weight,
            output,
        )
        positions = network.family.positions()
        if positions is not None:
            network.symbols.repeat_positions(positions)
        return network

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step all parameters, at the rates of spaCy's optimizer."""
        self.stepper.step(optimizer)

    def to_device(self, device_type: str, device_id: int) -> None:
        if self._model is not None:
            self._model.to("cpu" if device_type == "cpu" else f"cuda:{device_id}")
            self._settle()

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): The files of the network."""
        files = {} if self._model is None else pack(self.network, self.tokenizer)
        return srsly.msgpack_dumps(files)

    def from_bytes(self, bytes_data: bytes) -> "Seq2SeqShim":
        """Build the network that was saved."""
        files = srsly.msgpack_loads(bytes_data)
        self._hold(unpack(files, self.kind) if files else None)
        return self

    def to_disk(self, path: Any) -> None:
        """Write the network to a directory, empty if there is none."""
        if self._model is None:
            Path(path).mkdir(parents=True, exist_ok=True)
        else:
            write_network(Path(path), self.network, self.tokenizer)

    def from_disk(self, path: Any) -> "Seq2SeqShim":
        """Build the network of a directory."""
        self._hold(read_network(Path(path), self.kind) if any(Path(path).iterdir()) else None)
        return self

    def _hold(self, loaded: Optional[Loaded]) -> None:
        self._stepper = None
        if loaded is None:
            self._model = self._tokenizer = None
            return
        self._model = loaded.network.to(get_torch_default_device())
        self._tokenizer = loaded.tokenizer
        self.network.use_checkpoints(self.gradient_checkpointing)
        self._settle()
        self._warn_of_other_settings()

    def _warn_of_other_settings(self) -> None:
        saved = self.network.settings.unlike(self.given)
        if saved:
            given = {**self.given, **self.given.get("shape", {})}
            warnings.warn(
                Warnings.DRW504.format(saved=saved, given={name: given[name] for name in saved}),
                stacklevel=2,
            )

    def _settle(self) -> None:
        on_gpu = self.network.device.type != "cpu"
        self.network.compute_type = self.mixed_precision if on_gpu else None
        # Moments of parameters stay where they were made.
        self._stepper = None
