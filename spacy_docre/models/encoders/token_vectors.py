"""Token vectors of any layer that spaCy has, as what documents are read as."""

import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Callable, ClassVar, List, NamedTuple, Optional, Set, Tuple, cast

import torch
from spacy.tokens import Doc
from thinc.api import Model, PyTorchShim, get_array_module, torch2xp, xp2torch
from thinc.types import Floats2d
from torch import Tensor, nn

from ...data.entities import EntityDoc, name_of
from ...data.schema import Schema
from ...errors import Errors, Warnings
from ..one_at_a_time import one_at_a_time
from ..pairs.batch import Layout
from ..pairs.groups import in_groups
from ..stepping import Stepper, ThincStepper
from ..windows import Part

Tok2Vec = Model[List[Doc], List[Floats2d]]


class OnDevice(nn.Module):
    """What there is besides the layer: it knows where the network is, and learns nothing."""

    nothing: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("nothing", torch.empty(0), persistent=False)

    def tensor(self, vectors: Sequence[Floats2d]) -> Tensor:
        """RETURNS (Tensor): The vectors of all documents, one behind another.
        *Shape:* (tokens, width)"""
        device = self.nothing.device
        return torch.cat([cast(Tensor, xp2torch(each, device=device)) for each in vectors])


class TokenReading(NamedTuple):
    """What was read of documents: a vector for each token. See `Reading`."""

    vectors: Tensor
    layouts: Optional[List[Layout]] = None


@dataclass(frozen=True)
class TokenVectors:
    """Read documents as their token vectors, each of them once. See `Encoder`.

    place (Model[List[Doc], List[Floats2d]]): A layer around the one that makes token vectors.
        `nlp.replace_listeners` exchanges layers where other layers hold them, and nowhere else.
    """

    place: Tok2Vec

    averages: ClassVar[bool] = False
    reads_tokens: ClassVar[bool] = True

    @classmethod
    def of(cls, tok2vec: Tok2Vec) -> "TokenVectors":
        """RETURNS (TokenVectors): An encoder that reads documents with a layer, in a place."""
        return cls(Model("tok2vec_place", _forward, layers=[tok2vec]))

    @property
    def tok2vec(self) -> Tok2Vec:
        """RETURNS (Model[List[Doc], List[Floats2d]]): The layer that makes token vectors."""
        return self.place.layers[0]

    @property
    def layers(self) -> List[Model]:
        """See `Encoder`."""
        return [self.place]

    def initialize(self, docs: Sequence[EntityDoc], schema: Schema) -> Tuple[nn.Module, int]:
        """Initialize the layer. There is nothing besides it."""
        sample = [doc.doc for doc in docs if len(doc.doc)][:1]
        self.tok2vec.initialize(X=sample or None)
        vectors = self.tok2vec.predict(sample)
        width = vectors[0].shape[1] if vectors else self.tok2vec.get_dim("nO")
        return OnDevice(), width

    def read(
        self, module: OnDevice, docs: Sequence[EntityDoc]
    ) -> Tuple[TokenReading, Callable[[], None]]:
        """See `Encoder`."""
        vectors, backprop_vectors = self._encode(docs, is_train=True)
        lengths = [len(each) for each in vectors]
        self._warn_of_unread_tokens(vectors, docs)
        tokens = module.tensor(vectors).detach().requires_grad_()

        def finish() -> None:
            d_tokens = torch.zeros_like(tokens) if tokens.grad is None else tokens.grad
            if len(d_tokens):  # thinc's own layers cannot go back over no tokens at all
                backprop_vectors([cast(Floats2d, torch2xp(d)) for d in d_tokens.split(lengths)])

        return TokenReading(tokens), finish

    def batches(
        self,
        module: OnDevice,
        docs: Sequence[EntityDoc],
        parts: Sequence[Part],
        costs: Sequence[int],
    ) -> Iterator[Tuple[List[int], TokenReading]]:
        """The layer reads all documents at once, and each of them once. See `Encoder`."""
        vectors, _ = self._encode(docs, is_train=False)
        self._warn_of_unread_tokens(vectors, docs)
        for group in in_groups(costs):
            some = [parts[i] for i in group]
            own = [vectors[part.doc][part.start : part.end] for part in some]
            yield group, TokenReading(module.tensor(own), [_layout(part) for part in some])

    def grow(self, module: nn.Module, schema: Schema) -> nn.Module:
        """The layer knows of no relations. See `Encoder`."""
        return module

    def _encode(
        self, docs: Sequence[EntityDoc], *, is_train: bool
    ) -> Tuple[List[Floats2d], Callable[[List[Floats2d]], object]]:
        """RAISES (ValueError): If a document does not have a vector for each of its tokens."""
        # thinc switches a network of PyTorch to evaluation before it predicts, and back to
        # training afterwards: whoever else is predicting then would have dropout. Its own layers
        # hold.
        with one_at_a_time(self.tok2vec) if _has_pytorch(self.tok2vec) else nullcontext():
            vectors, backprop = self.tok2vec([doc.doc for doc in docs], is_train)
        for doc, own in zip(docs, vectors):
            # A listener hands over what its encoder left in the document, whatever came between.
            if len(own) != len(doc.doc):
                found = {"doc": name_of(doc.doc), "tokens": len(doc.doc), "vectors": len(own)}
                raise ValueError(Errors.DRE060.format(**found))
        return vectors, backprop

    def _warn_of_unread_tokens(self, vectors: List[Floats2d], docs: Sequence[EntityDoc]) -> None:
        if self.tok2vec.id not in _WARNED and _warn_of_unread_tokens(vectors, docs):
            _WARNED.add(self.tok2vec.id)

    def stepper(self, network: nn.Module, id: int, learn_rate_factor: float) -> Stepper:
        """SpaCy's optimizer steps the network, as it does the layer."""
        return ThincStepper(id, network.named_parameters, lambda name: learn_rate_factor)

    def save(self, module: nn.Module, folder: Path) -> None:
        """The layer is saved with the thinc model that it is part of."""

    def load(self, folder: Path) -> nn.Module:
        """See `Encoder`."""
        return OnDevice()


def _forward(
    model: Tok2Vec, docs: List[Doc], is_train: bool
) -> Tuple[List[Floats2d], Callable[[List[Floats2d]], object]]:
    vectors, backprop = model.layers[0](docs, is_train)
    return vectors, backprop


def _layout(part: Part) -> Layout:
    """Where the mentions of a part lie among the vectors of its tokens."""
    return Layout(
        part.end - part.start,
        [
            [(start - part.start, end - part.start) for start, end in entity.mentions]
            for entity in part.content.entities
        ],
    )


def _has_pytorch(tok2vec: Tok2Vec) -> bool:
    return any(isinstance(shim, PyTorchShim) for layer in tok2vec.walk() for shim in layer.shims)


# The ids of layers about which a user was warned already.
_WARNED: Set[int] = set()


def _warn_of_unread_tokens(vectors: Sequence[Floats2d], docs: Sequence[EntityDoc]) -> bool:
    """A transformer cuts windows that are longer than it can read, and says nothing. The tokens
    that it leaves out have vectors of zeros, as otherwise only white space has. A listener whose
    encoder did not run has nothing else. Returns whether there was something to warn of.
    """
    if not vectors:
        return False
    together = get_array_module(vectors[0]).concatenate(vectors)
    rows = (together == 0).all(axis=1).nonzero()[0].tolist()
    if not rows:
        return False
    ends = list(accumulate(len(doc.doc) for doc in docs))
    places = ((bisect_right(ends, row), row) for row in rows)
    tokens = (
        docs[number].doc[row - ends[number]] for number, row in places
    )  # counted from the end
    lost = [token for token in tokens if not token.is_space]
    if lost:
        doc = lost[0].doc
        count = sum(token.doc is doc for token in lost)
        # Of each document a transformer reads the beginning at least.
        nothing_read = count == sum(not token.is_space for token in doc)
        message = Warnings.DRW502 if nothing_read else Warnings.DRW501
        warnings.warn(message.format(doc=name_of(doc), count=count), stacklevel=2)
    return bool(lost)
