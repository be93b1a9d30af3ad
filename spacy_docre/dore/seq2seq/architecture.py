"""`spacy_docre.DORESeq2Seq.v1`: DORE on a pretrained sequence-to-sequence model, as one thinc
model behind the extractor contract."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d

from ...entities import EntityDoc
from ...errors import Errors
from ...extractor import Extractor
from ...schema import Schema
from ..linearize import check_mode
from ..negatives import DynamicNegatives, Negatives
from ..orders import get_order
from .backbone import Loader
from .marking import Frame
from .sequences import Sequences
from .settings import Settings
from .shim import Seq2SeqShim

PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@registry.architectures("spacy_docre.DORESeq2Seq.v1")
def create_dore_seq2seq(
    backbone: Loader,
    mode: str = "rows",
    negatives: Optional[Negatives] = None,
    order: str = "row_column",
    beam_width: int = 1,
    length_penalty: float = 1.0,
    typed: bool = False,
    capacity: int = 64,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    output_length: Optional[int] = None,
    batch_pieces: int = 8192,
    learn_rate_factor: float = 1.0,
    gradient_checkpointing: bool = False,
    mixed_precision: Optional[str] = None,
) -> Extractor:
    """Create DORE as published: "DORE: Document Ordered Relation Extraction based on Generative
    Framework" (Findings of EMNLP 2022). A pretrained encoder reads the text with a symbol around
    every mention, and its decoder writes symbols.

    backbone (Callable[[], Backbone]): Where model and tokenizer come from. It is called only
        when the pipeline is initialized.
    mode (str): "rows" for a sequence of each head entity, all of them in parallel (Section 3.3),
        or "matrix" for one of the whole document.
    negatives (Optional[Negatives]): Which cells without a relation to learn, drawn again at each
        pass (Section 3.4). Dynamic ones if None.
    order (str): "row_column", "random" or "annotation" order of statements (Section 3.2).
    beam_width (int): Width of beam search. 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    typed (bool): Whether each entity type has symbols of its own.
    capacity (int): The number of entities that a document may have, of each type if typed, where
        no document of the training data has more.
    window (Optional[int]): How many word pieces the encoder reads at once, with the symbols. What
        is longer is read in windows that overlap. As many as the model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    output_length (Optional[int]): How many symbols the decoder can write, where its model has a
        limit that is too low: positions after that begin as copies of those before. As many as the
        model can if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    learn_rate_factor (float): Learning rate of the symbols, as a multiple of the optimizer's.
    gradient_checkpointing (bool): Whether to compute states again on the way back, which takes
        longer and needs much less memory.
    mixed_precision (Optional[str]): "bfloat16" or "float16" to compute in that on a GPU.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If a setting is out of range.
    """
    check_mode(mode)
    get_order(order)
    _check("mixed_precision", mixed_precision, (None, *PRECISIONS))
    limits = {"window": window, "stride": stride, "output_length": output_length}
    for name, value in limits.items():
        if value is not None and value < 1:
            raise ValueError(Errors.DRE523.format(name=name, value=value, expected="1 or more"))
    sequences = Sequences(
        negatives=negatives or DynamicNegatives(1, 1, 3),
        mode=mode,
        order=order,
        beam_width=beam_width,
        length_penalty=length_penalty,
        window=window,
        stride=stride,
        batch_pieces=batch_pieces,
    )
    precision = PRECISIONS.get(mixed_precision or "")
    return Model(
        "docre_dore_seq2seq",
        forward,
        init=init,
        shims=[Seq2SeqShim(learn_rate_factor, gradient_checkpointing, precision)],
        attrs={
            "backbone": backbone,
            "typed": typed,
            "capacity": capacity,
            "output_length": output_length,
            "threshold": 0.5,
            "sequences": sequences,
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "use_schema": use_schema,
            "to_disk": to_disk,
            "from_disk": from_disk,
        },
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Fetch the pretrained weights, and make symbols for the schema and the documents."""
    if Y is None:
        return
    docs = list(X or ())
    sizes = {name: model.attrs[name] for name in ("typed", "capacity", "output_length")}
    settings = Settings.learn(Y, docs, **sizes)
    backbone = model.attrs["backbone"]()
    shim = _shim(model)
    shim.build(backbone, settings)
    sequences = cast(Sequences, model.attrs["sequences"])
    _check_window(sequences.window, shim)
    if shim.network.longest_output is not None:
        # What is too long is better refused now than in the middle of training.
        sequences.targets(shim.network, docs, numpy.random.default_rng(0))


def forward(
    model: Extractor, docs: List[EntityDoc], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.extractor`."""
    shim = _shim(model)
    network, sequences = shim.network, cast(Sequences, model.attrs["sequences"])
    network.train(is_train)
    if not is_train:
        with torch.inference_mode():
            found = sequences.generate(network, shim.tokenizer, docs, model.attrs["threshold"])
        return found, lambda _: []

    losses = sequences.losses(network, shim.tokenizer, docs, model.attrs["rng"])

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        if losses.requires_grad:  # without entities there is nothing to learn
            gradient = cast(torch.Tensor, xp2torch(d_losses, device=losses.device))
            losses.backward(shim.stepper.scaler.scale(gradient))
        return []

    return torch2xp(losses.detach()), backprop


def use_schema(model: Extractor, schema: Schema) -> None:
    """Symbols are learnt, so DORE serves only the relations it was trained with.

    RAISES (ValueError): If the schema has others.
    """
    learnt = _shim(model).network.settings.table.schema
    if [(r.label, r.roles) for r in learnt.relations] != [
        (r.label, r.roles) for r in schema.relations
    ]:
        different = sorted(set(learnt.labels) ^ set(schema.labels))
        raise ValueError(Errors.DRE504.format(different=different))


def to_disk(model: Extractor, path: Path) -> None:
    """Save the extractor as a directory, since its weights may not fit into one message."""
    _shim(model).to_disk(path)


def from_disk(model: Extractor, path: Path) -> None:
    """Load the extractor from a directory."""
    _shim(model).from_disk(path)


def _shim(model: Extractor) -> Seq2SeqShim:
    return cast(Seq2SeqShim, model.shims[0])


def _check(name: str, value: Any, choices: Sequence[Any]) -> None:
    if value not in choices:
        raise ValueError(Errors.DRE523.format(name=name, value=value, expected=list(choices)))


def _check_window(window: Optional[int], shim: Seq2SeqShim) -> None:
    """RAISES (ValueError): If windows are longer than what the model can read, or hold nothing."""
    frame = Frame.of(shim.tokenizer)
    least = len(frame.before) + len(frame.after) + 1
    most = shim.network.family.longest_input
    if window is not None and not (least <= window and (most is None or window <= most)):
        expected = f"at least {least}" if most is None else f"{least} to {most}"
        raise ValueError(Errors.DRE523.format(name="window", value=window, expected=expected))
