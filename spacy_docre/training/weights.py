"""Weights from one model to another of the same architecture."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Dict, List, Tuple, Union

from spacy.vocab import Vocab
from thinc.api import Model
from thinc.shims import Shim

from ..errors import Errors
from ..models.named_rows import check_rows, different_shapes, take_weights
from ..models.network import Network

# What layers of the same shape may read or compute in another way: attributes of thinc's and
# spaCy's, and settings of pretrained models.
LAYERS = ("columns", "column", "seed", "key_attr")
PRETRAINED = (
    "model_type",
    "num_attention_heads",
    "num_key_value_heads",
    "num_heads",
    "encoder_attention_heads",
    "decoder_attention_heads",
    "hidden_act",
    "activation_function",
    "feed_forward_proj",
    "position_embedding_type",
)


def check_weights(name: str, path: Union[str, Path], ours: Model, theirs: Model) -> None:
    """Refuse weights that do not fit, or would mean something else.

    name (str): The name of the component.
    path (Union[str, Path]): Where the trained model comes from.
    ours (Model): The model that is to get the weights.
    theirs (Model): The trained model.
    RAISES (ValueError): If there are weights that one of the two does not have, or not in this
        shape; or if one reads other attributes of tokens or computes something else with the same
        weights.
    """
    one, other = _weights(name, ours), _weights(name, theirs)
    different = [
        weight
        for weight in {*one, *other}
        if weight not in one or weight not in other or one[weight].shape != other[weight].shape
    ]
    for shim, trained in _shims(ours, theirs):
        if _named(shim) and _named(trained):
            one.update(shim._model.state_dict())
            other.update(trained._model.state_dict())
            different += different_shapes(shim._model, trained._model)
    if different:
        shapes = [
            f"{weight}: {_shape(one.get(weight))} here, {_shape(other.get(weight))} there"
            for weight in sorted(different)[:3]
        ]
        raise ValueError(
            Errors.DRE518.format(
                name=name, path=path, count=len(different), shapes="; ".join(shapes)
            )
        )
    _check_meaning(name, path, ours, theirs)


def _check_meaning(name: str, path: Union[str, Path], ours: Model, theirs: Model) -> None:
    different: List[str] = []
    for one, other in zip(ours.walk(), theirs.walk()):
        for attr in LAYERS:
            here, there = one.attrs.get(attr), other.attrs.get(attr)
            if repr(here) != repr(there):
                different.append(f"{attr} of the layer {one.name}: {here} here, {there} there")
    for shim, trained in _shims(ours, theirs):
        if _named(shim) and _named(trained):
            try:
                check_rows(shim._model, trained._model)
            except ValueError as error:
                different.append(str(error))
        for key in PRETRAINED:
            here, there = (_pretrained(each).get(key) for each in (shim, trained))
            if here != there:
                different.append(f"{key}: {here} here, {there} there")
    if different:
        raise ValueError(
            Errors.DRE565.format(name=name, path=path, different="; ".join(different[:3]))
        )


def check_vectors(
    name: str, path: Union[str, Path], model: Model, ours: Vocab, theirs: Vocab
) -> None:
    """RAISES (ValueError): If a model reads word vectors, and they are not those that its weights
    were trained for."""
    if not any(node.name == "static_vectors" for node in model.walk()):
        return
    one, other = ours.vectors, theirs.vectors
    if one.shape != other.shape or one.to_bytes() != other.to_bytes():
        different = f"word vectors: {one.shape} here, {other.shape} there, or other values"
        raise ValueError(Errors.DRE565.format(name=name, path=path, different=different))


def copy_weights(ours: Model, theirs: Model) -> None:
    """Give a model the weights of a trained one, in place, so that what is frozen stays frozen.

    ours (Model): The model.
    theirs (Model): The trained model, see `check_weights`.
    """
    for target, source in zip(ours.walk(), theirs.walk()):
        for param in source.param_names:
            if source.has_param(param):
                values = target.ops.asarray(source.get_param(param))
                target.set_param(param, values.copy())  # type: ignore[arg-type]
    for shim, trained in _shims(ours, theirs):
        if _named(shim) and _named(trained):
            take_weights(shim._model, trained._model)
        elif trained._model is not None:
            shim._model.load_state_dict(trained._model.state_dict())


def _shims(ours: Model, theirs: Model) -> Iterator[Tuple[Shim, Shim]]:
    for one, other in zip(ours.walk(), theirs.walk()):
        yield from zip(one.shims, other.shims)


def _named(shim: Shim) -> bool:
    """Whether the rows of a network have names."""
    return hasattr(shim._model, "row_names")


def encoder_of(shim: Shim) -> Any:
    """RETURNS (Any): What reads text in a network: of an extractor, only its encoder."""
    return shim._model.encoder if isinstance(shim._model, Network) else shim._model


def _pretrained(shim: Shim) -> Dict[str, Any]:
    model = getattr(encoder_of(shim), "model", shim._model)
    config = getattr(model, "config", None)
    return {} if config is None else {key: getattr(config, key, None) for key in PRETRAINED}


def _weights(name: str, model: Model) -> Dict[str, Any]:
    """All weights of a model whose rows have no names, by their places."""
    weights: Dict[str, Any] = {}
    for number, node in enumerate(model.walk()):
        for param in node.param_names:
            if node.has_param(param):
                weights[f"{node.name}[{number}].{param}"] = node.get_param(param)
        for shim in node.shims:
            if shim._model is None or _named(shim):
                continue
            if not hasattr(shim._model, "state_dict"):
                raise ValueError(Errors.DRE519.format(name=name, model=model.name))
            weights.update(shim._model.state_dict())
    return weights


def _shape(weight: Any) -> str:
    return "none" if weight is None else str(tuple(weight.shape))
