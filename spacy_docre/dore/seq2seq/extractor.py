"""What every extractor on a pretrained sequence-to-sequence model does around its network: how it
becomes one thinc model behind the extractor contract."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Protocol, Tuple, Type, Union, cast

import numpy
import torch
from numpy.random import Generator
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d

from ...entities import EntityDoc
from ...errors import Errors
from ...extractor import Extractor, Request, Triples
from ...limits import check_limits, check_not_negative
from ...schema import Schema
from .backbone import Loader
from .marking import Frame
from .network import PretrainedNetwork
from .shim import Seq2SeqShim

PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Strategy(Protocol):
    """How a network learns documents and extracts triples.

    window (Optional[int]): How many word pieces the encoder reads at once.
    """

    window: Optional[int]

    def losses(
        self, network: Any, tokenizer: Any, docs: Sequence[EntityDoc], rng: Generator
    ) -> torch.Tensor:
        """The loss of each document. *Shape:* (docs,)"""
        ...

    def generate(
        self, network: Any, tokenizer: Any, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """Extract triples that reach a score."""
        ...

    def check(self, network: Any, tokenizer: Any, docs: Sequence[EntityDoc]) -> None:
        """RAISES (ValueError): If the network cannot learn documents, which is better said before
        training than in the middle of it."""
        ...


# From the schema and documents with gold triples to settings of a network. Its keywords are what
# the config says of them.
Learn = partial[Any]


def create_extractor(
    name: str,
    kind: Type[PretrainedNetwork],
    learn: Learn,
    strategy: Strategy,
    backbone: Loader,
    *,
    learn_rate_factor: float,
    gradient_checkpointing: bool,
    mixed_precision: Optional[str],
    limits: Dict[str, Optional[int]],
) -> Extractor:
    """Create an extractor.

    name (str): The name of the thinc model.
    kind (Type[PretrainedNetwork]): What network it has.
    learn (partial[Any]): Finds the settings of the network, from the schema and documents, when
        the pipeline is initialized.
    strategy (Strategy): How the network learns and extracts.
    backbone (Callable[[], Backbone]): Where model and tokenizer come from.
    learn_rate_factor (float): Learning rate of new parameters, as a multiple of the optimizer's.
    gradient_checkpointing (bool): Whether to compute states again on the way back.
    mixed_precision (Optional[str]): "bfloat16" or "float16" to compute in that on a GPU.
    limits (Dict[str, Optional[int]]): Settings that must be at least 1.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If a setting is out of range.
    """
    if mixed_precision not in (None, *PRECISIONS):
        expected: object = [None, *PRECISIONS]
        value = mixed_precision
        raise ValueError(
            Errors.DRE523.format(name="mixed_precision", value=value, expected=expected)
        )
    check_limits(**limits)
    check_not_negative(learn_rate_factor=learn_rate_factor)
    precision = PRECISIONS.get(mixed_precision or "")
    return Model(
        name,
        forward,
        init=init,
        shims=[
            Seq2SeqShim(kind, learn_rate_factor, gradient_checkpointing, precision, learn.keywords)
        ],
        attrs={
            "backbone": backbone,
            "learn": learn,
            "sequences": strategy,
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "use_schema": use_schema,
            "grow": grow,
            "to_disk": to_disk,
            "from_disk": from_disk,
        },
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Fetch the pretrained weights, and make what is new for the schema and the documents."""
    if Y is None:
        return
    docs = list(X or ())
    shim = _shim(model)
    shim.build(model.attrs["backbone"](), model.attrs["learn"](Y, docs))
    strategy = cast(Strategy, model.attrs["sequences"])
    _check_window(strategy.window, shim)
    strategy.check(shim.network, shim.tokenizer, docs)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.extractor`."""
    shim = _shim(model)
    network, strategy = shim.network, cast(Strategy, model.attrs["sequences"])
    network.train(is_train)
    if not is_train:
        docs, threshold = cast(Request, inputs)
        with torch.inference_mode():
            found = strategy.generate(network, shim.tokenizer, docs, threshold)
        return found, lambda _: []

    docs = cast(List[EntityDoc], inputs)
    losses = strategy.losses(network, shim.tokenizer, docs, model.attrs["rng"])

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        if losses.requires_grad:  # without entities there is nothing to learn
            gradient = cast(torch.Tensor, xp2torch(d_losses, device=losses.device))
            losses.backward(shim.stepper.scaler.scale(gradient))
        return []

    return torch2xp(losses.detach()), backprop


def grow(model: Extractor, schema: Schema) -> None:
    """Know further relations and types of entities. See `spacy_docre.extractor`."""
    _shim(model).grow(schema)


def use_schema(model: Extractor, schema: Schema) -> None:
    """What is new is learnt for relations, so an extractor serves only those it was trained with.

    RAISES (ValueError): If the schema has others.
    """
    learnt: Schema = _shim(model).network.settings.schema
    different = learnt.unlike(schema)
    if different:
        raise ValueError(Errors.DRE504.format(different=different))


def to_disk(model: Extractor, path: Path) -> None:
    """Save the extractor as a directory, since its weights may not fit into one message."""
    _shim(model).to_disk(path)


def from_disk(model: Extractor, path: Path) -> None:
    """Load the extractor from a directory."""
    _shim(model).from_disk(path)


def _shim(model: Extractor) -> Seq2SeqShim:
    return cast(Seq2SeqShim, model.shims[0])


def _check_window(window: Optional[int], shim: Seq2SeqShim) -> None:
    """RAISES (ValueError): If windows are longer than what the model can read, or hold nothing."""
    frame = Frame.of(shim.tokenizer)
    least = len(frame.before) + len(frame.after) + 1
    most = shim.network.family.longest_input
    if window is not None and not (least <= window and (most is None or window <= most)):
        expected = f"at least {least}" if most is None else f"{least} to {most}"
        raise ValueError(Errors.DRE523.format(name="window", value=window, expected=expected))
