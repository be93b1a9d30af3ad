"""`spacy_docre.DORE.v1`: DORE as one thinc model behind the extractor contract."""

from collections.abc import Sequence
from typing import Any, Callable, List, Optional, Tuple, cast

import numpy
import torch
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model, torch2xp, xp2torch
from thinc.types import Floats1d, Floats2d

from ...entities import EntityDoc
from ...errors import Errors
from ...extractor import Extractor, Triples
from ...schema import Schema
from ..negatives import AllNegatives, Negatives
from .given_tails import GivenTails
from .rows import RowStrategy
from .settings import Settings
from .shim import NetworkShim

Tok2Vec = Model[List[Doc], List[Floats2d]]


def build_dore(
    tok2vec: Tok2Vec,
    rows: RowStrategy,
    *,
    width: Optional[int],
    row_width: int,
    depth: int,
    heads: int,
    dropout: float,
    grounded: bool,
    capacity: int,
    learn_rate_factor: float,
    seed: int,
) -> Extractor:
    """Build the extractor. See `create_dore` for the arguments."""
    model: Extractor = Model(
        "docre_dore",
        forward,
        init=init,
        layers=[tok2vec],
        shims=[NetworkShim(learn_rate_factor)],
        refs={"tok2vec": tok2vec},
        attrs={
            "width": width,
            "row_width": row_width,
            "depth": depth,
            "heads": heads,
            "dropout": dropout,
            "grounded": grounded,
            "capacity": capacity,
            "threshold": 0.5,
            "rows": rows,
            "rng": numpy.random.default_rng(seed),
            "use_schema": use_schema,
        },
    )
    return model


def init(
    model: Extractor, X: Optional[Sequence[EntityDoc]] = None, Y: Optional[Schema] = None
) -> None:
    """Size the network for the token vectors and the schema."""
    tok2vec: Tok2Vec = model.get_ref("tok2vec")
    docs = list(X or ())
    sample = [doc.doc for doc in docs if len(doc.doc)][:1]
    tok2vec.initialize(X=sample or None)
    if Y is None:
        return
    vectors = tok2vec.predict(sample)
    input_width = vectors[0].shape[1] if vectors else tok2vec.get_dim("nO")
    settings = Settings(
        schema=Y,
        input_width=input_width,
        width=model.attrs["width"] or input_width,
        row_width=model.attrs["row_width"],
        depth=model.attrs["depth"],
        heads=model.attrs["heads"],
        dropout=model.attrs["dropout"],
        capacity=model.attrs["capacity"],
        grounded=model.attrs["grounded"],
        labels_per_cell=_labels_per_cell(docs),
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
        backprop_vectors([cast(Floats2d, torch2xp(d)) for d in d_flat.split(lengths)])
        return []

    return torch2xp(losses.detach()), backprop


def use_schema(model: Extractor, schema: Schema) -> None:
    """Symbols are learnt, so DORE serves only the relations it was trained with.

    RAISES (ValueError): If the schema has others.
    """
    learnt = _shim(model).network.settings.schema
    if [(r.label, r.roles) for r in learnt.relations] != [
        (r.label, r.roles) for r in schema.relations
    ]:
        different = sorted(set(learnt.labels) ^ set(schema.labels))
        raise ValueError(Errors.DRE504.format(different=different))


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


def _labels_per_cell(docs: Sequence[EntityDoc]) -> int:
    counts: dict = {}
    for number, doc in enumerate(docs):
        for triple in doc.gold or ():
            key = (number, triple.entities)
            counts[key] = counts.get(key, 0) + 1
    return max(counts.values(), default=1)


@registry.architectures("spacy_docre.DORE.v1")
def create_dore(
    tok2vec: Tok2Vec,
    *,
    negatives: Optional[Negatives] = None,
    width: Optional[int] = None,
    row_width: int = 256,
    depth: int = 1,
    heads: int = 8,
    dropout: float = 0.1,
    grounded: bool = True,
    capacity: int = 64,
    learn_rate_factor: float = 1.0,
    seed: int = 0,
) -> Extractor:
    rows = GivenTails(negatives or AllNegatives())
    return build_dore(
        tok2vec,
        rows,
        width=width,
        row_width=row_width,
        depth=depth,
        heads=heads,
        dropout=dropout,
        grounded=grounded,
        capacity=capacity,
        learn_rate_factor=learn_rate_factor,
        seed=seed,
    )
