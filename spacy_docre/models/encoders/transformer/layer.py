"""A pretrained transformer as the layer of spaCy's own `tok2vec` component."""

from collections.abc import Callable
from typing import Any, Dict, List, Optional, Tuple, cast

import torch
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats2d

from ....errors import Errors
from ...limits import check_limits, check_not_negative
from ...one_at_a_time import one_at_a_time
from ..token_vectors import Tok2Vec
from .network import TransformerNetwork
from .pieces import to_pieces
from .precision import PRECISIONS
from .shim import STORED, Reading, TransformerShim


@registry.architectures("spacy_docre.TransformerTok2Vec.v1")
def create_transformer_tok2vec(
    name: str,
    width: int,
    revision: str = "main",
    options: Optional[Dict[str, Any]] = None,
    window: Optional[int] = None,
    overlap: int = 128,
    batch_pieces: int = 8192,
    precision: str = "auto",
    stored: str = "float32",
    frozen_layers: int = 0,
    frozen_embeddings: bool = False,
    learn_rate_factor: float = 1.0,
) -> Tok2Vec:
    """Create a layer that reads documents with a pretrained transformer, for the `tok2vec`
    component that other components listen to. A token's vector is the mean of those of its word
    pieces.

    name (str): The name of a model on the Hugging Face hub, or the path of its folder. A saved
        pipeline has the weights with it.
    width (int): The width of its vectors, which listeners need to know in advance.
    revision (str): The branch, tag or commit on the hub.
    options (Optional[Dict[str, Any]]): Settings of the transformer in place of its own, such as
        `attention_probs_dropout_prob`.
    window (Optional[int]): How many word pieces to read at once. What is longer is read in windows
        that overlap. As many as the model can if None.
    overlap (int): How many pieces two windows share.
    batch_pieces (int): About how many pieces to read together.
    precision (str): What matrices are multiplied in: "float32", "bfloat16", or "auto", which is the
        latter where the processor or the card has instructions for it, and the former elsewhere.
    stored (str): What weights are saved in: "float32", or "float16" at half the size.
    frozen_layers (int): How many layers are not trained, from the lowest.
    frozen_embeddings (bool): Whether the embeddings are not trained.
    learn_rate_factor (float): The learning rate, as a multiple of the optimizer's, which other
        components begin with that have nothing pretrained.
    RETURNS (Model[List[Doc], List[Floats2d]]): The layer.
    RAISES (ValueError): If a setting is out of range.
    """
    check_limits(width=width, window=window, batch_pieces=batch_pieces)
    check_not_negative(overlap=overlap, learn_rate_factor=learn_rate_factor)
    for key, value, known in [("precision", precision, PRECISIONS), ("stored", stored, STORED)]:
        if value not in known:
            raise ValueError(Errors.DRE523.format(name=key, value=value, expected=list(known)))

    shim = TransformerShim(
        name,
        revision,
        dict(options or {}),
        Reading(window, overlap, batch_pieces, precision),
        width=width,
        frozen_layers=frozen_layers,
        frozen_embeddings=frozen_embeddings,
        learn_rate_factor=learn_rate_factor,
        stored=stored,
    )
    return Model("transformer_tok2vec", forward, init=init, dims={"nO": width}, shims=[shim])


def init(model: Tok2Vec, X: Any = None, Y: Any = None) -> None:
    """Fetch the pretrained weights."""
    cast(TransformerShim, model.shims[0]).fetch()


def forward(
    model: Tok2Vec, docs: List[Doc], is_train: bool
) -> Tuple[List[Floats2d], Callable[[List[Floats2d]], List[Doc]]]:
    """Read documents."""
    shim = cast(TransformerShim, model.shims[0])
    network, reading = shim.network, shim.reading
    lengths = [len(doc) for doc in docs]
    # Tokenizers change their settings on the way.
    with one_at_a_time(model):
        pieces = to_pieces(docs, network.tokenizer)
    reading = reading._replace(window=_window(reading, network))
    # Always in evaluation, but for the time of an update, so that threads do not meet a switch.
    with torch.set_grad_enabled(is_train):
        network.train(is_train)
        vectors = network(pieces, lengths, **reading._asdict())
        network.eval()

    def backprop(d_vectors: List[Floats2d]) -> List[Doc]:
        if vectors.requires_grad:
            d_all = [xp2torch(each, device=vectors.device) for each in d_vectors]
            vectors.backward(torch.cat(cast(List[torch.Tensor], d_all)))
        return []

    return [cast(Floats2d, torch2xp(own)) for own in vectors.detach().split(lengths)], backprop


def _window(reading: Reading, network: TransformerNetwork) -> int:
    """RAISES (ValueError): If windows are longer than what the model can read, or do not
    advance."""
    window, most = reading.window or network.longest, network.longest
    framed = len(network.frame.before) + len(network.frame.after)
    least = framed + reading.overlap + 1
    if window is None or window < least or (most is not None and window > most):
        expected = f"at least {least}" if most is None else f"{least} to {most}"
        raise ValueError(Errors.DRE523.format(name="window", value=window, expected=expected))
    return int(window)
