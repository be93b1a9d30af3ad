"""Freeze the lower part of a transformer for training."""

from typing import Callable

from spacy.language import Language
from spacy.util import registry


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
        from ..models.encoders.lower_layers import freeze_lower_layers

        transformer = nlp.get_pipe(pipe).model.transformer  # type: ignore[attr-defined]
        freeze_lower_layers(transformer, layers, embeddings=embeddings, pipe=pipe)
        return nlp

    return freeze
