"""An extractor is an encoder that reads documents, and a head that turns what was read into scored
triples."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple, Union, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d

from ..data.entities import EntityDoc, name_of
from ..data.schema import Schema
from ..errors import Errors
from .encoders.encoder import Encoder
from .encoders.token_vectors import Tok2Vec, TokenVectors
from .extractor import Extractor, ExtractorHooks, Found, Request, Triples, extract_from_pairs
from .heads.head import Head
from .limits import check_not_negative
from .pairs.groups import check_costs
from .shim import NetworkShim
from .windows import divide, gather


@registry.architectures("spacy_docre.Tok2VecExtractor.v1")
def create_tok2vec_extractor(
    tok2vec: Tok2Vec, head: Head, learn_rate_factor: float = 1.0, windows: bool = True
) -> Extractor:
    """Create an extractor that reads documents as spaCy's components do, as vectors of their
    tokens. The layer is where spaCy looks for listeners.

    tok2vec (Model[List[Doc], List[Floats2d]]): Any layer that makes token vectors: spaCy's own, or
        a listener to an encoder that other components share.
    head (Head): See `create_extractor`.
    learn_rate_factor (float): See `create_extractor`.
    windows (bool): See `create_extractor`.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If the head cannot make anything of token vectors.
    """
    return create_extractor(TokenVectors.of(tok2vec), head, learn_rate_factor, windows)


@registry.architectures("spacy_docre.Extractor.v1")
def create_extractor(
    encoder: Encoder, head: Head, learn_rate_factor: float = 1.0, windows: bool = True
) -> Extractor:
    """Create an extractor of an encoder and a head, as one thinc model.

    encoder (Encoder): Reads documents.
    head (Head): Turns what was read into scored triples.
    learn_rate_factor (float): The learning rate of what begins at random, as a multiple of the
        optimizer's, which is that of the encoder.
    windows (bool): Whether documents that are much longer than those of training are asked about
        in windows of their length, see `spacy_docre.models.windows`. Time and memory grow with
        the length of a document, then, and not with its square.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If the head cannot make anything of what the encoder reads.
    """
    check_not_negative(learn_rate_factor=learn_rate_factor)
    head.check(encoder)
    return Model(
        "docre",
        forward,
        init=init,
        layers=encoder.layers,
        shims=[NetworkShim(encoder, head, learn_rate_factor, divides=windows)],
        attrs={
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "hooks": NetworkHooks(),
        },
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Make a network for the documents and the schema."""
    if Y is not None:
        _shim(model).build(list(X or ()), Y)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.models.extractor`."""
    if not is_train:
        return _find(_shim(model), cast(Request, inputs)), lambda _: []
    docs = cast(List[EntityDoc], inputs)
    shim = _shim(model)
    network, encoder, head = shim.network.train(), shim.encoder, shim.head
    reading, finish = encoder.read(network.encoder, docs)
    losses, predictions = head.losses(network, reading, docs, model.attrs["rng"])
    if encoder.averages:
        losses = losses * (len(docs) / max(1, predictions))

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        if losses.requires_grad:  # without entities there may be nothing to learn
            gradient = cast(torch.Tensor, xp2torch(d_losses, device=losses.device))
            losses.backward(shim.stepper.scale(gradient))
        finish()
        return []

    return torch2xp(losses.detach()), backprop


def _find(shim: NetworkShim, request: Request) -> List[Found]:
    docs, threshold, floor = request
    extract = partial(_extract, shim, ask=partial(shim.head.extract, threshold=threshold))
    found = extract_from_pairs(docs, extract)
    if floor is None or not shim.head.has_distribution:
        return found
    # Documents are read once more, which costs a teacher some time, and others nothing.
    label = partial(_extract, shim, ask=partial(shim.head.soft_labels, floor=floor))
    labels = extract_from_pairs(docs, label)
    return [
        (replace(doc, soft=tuple(soft)), triples)
        for (doc, triples), (_, soft) in zip(found, labels)
    ]


def _extract(
    shim: NetworkShim, docs: List[EntityDoc], *, ask: Callable[..., List[Triples]]
) -> List[Triples]:
    # Always in evaluation, but for the time of an update, so that threads do not meet a switch.
    network = shim.network.eval()
    parts = divide(docs, network.sizes.longest if shim.divides else 0, shim)
    costs = [shim.head.cost(part.content) for part in parts]
    check_costs([part.content for part in parts], costs)
    found: List[Triples] = [[] for _ in parts]
    with torch.inference_mode():
        for group, reading in shim.encoder.batches(network.encoder, docs, parts, costs):
            some = [parts[i].content for i in group]
            if not bool(torch.isfinite(reading.vectors).all()):
                # Whatever is computed from them compares as false, so that nothing is found.
                raise ValueError(Errors.DRE431.format(doc=name_of(some[0].doc)))
            for i, own in zip(group, ask(network, reading, some)):
                found[i] = own
    return gather(docs, parts, found)


class NetworkHooks(ExtractorHooks):
    """What an encoder with a head can do: see `ExtractorHooks`."""

    def use_schema(self, model: Extractor, schema: Schema) -> None:
        """Weights are learnt for relations, so they serve only those they were trained with."""
        different = _shim(model).network.sizes.schema.unlike(schema)
        if different:
            raise ValueError(Errors.DRE504.format(different=different))

    def grow(self, model: Extractor, schema: Schema) -> None:
        """See `ExtractorHooks`."""
        _shim(model).grow(schema)

    def save(self, model: Extractor, path: Path) -> None:
        """Save a directory, since weights may not fit into one message."""
        shim = _shim(model)
        path.mkdir(parents=True, exist_ok=True)
        for number, layer in enumerate(shim.encoder.layers):
            layer.to_disk(path / f"layer_{number}")
        shim.to_disk(path / "network")

    def load(self, model: Extractor, path: Path) -> None:
        """See `ExtractorHooks`."""
        shim = _shim(model)
        for number, layer in enumerate(shim.encoder.layers):
            layer.from_disk(path / f"layer_{number}")
        shim.from_disk(path / "network")


def _shim(model: Extractor) -> NetworkShim:
    return cast(NetworkShim, model.shims[0])
