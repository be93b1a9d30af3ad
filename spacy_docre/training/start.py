"""Start training from the weights of a trained pipeline: the second of two stages."""

from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Union

from spacy.language import Language
from spacy.util import load_model, registry
from thinc.api import Model

from ..errors import Errors
from ..schema import Schema


@registry.callbacks("spacy_docre.StartFrom.v1")
def create_start_from(
    path: Union[str, Path], pipes: Optional[List[str]] = None
) -> Callable[[Language], Language]:
    """Create a callback for `[initialize.after_init]` that gives components the weights of a
    trained pipeline. Unlike components that a config sources, they keep all settings of the
    config: negatives, dropout, learning rates and the like may differ between the two stages.

    path (Union[str, Path]): The trained pipeline, a directory or a package.
    pipes (Optional[List[str]]): The components, which have the same names in both pipelines. All
        that have weights if None.
    RETURNS (Callable[[Language], Language]): The callback.
    """

    def start(nlp: Language) -> Language:
        source = load_model(path)
        for name in _with_weights(nlp) if pipes is None else pipes:
            for pipeline, which in ((nlp, "this one"), (source, str(path))):
                if name not in _with_weights(pipeline):
                    raise ValueError(
                        Errors.DRE516.format(
                            name=name, which=which, names=", ".join(_with_weights(pipeline))
                        )
                    )
            ours, theirs = nlp.get_pipe(name), source.get_pipe(name)
            _check_schema(name, path, ours, theirs)
            _check_tokenizer(name, path, ours.model, theirs.model)  # type: ignore[attr-defined]
            _copy_weights(name, path, ours.model, theirs.model)  # type: ignore[attr-defined]
        return nlp

    return start


def _with_weights(nlp: Language) -> List[str]:
    return [name for name, pipe in nlp.pipeline if isinstance(getattr(pipe, "model", None), Model)]


def _check_schema(name: str, path: Union[str, Path], ours: Any, theirs: Any) -> None:
    """RAISES (ValueError): If weights of a network stand for other relations, roles or types."""
    one, other = getattr(ours, "schema", None), getattr(theirs, "schema", None)
    if not isinstance(one, Schema) or not isinstance(other, Schema):
        return
    problems = []
    if one.labels != other.labels:
        # A schema has its relations in the order of their labels.
        different = sorted(set(one.labels) ^ set(other.labels))
        problems.append(f"its relations differ in {different}")
    elif [relation.roles for relation in one.relations] != [r.roles for r in other.relations]:
        problems.append("its roles differ")
    if one.entity_types != other.entity_types:
        different = sorted(set(one.entity_types) ^ set(other.entity_types))
        problems.append(f"its entity types differ in {different}")
    if problems:
        raise ValueError(Errors.DRE517.format(name=name, path=path, problem="; ".join(problems)))


def _check_tokenizer(name: str, path: Union[str, Path], ours: Model, theirs: Model) -> None:
    """RAISES (ValueError): If embeddings of the same shape stand for other pieces of text."""
    for one, other in zip(_vocabularies(ours), _vocabularies(theirs)):
        different = sorted(dict(set(one.items()) ^ set(other.items())))
        if different:
            raise ValueError(
                Errors.DRE525.format(
                    name=name, path=path, count=len(different), pieces=different[:3]
                )
            )


def _vocabularies(model: Model) -> List[Dict[str, int]]:
    """The numbers of the pieces of text that pretrained models in a model know."""
    shims = [shim for node in model.walk() for shim in node.shims]
    # spacy-transformers keeps what it has loaded together.
    holders = [getattr(shim, "_hfmodel", shim) for shim in shims]
    tokenizers = [getattr(holder, "tokenizer", None) for holder in holders]
    return [tokenizer.get_vocab() for tokenizer in tokenizers if tokenizer is not None]


def _copy_weights(name: str, path: Union[str, Path], ours: Model, theirs: Model) -> None:
    """RAISES (ValueError): If there are weights that one of the two does not have, or not in this
    shape."""
    one, other = _weights(name, ours), _weights(name, theirs)
    different = sorted(
        weight
        for weight in {*one, *other}
        if weight not in one or weight not in other or one[weight].shape != other[weight].shape
    )
    if different:
        shapes = [
            f"{weight}: {_shape(one.get(weight))} here, {_shape(other.get(weight))} there"
            for weight in different[:3]
        ]
        raise ValueError(
            Errors.DRE518.format(
                name=name, path=path, count=len(different), shapes="; ".join(shapes)
            )
        )
    for target, source in zip(ours.walk(), theirs.walk()):
        for param in source.param_names:
            if source.has_param(param):
                trained = target.ops.asarray(source.get_param(param))
                target.set_param(param, trained.copy())  # type: ignore[arg-type]
        for shim, trained_shim in zip(target.shims, source.shims):
            # In place, so that what is frozen stays frozen.
            if trained_shim._model is not None:
                shim._model.load_state_dict(trained_shim._model.state_dict())


def _weights(name: str, model: Model) -> Dict[str, Any]:
    """All weights of a model, by their places."""
    weights: Dict[str, Any] = {}
    for number, node in enumerate(model.walk()):
        for param in node.param_names:
            if node.has_param(param):
                weights[f"{node.name}[{number}].{param}"] = node.get_param(param)
        for shim in node.shims:
            if shim._model is None:
                continue
            if not hasattr(shim._model, "state_dict"):
                raise ValueError(Errors.DRE519.format(name=name, model=model.name))
            weights.update(shim._model.state_dict())
    return weights


def _shape(weight: Any) -> str:
    return "none" if weight is None else str(tuple(weight.shape))
