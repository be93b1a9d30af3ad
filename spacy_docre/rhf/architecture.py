"""`spacy_docre.RHF.v1`: a causal language model as one thinc model behind the extractor
contract."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Callable, Dict, List, Optional, Tuple, Union, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d

from ..entities import EntityDoc
from ..errors import Errors
from ..extractor import Extractor, Request
from ..schema import Schema
from ..threads import one_at_a_time
from .base import CausalLM
from .chains import Chain
from .endpoint import Endpoint
from .interviewer import Interviewer, Settings
from .lora import LoRA
from .open_entities import propose
from .prompts import read_prompts
from .shim import AdapterShim


@registry.architectures("spacy_docre.RHF.v1")
def create_rhf(
    base: CausalLM,
    chain: Chain,
    adapters: LoRA,
    described: bool = True,
    descriptions: Optional[Mapping[str, Dict[str, str]]] = None,
    passage_prompt: str = "passage",
    wrap_prompt: Optional[str] = None,
    max_length: Optional[int] = None,
    overflow: str = "windows",
    answer_tokens: int = 512,
    row_tokens: int = 2048,
    batch_tokens: int = 8192,
    endpoint: Optional[Endpoint] = None,
    open_entities: str = "never",
    span_tokens: int = 6,
) -> Extractor:
    """Create an extractor that asks a language model: "AutoRE: Document-Level Relation
    Extraction with Large Language Models" (arXiv 2403.14888), with answers that can only be
    relations of the schema and entities of the document, and with scores.

    base (CausalLM): The base model.
    chain (Tuple[Stage, ...]): The stages of questions.
    adapters (LoRA): What is trained.
    described (bool): Whether relations are described, or only named.
    descriptions (Optional[Dict[str, Dict[str, str]]]): Names and descriptions of relations for
        which the schema has none, by label.
    passage_prompt (str): The template that prompts begin with: the name of one of this package,
        or the path of a file.
    wrap_prompt (Optional[str]): A template with the field `content` for what surrounds a
        message. Without one, the chat template of the base model.
    max_length (Optional[int]): The number of tokens of a prompt with its answer; what the base
        model can hold if None.
    overflow (str): "windows" to divide documents that are too long into overlapping windows,
        "error" to refuse them.
    answer_tokens (int): The largest number of tokens of an answer.
    row_tokens (int): How many tokens of questions about one passage are computed at a time.
    batch_tokens (int): How many tokens of different passages are computed at a time.
    endpoint (Optional[Endpoint]): Who answers, in place of a model in this process.
    open_entities (str): When answers may name spans of the text that are no entities yet: "never";
        "missing" in documents without entities; "always".
    span_tokens (int): The largest number of tokens of such a span.
    RETURNS (Extractor): The extractor.
    """
    settings = Settings(
        chain,
        read_prompts(chain, passage_prompt, wrap_prompt),
        described,
        descriptions,
        max_length,
        overflow,
        answer_tokens,
        row_tokens,
        batch_tokens,
        open_entities,
        span_tokens,
    )
    return Model(
        "docre_rhf",
        forward,
        init=init,
        shims=[AdapterShim(base, adapters, settings, endpoint)],
        attrs={
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "use_schema": use_schema,
            "propose": propose_spans,
        },
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Load the base model, and put new adapters on it."""
    if Y is not None:
        _shim(model).build(Y)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.extractor`."""
    interviewer = _shim(model).interviewer
    if not is_train:
        # Adapters are put into the one model there is. An endpoint sees to that by itself.
        with one_at_a_time(model) if _shim(model).is_local else nullcontext():
            return interviewer.extract(*cast(Request, inputs)), lambda _: []
    docs = cast(List[EntityDoc], inputs)
    losses = interviewer.losses(docs, model.attrs["rng"])

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        losses.backward(_shim(model).lm, cast(torch.Tensor, xp2torch(d_losses)))
        return []

    return torch2xp(losses.total(len(docs))), backprop


def use_schema(model: Extractor, schema: Schema) -> None:
    """Ask about the relations of a schema, whether or not they were trained.

    RAISES (ValueError): If one is not binary, or two have the same name.
    """
    _shim(model).use_schema(schema)


def propose_spans(model: Extractor, docs: Sequence[EntityDoc]) -> List[EntityDoc]:
    """RETURNS (List[EntityDoc]): The documents with the entities that answers may name."""
    settings = _shim(model).settings
    return [
        propose(doc, when=settings.open_entities, span_tokens=settings.span_tokens) for doc in docs
    ]


def interviewer_of(model: Extractor) -> Interviewer:
    """RETURNS (Interviewer): Who asks the language model.
    RAISES (ValueError): If this is another kind of extractor.
    """
    if not model.shims or not isinstance(model.shims[0], AdapterShim):
        raise ValueError(Errors.DRE617.format(name=model.name))
    return model.shims[0].interviewer


def _shim(model: Extractor) -> AdapterShim:
    return cast(AdapterShim, model.shims[0])
