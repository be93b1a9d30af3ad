"""`spacy_docre.DORE.v1`: DORE as one thinc model behind the extractor contract."""

from collections.abc import Sequence
from typing import Any, Callable, List, Optional, Tuple, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d, Floats2d

from ...entities import EntityDoc
from ...errors import Errors
from ...extractor import Extractor, Triples
from ...schema import Schema
from ...token_vectors.extractor import Tok2Vec, initialize_tok2vec, labels_per_cell, use_schema
from ...token_vectors.shim import NetworkShim
from ..negatives import AllNegatives, Negatives
from .generated_tails import GeneratedTails
from .given_tails import GivenTails
from .network import Network
from .rows import RowStrategy
from .settings import Settings


@registry.architectures("spacy_docre.DORE.v1")
def create_dore(
    tok2vec: Tok2Vec,
    tails: str = "given",
    negatives: Optional[Negatives] = None,
    order: str = "row_column",
    beam_width: int = 1,
    length_penalty: float = 1.0,
    grounded: bool = True,
    closest_mentions: bool = True,
    capacity: int = 64,
    width: Optional[int] = None,
    row_width: int = 256,
    depth: int = 1,
    heads: int = 8,
    dropout: float = 0.1,
    learn_rate_factor: float = 1.0,
) -> Extractor:
    """Create DORE on token vectors: "DORE: Document Ordered Relation Extraction based on
    Generative Framework" (Findings of EMNLP 2022), rows in parallel (Section 3.3), with a
    small decoder in place of a pretrained one and symbols grounded in the text.

    tok2vec (Model[List[Doc], List[Floats2d]]): Any layer that makes token vectors: spaCy's
        own, or a listener to an encoder that other components share.
    tails (str): "given" to ask about every cell of the matrix, in which case only relations
        are generated; "generated" to generate the cells to speak of, too, which n-ary
        relations need.
    negatives (Optional[Negatives]): Which cells without a relation to learn, drawn again at
        each pass (Section 3.4). All of them if None.
    order (str): "row_column", "random" or "annotation" order of generated tails (Section 3.2).
    beam_width (int): Width of beam search over generated tails. 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    grounded (bool): Whether entity symbols take part of their meaning from the mentions.
        Without, they are static, as in the paper.
    closest_mentions (bool): Whether a cell sees the two mentions at which its entities are
        closest. Token vectors that know little of their context need it; those of a
        transformer know enough.
    capacity (int): Number of entities of a document with an index embedding of their own.
    width (Optional[int]): Width of symbols and cells; that of the token vectors if None.
    row_width (int): Width of the row decoder.
    depth (int): Layers of the row decoder.
    heads (int): Attention heads over the text. They must divide the width.
    dropout (float): Dropout rate.
    learn_rate_factor (float): Learning rate of everything but the `tok2vec`, as a multiple of
        the optimizer's.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If given tails are combined with an order or a beam of generated ones.
    """
    negatives = negatives or AllNegatives()
    rows: RowStrategy
    if tails == "generated":
        rows = GeneratedTails(negatives, order, beam_width, length_penalty)
    elif tails != "given":
        raise ValueError(Errors.DRE505.format(tails=tails))
    elif order != "row_column" or beam_width != 1:
        raise ValueError(Errors.DRE506.format(order=order, beam_width=beam_width))
    else:
        rows = GivenTails(negatives)
    return Model(
        "docre_dore",
        forward,
        init=init,
        layers=[tok2vec],
        shims=[NetworkShim(Network, Settings, learn_rate_factor)],
        refs={"tok2vec": tok2vec},
        attrs={
            "shape": {
                "width": width,
                "row_width": row_width,
                "depth": depth,
                "heads": heads,
                "dropout": dropout,
                "grounded": grounded,
                "closest_mentions": closest_mentions,
                "capacity": capacity,
            },
            "threshold": 0.5,
            "rows": rows,
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "use_schema": use_schema,
        },
    )


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Size the network for the token vectors and the schema."""
    docs = list(X or ())
    input_width = initialize_tok2vec(model.get_ref("tok2vec"), docs)
    if Y is None:
        return
    if Y.max_arity > 2 and isinstance(model.attrs["rows"], GivenTails):
        raise ValueError(Errors.DRE507.format(arity=Y.max_arity))
    shape = dict(model.attrs["shape"])
    settings = Settings(
        schema=Y,
        input_width=input_width,
        labels_per_cell=labels_per_cell(docs),
        **{**shape, "width": shape["width"] or input_width},
    )
    if settings.width % settings.heads:
        raise ValueError(Errors.DRE503.format(width=settings.width, heads=settings.heads))
    _shim(model).build(settings)


def forward(
    model: Extractor, docs: List[EntityDoc], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.extractor`."""
    tok2vec: Tok2Vec = model.get_ref("tok2vec")
    shim = _shim(model)
    rows: RowStrategy = model.attrs["rows"]
    # The encoder reads the batch once, whatever happens with its documents later.
    vectors, backprop_vectors = tok2vec([doc.doc for doc in docs], is_train)
    tokens = [cast(torch.Tensor, xp2torch(v, device=shim.device)) for v in vectors]
    if not is_train:
        return _extract(shim, rows, tokens, docs, model.attrs["threshold"]), lambda _: []

    shim.network.train()
    lengths = [len(v) for v in vectors]
    flat = torch.cat(tokens).detach().requires_grad_()
    losses = rows.losses(shim.network, flat, docs, model.attrs["rng"])

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        losses.backward(cast(torch.Tensor, xp2torch(d_losses, device=losses.device)))
        d_flat = flat.grad if flat.grad is not None else torch.zeros_like(flat)
        if len(d_flat):  # thinc's own layers cannot go back over no tokens at all
            backprop_vectors([cast(Floats2d, torch2xp(d)) for d in d_flat.split(lengths)])
        return []

    return torch2xp(losses.detach()), backprop


def _extract(
    shim: NetworkShim,
    rows: RowStrategy,
    tokens: List[torch.Tensor],
    docs: List[EntityDoc],
    threshold: float,
) -> List[Triples]:
    shim.network.eval()
    with torch.inference_mode():
        return rows.generate(shim.network, torch.cat(tokens), docs, threshold)


def _shim(model: Extractor) -> NetworkShim:
    return cast(NetworkShim, model.shims[0])
