"""`spacy_docre.PairClassifier.v1`: the classifier as one thinc model behind the extractor
contract.
"""

from collections.abc import Sequence
from typing import Any, Callable, List, Optional, Tuple, Union, cast

import numpy
import torch
from spacy.util import registry
from thinc.api import Model, torch2xp

from ..dore.negatives import AllNegatives, Negatives
from ..entities import EntityDoc
from ..extractor import Extractor, Request, Triples
from ..labels_per_cell import labels_per_cell
from ..limits import check_limits, check_not_negative, check_shares
from ..schema import Schema
from ..token_vectors.extractor import (
    Tok2Vec,
    encode,
    initialize_tok2vec,
    use_schema,
)
from ..token_vectors.groups import in_groups
from ..token_vectors.shim import NetworkShim
from .classification import classify, pair_losses
from .network import PairNetwork
from .objectives import check_objective
from .settings import Settings, check_binary


@registry.architectures("spacy_docre.PairClassifier.v1")
def create_pair_classifier(
    tok2vec: Tok2Vec,
    objective: str = "adaptive",
    negatives: Optional[Negatives] = None,
    entity_types: bool = True,
    distance: bool = True,
    closest_mentions: bool = True,
    context_heads: int = 0,
    width: Optional[int] = None,
    groups: int = 8,
    dropout: float = 0.1,
    learn_rate_factor: float = 1.0,
    salience: bool = False,
    labels_per_pair: Optional[int] = None,
) -> Extractor:
    """Create the bilinear pair classifier, the control for DORE on the same encoder: every pair
    of entities is classified by itself, and no decision knows of another.

    tok2vec (Model[List[Doc], List[Floats2d]]): Any layer that makes token vectors: spaCy's
        own, or a listener to an encoder that other components share.
    objective (str): "adaptive" for a threshold class that is learnt for each pair (ATLOP, Zhou
        et al. 2021); "binary" for a yes or no to each relation (Yao et al. 2019).
    negatives (Optional[Negatives]): Which pairs without a relation to learn, drawn again at
        each pass. All of them if None.
    entity_types (bool): Whether pairs know the types of their entities.
    distance (bool): Whether they know how far apart the entities are.
    closest_mentions (bool): Whether they see the two mentions at which the entities are
        closest. Token vectors that know little of their context need it; those of a
        transformer know enough.
    context_heads (int): Attention heads with which a pair looks for what the text says about
        both of its entities, as DORE's cells do. They must divide the width of the token
        vectors. 0 for a pair that knows the text only through its mentions.
    width (Optional[int]): Width of heads and tails; that of the token vectors if None.
    groups (int): Groups of the bilinear form. They must divide the width.
    dropout (float): Dropout rate.
    learn_rate_factor (float): Learning rate of everything but the `tok2vec`, as a multiple of
        the optimizer's.
    salience (bool): Whether pairs know how much of their document their entities take up, and how
        often these are mentioned near each other.
    labels_per_pair (Optional[int]): How many relations of a pair are extracted; as many as there
        are in the training data if None.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If there is no such objective, or a setting is out of range.
    """
    check_objective(objective)
    check_limits(labels_per_pair=labels_per_pair, width=width, groups=groups)
    check_not_negative(context_heads=context_heads, learn_rate_factor=learn_rate_factor)
    check_shares(dropout=dropout)
    shape = {
        "width": width,
        "groups": groups,
        "dropout": dropout,
        "objective": objective,
        "entity_types": entity_types,
        "distance": distance,
        "closest_mentions": closest_mentions,
        "context_heads": context_heads,
        "salience": salience,
        "labels_per_pair": labels_per_pair,
    }
    return Model(
        "docre_pair_classifier",
        forward,
        init=init,
        layers=[tok2vec],
        shims=[NetworkShim(PairNetwork, Settings, learn_rate_factor, shape)],
        refs={"tok2vec": tok2vec},
        attrs={
            "negatives": negatives or AllNegatives(),
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
    shape = _shim(model).shape
    labels = shape["labels_per_pair"] or labels_per_cell(docs)
    settings = Settings.fitted({**shape, "labels_per_pair": labels}, Y, input_width=input_width)
    _shim(model).build(settings)


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Extract triples or, in training, compute losses. See `spacy_docre.extractor`."""
    if not is_train:
        return _extract(model, cast(Request, inputs)), lambda _: []
    docs = cast(List[EntityDoc], inputs)
    network = _shim(model).network.train()
    tokens, backprop_tokens = encode(
        model.get_ref("tok2vec"), docs, is_train=True, device=_shim(model).device
    )
    losses = pair_losses(network, tokens, docs, model.attrs["negatives"], model.attrs["rng"])

    def backprop(d_losses: Any) -> List[EntityDoc]:
        backprop_tokens(losses, d_losses)
        return []

    return torch2xp(losses.detach()), backprop


def _extract(model: Extractor, request: Request) -> List[Triples]:
    network = _shim(model).network.eval()
    tokens, _ = encode(
        model.get_ref("tok2vec"), request.docs, is_train=False, device=_shim(model).device
    )
    found: List[Triples] = []
    with torch.inference_mode():
        for own, docs in in_groups(tokens, request.docs):
            found += classify(network, own, docs, request.threshold)
    return found


def grow(model: Extractor, schema: Schema) -> None:
    """Know further relations and types of entities. See `spacy_docre.extractor`.

    RAISES (ValueError): If a relation is not binary.
    """
    check_binary(schema)
    _shim(model).grow(schema)


def _shim(model: Extractor) -> "NetworkShim[PairNetwork]":
    return cast("NetworkShim[PairNetwork]", model.shims[0])
