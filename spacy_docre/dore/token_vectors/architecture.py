"""`spacy_docre.DORE.v1`: DORE as one thinc model behind the extractor contract."""

from collections.abc import Sequence
from typing import Any, Callable, List, Optional, Tuple, Union, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp
from thinc.types import Floats1d

from ...entities import EntityDoc
from ...errors import Errors
from ...extractor import Extractor, Request, Triples
from ...labels_per_cell import labels_per_cell as most_labels
from ...limits import check_limits, check_not_negative, check_shares
from ...schema import Schema
from ...token_vectors.extractor import Tok2Vec, encode, initialize_tok2vec
from ...token_vectors.extractor import use_schema as use_learnt_schema
from ...token_vectors.groups import in_groups
from ...token_vectors.shim import NetworkShim
from ..cells import TypeTrie
from ..negatives import AllNegatives, Negatives, check_negatives
from ..orders import get_order
from .evidence import Evidence, evidence_losses
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
    tails_per_head: Optional[int] = None,
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
    evidence_weight: float = 0.0,
    counts: bool = False,
    exchange_layers: int = 0,
    salience: bool = False,
    labels_per_cell: Optional[int] = None,
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
    tails_per_head (Optional[int]): How many given tails each head is asked about in extraction,
        those that a cheap guess finds most likely, so that time grows with the number of
        entities and not with its square. All of them if None.
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
    evidence_weight (float): How much it counts that the attention of gold cells goes to their
        evidence sentences, where the training data name these. 0 to ignore evidence.
    counts (bool): Whether entity symbols know how often their entity is mentioned, and how many
        entities of its type the document has. It tells much where the given entities were chosen
        because relations hold between them.
    exchange_layers (int): Layers in which each cell attends to the cells of its row and of its
        column (Tan et al. 2022), before rows are generated. 0 for cells that know nothing of
        each other.
    salience (bool): Whether entity symbols know how much of its document their entity takes up,
        and cells how often their entities are mentioned near each other.
    labels_per_cell (Optional[int]): How many relations of the same entities are extracted over
        given tails; as many as there are in the training data if None. Generated tails have no
        limit.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If given tails are combined with an order or a beam of generated ones, or
        generated tails with a limit of given ones, or a number is out of range.
    """
    negatives = negatives or AllNegatives()
    rows: RowStrategy
    if tails_per_head is not None and (tails != "given" or tails_per_head < 1):
        raise ValueError(Errors.DRE508.format(tails=tails, count=tails_per_head))
    if labels_per_cell is not None and (tails != "given" or labels_per_cell < 1):
        raise ValueError(
            Errors.DRE523.format(
                name="labels_per_cell",
                value=labels_per_cell,
                expected="1 or more, or null, as for all but given tails",
            )
        )
    check_limits(
        heads=heads, width=width, row_width=row_width, capacity=capacity, beam_width=beam_width
    )
    check_not_negative(
        depth=depth,
        exchange_layers=exchange_layers,
        length_penalty=length_penalty,
        learn_rate_factor=learn_rate_factor,
        evidence_weight=evidence_weight,
    )
    check_shares(dropout=dropout)
    get_order(order)
    if row_width % max(1, heads // 2):
        raise ValueError(Errors.DRE526.format(width=row_width, heads=heads))
    if tails == "generated":
        rows = GeneratedTails(negatives, order, beam_width, length_penalty)
    elif tails != "given":
        raise ValueError(Errors.DRE505.format(tails=tails))
    elif order != "row_column" or beam_width != 1:
        raise ValueError(Errors.DRE506.format(order=order, beam_width=beam_width))
    else:
        rows = GivenTails(negatives, tails_per_head)
    shape = {
        "width": width,
        "row_width": row_width,
        "depth": depth,
        "heads": heads,
        "dropout": dropout,
        "grounded": grounded,
        "closest_mentions": closest_mentions,
        "capacity": capacity,
        "counts": counts,
        "exchange_layers": exchange_layers,
        "salience": salience,
        "labels_per_cell": labels_per_cell,
    }
    return Model(
        "docre_dore",
        forward,
        init=init,
        layers=[tok2vec],
        shims=[NetworkShim(Network, Settings, learn_rate_factor, shape)],
        refs={"tok2vec": tok2vec},
        attrs={
            "evidence": Evidence(evidence_weight),
            "rows": rows,
            # Seeded by spaCy's own seed, like everything else that is random in training.
            "rng": numpy.random.default_rng(numpy.random.randint(2**31)),
            "use_schema": use_schema,
            "grow": grow,
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
    _check_arity(model, Y)
    shape = dict(_shim(model).shape)
    shape["width"] = shape["width"] or input_width
    shape["labels_per_cell"] = shape["labels_per_cell"] or most_labels(docs)
    rows = model.attrs["rows"]
    if isinstance(rows, GivenTails):
        shape["tails_per_head"] = rows.tails_per_head
    settings = Settings(schema=Y, input_width=input_width, **shape)
    if settings.width % settings.heads:
        raise ValueError(Errors.DRE503.format(width=settings.width, heads=settings.heads))
    check_negatives(rows.negatives, TypeTrie(Y))
    _shim(model).build(settings)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.extractor`."""
    if not is_train:
        return _extract(model, cast(Request, inputs)), lambda _: []
    docs = cast(List[EntityDoc], inputs)
    network = _shim(model).network.train()
    rows: RowStrategy = model.attrs["rows"]
    tokens, backprop_tokens = encode(
        model.get_ref("tok2vec"), docs, is_train=True, device=_shim(model).device
    )
    reading = network.read(tokens, docs)
    losses = rows.losses(network, reading, docs, model.attrs["rng"])
    if evidence_weight := model.attrs["evidence"].weight:
        losses = losses + evidence_weight * evidence_losses(network, reading, docs)

    def backprop(d_losses: Floats1d) -> List[EntityDoc]:
        backprop_tokens(losses, d_losses)
        return []

    return torch2xp(losses.detach()), backprop


def _extract(model: Extractor, request: Request) -> List[Triples]:
    network = _shim(model).network.eval()
    rows: RowStrategy = model.attrs["rows"]
    tokens, _ = encode(
        model.get_ref("tok2vec"), request.docs, is_train=False, device=_shim(model).device
    )
    tails = rows.tails_per_head if isinstance(rows, GivenTails) else None
    found: List[Triples] = []
    with torch.inference_mode():
        for own, docs in in_groups(tokens, request.docs, tails):
            found += rows.generate(network, network.read(own, docs), docs, request.threshold)
    return found


def grow(model: Extractor, schema: Schema) -> None:
    """Know further relations and types of entities. See `spacy_docre.extractor`.

    RAISES (ValueError): If given tails cannot serve a relation.
    """
    _check_arity(model, schema)
    _shim(model).grow(schema)


def _check_arity(model: Extractor, schema: Schema) -> None:
    if schema.max_arity > 2 and isinstance(model.attrs["rows"], GivenTails):
        raise ValueError(Errors.DRE507.format(arity=schema.max_arity))


def use_schema(model: Extractor, schema: Schema) -> None:
    """See `spacy_docre.token_vectors.extractor`.

    RAISES (ValueError): If the network cannot choose the tails that the config asks it to.
    """
    use_learnt_schema(model, schema)
    rows = model.attrs["rows"]
    count = rows.tails_per_head if isinstance(rows, GivenTails) else None
    if count is not None and _shim(model).network.candidates is None:
        raise ValueError(Errors.DRE509.format(count=count))


def _shim(model: Extractor) -> NetworkShim:
    return cast(NetworkShim, model.shims[0])
