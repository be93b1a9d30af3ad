"""What an extractor over token vectors does around its network."""

import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Callable, List, Set, Tuple, cast

import torch
from spacy.tokens import Doc
from thinc.api import Model, PyTorchShim, torch2xp, xp2torch
from thinc.types import Floats1d, Floats2d
from torch import Tensor

from ..entities import EntityDoc, name_of
from ..errors import Errors, Warnings
from ..extractor import Extractor
from ..schema import Schema
from ..threads import one_at_a_time
from .settings import NetworkSettings
from .shim import NetworkShim

Tok2Vec = Model[List[Doc], List[Floats2d]]
Backprop = Callable[[Tensor, Floats1d], None]


def initialize_tok2vec(tok2vec: Tok2Vec, docs: Sequence[EntityDoc]) -> int:
    """Initialize the layer that makes token vectors.

    tok2vec (Model[List[Doc], List[Floats2d]]): The layer.
    docs (Sequence[EntityDoc]): A sample of documents.
    RETURNS (int): The width of the token vectors.
    """
    sample = [doc.doc for doc in docs if len(doc.doc)][:1]
    tok2vec.initialize(X=sample or None)
    vectors = tok2vec.predict(sample)
    return vectors[0].shape[1] if vectors else tok2vec.get_dim("nO")


def encode(
    tok2vec: Tok2Vec, docs: Sequence[EntityDoc], *, is_train: bool, device: torch.device
) -> Tuple[Tensor, Backprop]:
    """Make the token vectors of a batch. The encoder reads each document once, whatever
    happens with it later.

    tok2vec (Model[List[Doc], List[Floats2d]]): The layer.
    docs (Sequence[EntityDoc]): The documents.
    is_train (bool): Whether to learn from them.
    device (torch.device): Where the network is.
    RETURNS (Tuple[Tensor, Callable]): The vectors of all documents, *Shape:* (tokens, width), and
        a callback that takes the losses of the documents, *Shape:* (docs,), and their
        gradients, and passes them back through the network and the layer.
    RAISES (ValueError): If a document does not have a vector for each of its tokens.
    """
    # thinc switches a network of PyTorch to evaluation before it predicts, and back to training
    # afterwards: whoever else is predicting then would have dropout. Its own layers hold.
    with one_at_a_time(tok2vec) if _has_pytorch(tok2vec) else nullcontext():
        vectors, backprop_vectors = tok2vec([doc.doc for doc in docs], is_train)
    lengths = [len(each) for each in vectors]
    for doc, length in zip(docs, lengths):
        # A listener hands over what its encoder left in the document, whatever came between.
        if length != len(doc.doc):
            name = name_of(doc.doc)
            raise ValueError(Errors.DRE060.format(doc=name, tokens=len(doc.doc), vectors=length))
    tokens = torch.cat([cast(Tensor, xp2torch(each, device=device)) for each in vectors])
    if tok2vec.id not in _WARNED and _warn_of_unread_tokens(tokens, docs):
        _WARNED.add(tok2vec.id)
    if is_train:
        tokens = tokens.detach().requires_grad_()

    def backprop(losses: Tensor, d_losses: Floats1d) -> None:
        losses.backward(cast(Tensor, xp2torch(d_losses, device=losses.device)))
        d_tokens = torch.zeros_like(tokens) if tokens.grad is None else tokens.grad
        if len(d_tokens):  # thinc's own layers cannot go back over no tokens at all
            backprop_vectors([cast(Floats2d, torch2xp(d)) for d in d_tokens.split(lengths)])

    return tokens, backprop


def _has_pytorch(tok2vec: Tok2Vec) -> bool:
    return any(isinstance(shim, PyTorchShim) for layer in tok2vec.walk() for shim in layer.shims)


# The ids of layers about which a user was warned already.
_WARNED: Set[int] = set()


def _warn_of_unread_tokens(tokens: Tensor, docs: Sequence[EntityDoc]) -> bool:
    """A transformer cuts windows that are longer than it can read, and says nothing. The tokens
    that it leaves out have vectors of zeros, as otherwise only white space has. A listener whose
    encoder did not run has nothing else. Returns whether there was something to warn of.
    """
    unread = (tokens == 0).all(dim=1).nonzero()[:, 0].tolist()
    if not unread:
        return False
    words = [token for doc in docs for token in doc.doc]
    lost = [words[index] for index in unread if not words[index].is_space]
    if lost:
        doc = lost[0].doc
        count = sum(token.doc is doc for token in lost)
        # Of each document a transformer reads the beginning at least.
        nothing_read = count == sum(not token.is_space for token in doc)
        message = Warnings.DRW502 if nothing_read else Warnings.DRW501
        warnings.warn(message.format(doc=name_of(doc), count=count), stacklevel=2)
    return bool(lost)


def use_schema(model: Extractor, schema: Schema) -> None:
    """Weights are learnt for relations, so a network serves only those it was trained with.

    RAISES (ValueError): If the schema has others.
    """
    network = cast(NetworkShim, model.shims[0]).network
    learnt = cast(NetworkSettings, network.settings).schema
    different = learnt.unlike(schema)
    if different:
        raise ValueError(Errors.DRE504.format(different=different))
