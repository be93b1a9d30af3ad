"""Freeze the lower part of a transformer for training."""

from typing import Any, Callable, List

from spacy.language import Language
from spacy.util import registry

from ..errors import Errors


@registry.callbacks("spacy_docre.FreezeTransformer.v1")
def create_freeze_transformer(
    pipe: str = "transformer", layers: int = 0, embeddings: bool = True
) -> Callable[[Language], Language]:
    """Create a callback for `[initialize.after_init]` that keeps the lower layers of a
    `spacy-transformers` encoder as they are. They cost no backward pass then, and with few
    training documents what they know of language is better left alone.

    pipe (str): The name of the transformer component.
    layers (int): How many layers to freeze, from the lowest.
    embeddings (bool): Whether to freeze the embeddings.
    RETURNS (Callable[[Language], Language]): The callback.
    """

    def freeze(nlp: Language) -> Language:
        transformer = nlp.get_pipe(pipe).model.transformer  # type: ignore[attr-defined]
        parts: List[Any] = [transformer.embeddings] if embeddings else []
        stack = _layers(transformer)
        if not 0 <= layers <= len(stack):
            raise ValueError(Errors.DRE510.format(pipe=pipe, layers=layers, found=len(stack)))
        for part in [*parts, *stack[:layers]]:
            for parameter in part.parameters():
                parameter.requires_grad_(False)
        return nlp

    return freeze


def _layers(transformer: Any) -> List[Any]:
    """The layers of an encoder, which are its first list of modules in every family."""
    import torch

    for module in transformer.modules():
        if isinstance(module, torch.nn.ModuleList):
            return list(module)
    return []
