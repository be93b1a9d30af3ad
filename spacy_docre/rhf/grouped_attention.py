"""Attention of few tokens to many, for models whose heads share keys and values in groups: the
queries of a group stand side by side, in place of a copy of keys and values for each."""

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import Any, Optional, Tuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

NAME = "spacy_docre_grouped"
# Beyond that, copies of the mask would cost more than those of keys and values.
FEW = 64


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: Optional[float] = None,
    **kwargs: Any,
) -> Tuple[Tensor, None]:
    """Attend, as `transformers` calls its attention functions.

    query (Tensor): *Shape:* (R, heads, Q, width)
    key (Tensor): *Shape:* (R, groups, K, width)
    value (Tensor): *Shape:* (R, groups, K, width)
    attention_mask (Tensor): *Shape:* (R, 1, Q, K)
    RETURNS (Tuple[Tensor, None]): *Shape:* (R, Q, heads, width)
    """
    rows, heads, length, width = query.shape
    groups = key.shape[1]
    size = heads // groups
    grouped = query.reshape(rows, groups, size * length, width)
    mask = attention_mask.expand(rows, size, length, key.shape[2]).reshape(
        rows, 1, size * length, key.shape[2]
    )
    if key.is_cuda:
        # Not every kernel there takes tensors with gaps.
        key, value = key.contiguous(), value.contiguous()
    output = scaled_dot_product_attention(grouped, key, value, attn_mask=mask, scale=scaling)
    return output.reshape(rows, heads, length, width).transpose(1, 2).contiguous(), None


@contextlib.contextmanager
def grouped_attention(model: Any, length: int) -> Iterator[None]:
    """Use it for the time of a `with` block, where the model can and it pays.

    model (PreTrainedModel): The model.
    length (int): How many tokens attend in each row.
    """
    config = model.config
    if (
        length > FEW
        or not getattr(model, "_supports_attention_backend", False)
        or config._attn_implementation != "sdpa"
    ):
        yield
        return
    _register()
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = "sdpa"


@cache
def _register() -> None:
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attend)
