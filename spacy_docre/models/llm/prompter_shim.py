"""The thinc shim around adapters: it puts them on a base model, steps, saves and loads them.
The base model itself never enters its bytes."""

import json
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Dict, List, Optional, cast

import srsly
from safetensors import SafetensorError
from safetensors.torch import load, save
from thinc.api import Optimizer
from thinc.shims import Shim
from thinc.types import FloatsXd

from ...data.schema import Schema
from ...errors import Errors
from ..averages import use_averages
from ..stepping import ThincStepper
from .local.base_model import CausalLM, check_identity, identity, load_base
from .local.language_model import LanguageModel
from .local.lora import LoRA
from .prompter import LocalPrompter, Prompter, RemotePrompter
from .prompter_settings import PrompterSettings
from .remote.endpoint import Endpoint

# The bytes of adapters that were neither trained nor loaded.
NOTHING: bytes = srsly.msgpack_dumps({"settings": None, "adapters": {}})


class PrompterShim(Shim):
    """Hold who asks a language model, once it is known what to ask.

    lora (LoRA): Which stage uses which adapter.
    settings (PrompterSettings): What is asked, and how.
    endpoint (Optional[Endpoint]): Who answers, in place of a model in this process.
    """

    def __init__(
        self, lora: LoRA, settings: PrompterSettings, endpoint: Optional[Endpoint]
    ) -> None:
        super().__init__(None)
        self.lora = lora
        self.settings = settings
        self.endpoint = endpoint

    @property
    def prompter(self) -> Prompter:
        """RETURNS (Prompter): Who asks the model.
        RAISES (ValueError): If nothing was initialized or loaded.
        """
        if self._model is None:
            raise ValueError(Errors.DRE605)
        return cast(Prompter, self._model)

    @property
    def is_local(self) -> bool:
        """Whether there is a model in this process."""
        return isinstance(self._model, LocalPrompter)

    def build(self, schema: Schema) -> None:
        """Make all that is needed to ask about a schema, anew."""
        self.use_schema(schema)

    @abstractmethod
    def use_schema(self, schema: Schema) -> None:
        """Ask about other relations from now on."""


class AdapterShim(PrompterShim):
    """Hold a language model with adapters, once it is needed.

    base (CausalLM): The base model.
    lora (LoRA): The settings of adapters.
    settings (PrompterSettings): What is asked, and how.
    endpoint (Optional[Endpoint]): Who answers, in place of a model in this process. The base
        model is then not loaded, and adapters are only kept.
    """

    def __init__(
        self,
        base: CausalLM,
        lora: LoRA,
        settings: PrompterSettings,
        endpoint: Optional[Endpoint] = None,
    ) -> None:
        super().__init__(lora, settings, endpoint)
        self.base = base
        # What was loaded, as long as no model in this process has it.
        self._kept = NOTHING
        self._loaded: Any = None

    @property
    def lm(self) -> LanguageModel:
        """The model in this process."""
        return cast(LocalPrompter, self.prompter).lm

    @property
    def _adapters(self) -> List[str]:
        return self.lora.names([stage.name for stage in self.settings.chain])

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
        self._model = None
        tokenizer, model = self._loaded
        lm = LanguageModel(tokenizer, model, self.lora, self._adapters)
        self._model = LocalPrompter(lm, self.settings, schema)

    def use_schema(self, schema: Schema) -> None:
        """Ask about other relations from now on."""
        if self.endpoint is None:
            self._model = LocalPrompter(self.lm, self.settings, schema)
        else:
            self._model = RemotePrompter(self.endpoint, self.lora, self.settings, schema)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step all parameters that have gradients."""
        if self.is_local:
            parameters = self.lm.parameters()
            ThincStepper(self.id, parameters.items, lambda name: 1.0).step(optimizer)

    @contextmanager
    def use_params(self, params: Dict[Any, FloatsXd]) -> Iterator[None]:
        """See `use_averages`."""
        parameters = self.lm.parameters() if self.is_local else {}
        with use_averages(self.id, parameters.items(), params):
            yield

    def to_device(self, device_type: str, device_id: int) -> None:
        # Quantized and distributed models stay where they were loaded.
        if self.is_local and self.base.quantization == "none" and not self.base.device_map:
            self.lm.model.to("cpu" if device_type == "cpu" else f"cuda:{device_id}")

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): What belongs to the adapters as JSON, and their weights as
        safetensors. Nothing of the base model but its name and shape."""
        if not self.is_local:
            return self._kept
        settings = {
            "base": identity(self.base, self.lm.base),
            "lora": self.lora.to_dict(),
            "schema": self.prompter.schema.to_dict(),
            "texts": dict(self.settings.texts),
        }
        adapters = {name: save(self.lm.weights(name)) for name in self.lm.adapters}
        return srsly.msgpack_dumps({"settings": json.dumps(settings), "adapters": adapters})

    def from_bytes(self, bytes_data: bytes) -> "AdapterShim":
        """Load adapters, onto a base model that is loaded by its name.

        RAISES (ValueError): If the base model is absent or another one, or the adapters do not
            fit the settings.
        """
        self._kept, data = bytes_data, srsly.msgpack_loads(bytes_data)
        if data["settings"] is None:
            self._model = None
            return self
        settings = json.loads(data["settings"])
        self._check_lora(settings["lora"], list(data["adapters"]))
        self.settings = replace(self.settings, texts=settings["texts"])
        self.build(Schema.from_dict(settings["schema"]))
        if self.endpoint is not None:
            return self
        check_identity(settings["base"], identity(self.base, self.lm.base))
        for name, weights in data["adapters"].items():
            try:
                self.lm.load_weights(name, load(weights))
            except (RuntimeError, SafetensorError) as error:
                raise ValueError(Errors.DRE616.format(problem=error)) from error
        self._kept = NOTHING
        return self

    def _check_lora(self, saved: Dict[str, Any], adapters: List[str]) -> None:
        if sorted(adapters) != sorted(self._adapters):
            problem = f"there are adapters for {adapters}, but the config names {self._adapters}"
            raise ValueError(Errors.DRE616.format(problem=problem))
        for key in ("rank", "alpha", "target_modules"):
            wanted = self.lora.to_dict()[key]
            if saved[key] != wanted:
                problem = f"{key} is {wanted!r} in the config, but they have {saved[key]!r}"
                raise ValueError(Errors.DRE616.format(problem=problem))
