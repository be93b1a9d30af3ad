"""The thinc shim around adapters: it puts them on a base model, steps, saves and loads them.
The base model itself never enters its bytes."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Dict, List, Optional, cast

import srsly
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from thinc.api import Optimizer, torch2xp, xp2torch
from thinc.shims import Shim
from thinc.types import FloatsXd

from ..errors import Errors
from ..schema import Schema
from .base import CausalLM, check_identity, identity, load_base
from .endpoint import Endpoint
from .extra import need
from .interviewer import Interviewer, LocalInterviewer, RemoteInterviewer, Settings
from .language_model import LanguageModel
from .lora import LoRA


class AdapterShim(Shim):
    """Hold a language model with adapters, once it is needed.

    base (CausalLM): The base model.
    lora (LoRA): The settings of adapters.
    settings (Settings): What is asked, and how.
    endpoint (Optional[Endpoint]): Who answers, in place of a model in this process. The base
        model is then not loaded, and adapters are only kept.
    """

    def __init__(
        self, base: CausalLM, lora: LoRA, settings: Settings, endpoint: Optional[Endpoint] = None
    ) -> None:
        super().__init__(None)
        if lora.inference == "merge" and base.quantization != "none":
            raise ValueError(Errors.DRE640.format(quantization=base.quantization))
        self.base = base
        self.lora = lora
        self.settings = settings
        self.endpoint = endpoint
        self._optimizer: Any = None
        self._kept: Dict[str, Any] = {"settings": None, "adapters": {}}
        self._loaded: Any = None

    @property
    def interviewer(self) -> Interviewer:
        """RETURNS (Interviewer): Who asks the model.
        RAISES (ValueError): If nothing was initialized or loaded.
        """
        if self._model is None:
            raise ValueError(Errors.DRE605)
        return cast(Interviewer, self._model)

    @property
    def lm(self) -> LanguageModel:
        """The model in this process."""
        return cast(LocalInterviewer, self.interviewer).lm

    @property
    def is_local(self) -> bool:
        """Whether there is a model in this process."""
        return isinstance(self._model, LocalInterviewer)

    def build(self, schema: Schema) -> None:
        """Load the base model, if it is not loaded, and put new adapters on it."""
        if self.endpoint is not None:
            self.use_schema(schema)
            return
        if self._loaded is None:
            self._loaded = load_base(self.base)
        elif self._model is not None:
            tokenizer, _ = self._loaded
            self._loaded = tokenizer, self.lm.remove_adapters()
        self._model, self._optimizer = None, None
        tokenizer, model = self._loaded
        names = self.lora.names([stage.name for stage in self.settings.chain])
        lm = LanguageModel(tokenizer, model, self.lora, names)
        self._model = LocalInterviewer(lm, self.settings, schema)

    def use_schema(self, schema: Schema) -> None:
        """Ask about other relations from now on."""
        if self.endpoint is None:
            self._model = LocalInterviewer(self.lm, self.settings, schema)
        else:
            self._model = RemoteInterviewer(self.endpoint, self.lora, self.settings, schema)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step all parameters that have gradients."""
        if not self.is_local:
            return
        if self.lora.optimizer != "spacy":
            self._step_paged(optimizer)
            return
        for name, parameter in self.lm.parameters().items():
            if parameter.grad is None:
                continue
            values, _ = optimizer(
                (self.id, name),
                cast(FloatsXd, torch2xp(parameter.data)),
                cast(FloatsXd, torch2xp(parameter.grad)),
                lr_scale=self._factor(name),
            )
            stepped = cast(torch.Tensor, xp2torch(values, device=parameter.device))
            # Optimizers step in place. Each array that is wrapped again keeps the one before
            # alive, so parameters stay what they are wherever they can.
            if stepped.data_ptr() != parameter.data_ptr():
                parameter.data.copy_(stepped)
            parameter.grad = None

    def _step_paged(self, optimizer: Optimizer) -> None:
        """Step with an optimizer of bitsandbytes, at the learning rate of spaCy's."""
        parameters = self.lm.parameters()
        if self._optimizer is None:
            groups = [{"params": [p], "name": name} for name, p in parameters.items()]
            self._optimizer = need("bitsandbytes").optim.PagedAdamW8bit(groups)
        for group in self._optimizer.param_groups:
            group["lr"] = optimizer.learn_rate * self._factor(group["name"])
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def _factor(self, parameter: str) -> float:
        adapter = self.lm.adapter_of(parameter)
        factors = {stage.name: stage.learn_rate_factor for stage in self.settings.chain}
        return factors.get(adapter, 1.0)

    @contextlib.contextmanager
    def use_params(self, params: Dict[Any, FloatsXd]) -> Iterator[None]:
        """Swap in averaged parameters, for the time of a `with` block."""
        parameters = self.lm.parameters() if self.is_local else {}
        averaged = {n: p for n, p in parameters.items() if (self.id, n) in params}
        backup = {name: parameter.data for name, parameter in averaged.items()}
        for name, parameter in averaged.items():
            parameter.data = xp2torch(params[(self.id, name)], device=parameter.device)
        try:
            yield
        finally:
            for name, parameter in averaged.items():
                parameter.data = backup[name]
            if self.is_local:
                self.lm.merger.restore()

    def to_device(self, device_type: str, device_id: int) -> None:
        # Quantized and distributed models stay where they were loaded.
        if self.is_local and self.base.quantization == "none" and not self.base.device_map:
            self.lm.merger.restore()
            self.lm.model.to("cpu" if device_type == "cpu" else f"cuda:{device_id}")

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): What belongs to the adapters as JSON, and their weights as
        safetensors. Nothing of the base model but its name and shape."""
        if not self.is_local:
            return srsly.msgpack_dumps(self._kept)
        settings = {
            "base": identity(self.base, self.lm.base),
            "lora": self.lora.to_dict(),
            "schema": self.interviewer.schema.to_dict(),
            "texts": dict(self.settings.texts),
        }
        adapters = {name: save(self.lm.weights(name)) for name in self.lm.adapters}
        return srsly.msgpack_dumps({"settings": json.dumps(settings), "adapters": adapters})

    def from_bytes(self, bytes_data: bytes) -> "AdapterShim":
        """Load adapters, onto a base model that is loaded by its name.

        RAISES (ValueError): If the base model is absent or another one, or the adapters do not
            fit the settings.
        """
        self._kept = data = srsly.msgpack_loads(bytes_data)
        if data["settings"] is None:
            self._model = None
            return self
        settings = json.loads(data["settings"])
        self._check_lora(settings["lora"], list(data["adapters"]))
        self.settings = self.settings.with_texts(settings["texts"])
        self.build(Schema.from_dict(settings["schema"]))
        if self.endpoint is not None:
            return self
        check_identity(settings["base"], identity(self.base, self.lm.base))
        for name, weights in data["adapters"].items():
            try:
                self.lm.load_weights(name, load(weights))
            except (RuntimeError, SafetensorError) as error:
                raise ValueError(Errors.DRE616.format(problem=error)) from error
        # From here on they are what the model says.
        self._kept = {"settings": None, "adapters": {}}
        return self

    def _check_lora(self, saved: Dict[str, Any], adapters: List[str]) -> None:
        expected = self.lora.names([stage.name for stage in self.settings.chain])
        if sorted(adapters) != sorted(expected):
            problem = f"there are adapters for {adapters}, but the config names {expected}"
            raise ValueError(Errors.DRE616.format(problem=problem))
        for key in ("rank", "alpha", "target_modules"):
            wanted = self.lora.to_dict()[key]
            if saved[key] != wanted:
                problem = f"{key} is {wanted!r} in the config, but they have {saved[key]!r}"
                raise ValueError(Errors.DRE616.format(problem=problem))
