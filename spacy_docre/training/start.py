"""Start training from the weights of a trained pipeline: the second of two stages."""

from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Union

from spacy.language import Language
from spacy.util import load_model, registry
from thinc.api import Model

from ..data.schema import Schema
from ..errors import Errors
from .labels import adopt_order
from .weights import check_vectors, check_weights, copy_weights, encoder_of


@registry.callbacks("spacy_docre.StartFrom.v1")
def create_start_from(
    path: Union[str, Path], pipes: Optional[List[str]] = None
) -> Callable[[Language], Language]:
    """Create a callback for `[initialize.after_init]` that gives components the weights of a
    trained pipeline. Unlike components that a config sources, they keep all settings of the
    config: negatives, dropout, learning rates and the like may differ between the two stages.

    What weights stand for must be the same. A component whose labels only come in another order
    gets that of the trained one, and a schema may have further relations and types.

    path (Union[str, Path]): The trained pipeline, a directory or a package.
    pipes (Optional[List[str]]): The components, which have the same names in both pipelines. All
        that have weights if None.
    RETURNS (Callable[[Language], Language]): The callback.
    """

    def start(nlp: Language) -> Language:
        # A config may name callbacks for when a pipeline is loaded, too, be it a stranger's.
        if nlp._optimizer is None:
            raise ValueError(Errors.DRE532.format(path=path))
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
            model, trained = ours.model, theirs.model  # type: ignore[attr-defined]
            _check_tokenizer(name, path, model, trained)
            if not isinstance(getattr(ours, "schema", None), Schema):
                adopt_order(name, path, ours, theirs)
            check_weights(name, path, model, trained)
            check_vectors(name, path, model, nlp.vocab, source.vocab)
            copy_weights(model, trained)
        return nlp

    return start


def _with_weights(nlp: Language) -> List[str]:
    return [name for name, pipe in nlp.pipeline if isinstance(getattr(pipe, "model", None), Model)]


def _check_schema(name: str, path: Union[str, Path], ours: Any, theirs: Any) -> None:
    """RAISES (ValueError): If weights of a network stand for relations that the schema lacks or
    has with other roles, or for types that it lacks. It may have more."""
    one, other = getattr(ours, "schema", None), getattr(theirs, "schema", None)
    if not isinstance(one, Schema) or not isinstance(other, Schema):
        return
    problems = []
    lost = sorted(set(other.labels) - set(one.labels))
    changed = [r.label for r in other.relations if r.label in one and one[r.label].roles != r.roles]
    types = sorted(set(other.entity_types) - set(one.entity_types))
    if lost:
        problems.append(f"its relations lack {lost}")
    if changed:
        problems.append(f"its roles differ in {changed}")
    if types:
        problems.append(f"its entity types lack {types}")
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
    # spacy-transformers keeps what it has loaded together, and so does an extractor's encoder.
    holders = [getattr(shim, "_hfmodel", encoder_of(shim)) for shim in shims]
    tokenizers = [getattr(holder, "tokenizer", None) for holder in holders]
    return [tokenizer.get_vocab() for tokenizer in tokenizers if tokenizer is not None]
