"""The lower part of a transformer, which training may leave as it is."""

from typing import Any

from torch import nn

from ...errors import Errors


def freeze_lower_layers(transformer: Any, layers: int, *, embeddings: bool, pipe: str) -> None:
    """Keep the lower part as it is.

    transformer (PreTrainedModel): The transformer.
    layers (int): How many layers, from the lowest.
    embeddings (bool): Whether the embeddings, too.
    pipe (str): The name of the component, for the message.
    RAISES (ValueError): If there are not as many layers.
    """
    # The layers are the first list of modules in every family.
    found = next((each for each in transformer.modules() if isinstance(each, nn.ModuleList)), ())
    stack = list(found)
    if not 0 <= layers <= len(stack):
        raise ValueError(Errors.DRE510.format(pipe=pipe, layers=layers, found=len(stack)))
    for part in [*([transformer.embeddings] if embeddings else []), *stack[:layers]]:
        part.requires_grad_(False)
