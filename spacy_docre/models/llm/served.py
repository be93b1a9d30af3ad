"""`spacy_docre.ServedLM.v1`: a language model behind an endpoint that is told which relations to
look for, and was trained for none of them."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Union, cast

import srsly
from spacy.util import registry
from thinc.api import Optimizer
from thinc.types import FloatsXd

from ...data.schema import Schema
from ...errors import Errors
from ...trust import LazyMapping, Outside
from ..extractor import Extractor
from .architecture import LanguageModelHooks, make_extractor
from .chains import Chain, make_one_request_chain
from .local.lora import SHARED, LoRA
from .prompter import Prompter, RemotePrompter
from .prompter_settings import PrompterSettings, make_settings
from .prompter_shim import PrompterShim
from .prompts.prompts import PromptSettings
from .remote.endpoint import Endpoint
from .token_budget import TokenBudget

# A schema, or the path of a JSON file that holds it.
GivenSchema = Union[str, Dict[str, Any]]


@registry.architectures("spacy_docre.ServedLM.v1")
def create_served_lm(
    endpoint: Endpoint,
    name: str,
    schema: Optional[GivenSchema] = None,
    chain: Optional[Chain] = None,
    prompts: Optional[PromptSettings] = None,
    budget: Optional[TokenBudget] = None,
) -> Extractor:
    """Create an extractor that asks a language model as it is. With a schema it needs no training,
    and no `initialize`.

    endpoint (Endpoint): Where it is.
    name (str): Its name there.
    schema (Optional[Union[str, Dict[str, Any]]]): The relations, in the form of
        `Schema.from_dict`, or the path of a JSON file, which is read when it is first needed. If
        None, they are those of training examples, or those that `initialize` gets as labels.
    chain (Optional[Tuple[Stage, ...]]): The stages of questions; all in one request if None.
    prompts (Optional[PromptSettings]): How prompts are made. If None, relations are described, and
        where answers are lists, entities have numbers, which answers use.
    budget (Optional[TokenBudget]): How many tokens there are for what.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If the schema is none.
    """
    chain = chain or make_one_request_chain()
    # Lists are written with numbers. Who says yes or no needs none.
    lists = any(stage.answer == "list" for stage in chain)
    prompts = prompts or PromptSettings(passage="passage_numbered" if lists else "passage")
    settings = make_settings(chain, prompts, budget)
    endpoint = replace(endpoint, models={SHARED: name})
    return make_extractor("docre_served_lm", ServedShim(settings, endpoint, schema), ServedHooks())


class ServedShim(PrompterShim):
    """Ask a model behind an endpoint. There is nothing in it to move or to train.

    settings (PrompterSettings): What is asked, and how.
    endpoint (Endpoint): Who answers.
    given (Optional[Union[str, Dict[str, Any]]]): The schema of the config.
    """

    def __init__(
        self, settings: PrompterSettings, endpoint: Endpoint, given: Optional[GivenSchema]
    ) -> None:
        super().__init__(LoRA(shared=True), settings, endpoint)
        self.given = given
        self._file = _file(given) if isinstance(given, str) else None
        # None until its file was read.
        self.known_schema = _schema(given) if isinstance(given, dict) else None

    @property
    def schema(self) -> Optional[Schema]:
        """The schema of the config.

        RAISES (ValueError): If its file may not be read, cannot be read, or holds no schema.
        """
        if self.known_schema is None and self._file is not None:
            self.known_schema = _schema(self._file)
        return self.known_schema

    @property
    def prompter(self) -> Prompter:
        """RETURNS (Prompter): Who asks the model.
        RAISES (ValueError): If it is not known what to ask.
        """
        if self._model is None and self.schema is not None:
            self.use_schema(self.schema)
        return super().prompter

    def use_schema(self, schema: Schema) -> None:
        """Ask about other relations from now on."""
        endpoint = cast(Endpoint, self.endpoint)
        self._model = RemotePrompter(endpoint, self.lora, self.settings, schema)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Nothing learns."""

    @contextlib.contextmanager
    def use_params(self, params: Dict[Any, FloatsXd]) -> Iterator[None]:
        """There are no parameters."""
        yield

    def to_device(self, device_type: str, device_id: int) -> None:
        """The model stays where it is."""

    def to_bytes(self) -> bytes:
        """RETURNS (bytes): The schema of the config, to tell later whether it was edited."""
        return json.dumps(self.given).encode()

    def from_bytes(self, bytes_data: bytes) -> "ServedShim":
        """Load nothing, as the component keeps the schema.

        RAISES (ValueError): If the config has another schema than it had when the component was
            saved, since that of the component would overrule it in silence.
        """
        # As JSON writes it, in which tuples are lists.
        if json.loads(bytes_data) != json.loads(self.to_bytes()):
            raise ValueError(Errors.DRE781)
        self._model = None
        return self


class ServedHooks(LanguageModelHooks):
    """What a model behind an endpoint can do: see `ExtractorHooks`."""

    def own_schema(self, model: Extractor, *, read: bool = True) -> Optional[Schema]:
        """See `ExtractorHooks`."""
        shim = cast(ServedShim, model.shims[0])
        return shim.schema if read else shim.known_schema


def _schema(data: Mapping[str, Any]) -> Schema:
    schema = Schema.from_dict(data)
    if not schema.relations:
        raise ValueError(Errors.DRE783)
    return schema


def _file(path: str) -> Mapping[str, Any]:
    return LazyMapping(Outside(f"read the schema {path}"), lambda: _read(path))


def _read(path: str) -> Dict[str, Any]:
    try:
        data = srsly.read_json(Path(path))
    except (OSError, ValueError) as error:
        raise ValueError(Errors.DRE782.format(path=path, problem=error)) from error
    if not isinstance(data, dict):
        raise ValueError(Errors.DRE782.format(path=path, problem="it is not a JSON object"))
    return data
