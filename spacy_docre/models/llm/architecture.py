"""`spacy_docre.RHF.v1`: a causal language model as one thinc model behind the extractor
contract."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Callable, ContextManager, List, Optional, Tuple, Union, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d

from ...data.entities import EntityDoc
from ...data.schema import Schema
from ...errors import Errors
from ..extractor import Extractor, ExtractorHooks, Request, extract_from_pairs
from ..one_at_a_time import one_at_a_time
from .chains import Chain, make_rhf_chain
from .local.base_model import CausalLM
from .local.lora import LoRA
from .open_entities import OpenEntities
from .prompter import Prompter
from .prompter_settings import make_settings
from .prompter_shim import AdapterShim, PrompterShim
from .prompts.prompts import PromptSettings
from .remote.endpoint import Endpoint
from .remote.usage import Usage
from .token_budget import TokenBudget


@registry.architectures("spacy_docre.RHF.v1")
def create_rhf(
    base: CausalLM,
    chain: Optional[Chain] = None,
    adapters: Optional[LoRA] = None,
    prompts: Optional[PromptSettings] = None,
    budget: Optional[TokenBudget] = None,
    open_entities: Optional[OpenEntities] = None,
    endpoint: Optional[Endpoint] = None,
) -> Extractor:
    """Create an extractor that asks a language model: "AutoRE: Document-Level Relation
    Extraction with Large Language Models" (arXiv 2403.14888), with answers that can only be
    relations of the schema and entities of the document, and with scores.

    base (CausalLM): The base model.
    chain (Optional[Tuple[Stage, ...]]): The stages of questions; those of RHF if None.
    adapters (Optional[LoRA]): What is trained.
    prompts (Optional[PromptSettings]): How prompts are made.
    budget (Optional[TokenBudget]): How many tokens there are for what.
    open_entities (Optional[OpenEntities]): Which spans of the text answers may name that are no
        entities yet; none if None.
    endpoint (Optional[Endpoint]): Who answers, in place of a model in this process.
    RETURNS (Extractor): The extractor.
    """
    settings = make_settings(chain or make_rhf_chain(), prompts, budget, open_entities)
    shim = AdapterShim(base, adapters or LoRA(), settings, endpoint)
    return make_extractor("docre_rhf", shim, LanguageModelHooks())


def make_extractor(name: str, shim: PrompterShim, hooks: "LanguageModelHooks") -> Extractor:
    """RETURNS (Extractor): What a shim holds, as one thinc model."""
    return Model(
        name,
        forward,
        init=init,
        shims=[shim],
        attrs={
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "hooks": hooks,
        },
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Load the base model, and put new adapters on it."""
    if Y is not None:
        shim_of(model).build(Y)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.models.extractor`."""
    prompter, open_entities = prompter_of(model), shim_of(model).settings.open_entities
    if not is_train:
        to_read, threshold, _ = cast(Request, inputs)
        named = [open_entities.propose(doc) if open_entities else doc for doc in to_read]
        with in_turn(model):
            extract = partial(prompter.extract, threshold=threshold)
            return extract_from_pairs(named, extract), lambda _: []
    docs = cast(List[EntityDoc], inputs)
    losses = prompter.losses(docs, model.attrs["rng"])

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        lm = cast(AdapterShim, shim_of(model)).lm
        losses.backward(lm, cast(torch.Tensor, xp2torch(d_losses)))
        return []

    return torch2xp(losses.total(len(docs))), backprop


class LanguageModelHooks(ExtractorHooks):
    """What a language model can do: see `ExtractorHooks`. It has room for any relations."""

    def use_schema(self, model: Extractor, schema: Schema) -> None:
        """Ask about the relations of a schema, whether or not they were trained.

        RAISES (ValueError): If one is not binary, or two have the same name.
        """
        shim_of(model).use_schema(schema)

    def requests(self, model: Extractor) -> Optional[int]:
        """See `ExtractorHooks`."""
        return prompter_of(model).asked


def shim_of(model: Extractor) -> PrompterShim:
    """RETURNS (PrompterShim): What holds who asks the language model.
    RAISES (ValueError): If this is another kind of extractor.
    """
    if not model.shims or not isinstance(model.shims[0], PrompterShim):
        raise ValueError(Errors.DRE617.format(name=model.name))
    return model.shims[0]


def prompter_of(model: Extractor) -> Prompter:
    """RETURNS (Prompter): Who asks the language model.
    RAISES (ValueError): If this is another kind of extractor, or it was not initialized.
    """
    return shim_of(model).prompter


def in_turn(model: Extractor) -> ContextManager[Any]:
    """RETURNS (ContextManager): What a thread holds while it asks. Adapters are put into the one
    model that is in this process. An endpoint sees to that by itself."""
    return one_at_a_time(model) if shim_of(model).is_local else nullcontext()


def usage_of(model: Extractor) -> Usage:
    """What an extractor has asked of a server since it was made or loaded.

    model (Extractor): The extractor, as in `nlp.get_pipe("docre").model`.
    RETURNS (Usage): The totals, which grow as it is used.
    RAISES (ValueError): If it asks no server.
    """
    shims = [shim for node in model.walk() for shim in node.shims]
    endpoints = [shim.endpoint for shim in shims if isinstance(shim, PrompterShim)]
    for endpoint in filter(None, endpoints):
        return endpoint.usage
    raise ValueError(Errors.DRE780.format(name=model.name))
