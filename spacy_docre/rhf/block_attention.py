"""Attention of rows that stand one after the other without padding, in blocks: tokens of a few
branches attend to the tokens that any of them sees, in place of all of their row."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .packing import NOTHING, Layout, visible

NAME = "spacy_docre_blocks"
# How many tokens attend together: more would see more of each other's, which they need not.
SIZE = 64
# Blocks are computed together if the one that sees least sees this share of what the other does.
ALIKE = 0.75


class Blocks(NamedTuple):
    """Blocks that are computed together. N is their number, Q that of tokens, K of seen ones.

    queries (Tensor): The tokens. *Shape:* (N, Q)
    keys (Tensor): What they see, and some more. *Shape:* (N, K)
    mask (Tensor): 0 or, for what a token does not see, the least number. *Shape:* (N, Q, K)
    """

    queries: Tensor
    keys: Tensor
    mask: Tensor


class Flat(NamedTuple):
    """All rows of a layout as one, without padding. T is the number of tokens.

    ids (Tensor): The tokens. *Shape:* (1, T)
    positions (Tensor): *Shape:* (1, T)
    wanted (Tensor): Where the wanted tokens are. *Shape:* (N,)
    groups (List[Blocks]): Blocks that hold all tokens.
    back (Tensor): Where each token is among those of all blocks. *Shape:* (T,)
    """

    ids: Tensor
    positions: Tensor
    wanted: Tensor
    groups: List[Blocks]
    back: Tensor


def flatten(layout: Layout, sees: Tensor, dtype: torch.dtype) -> Flat:
    """Find what attends to what.

    layout (Layout): The tokens of rows.
    sees (Tensor): Which branch sees which.
    dtype (torch.dtype): The type of the model's activations.
    RETURNS (Flat): The rows as one.
    """
    real = layout.branches != NOTHING
    place = (real.flatten().cumsum(0) - 1).view_as(real)
    blocks: List[Tuple[Tensor, Tensor, Tensor]] = []
    for row, allowed in enumerate(visible(None, layout, sees)):
        own = real[row].nonzero().flatten()
        # Tokens of a branch see the same, wherever they stand.
        for queries in own[layout.branches[row, own].argsort(stable=True)].split(SIZE):
            # The last one fills what is left of its block.
            queries = torch.cat([queries, queries[-1:].expand(SIZE - len(queries))])
            keys = allowed[queries].any(0).nonzero().flatten()
            blocks.append((place[row, queries], place[row, keys], allowed[queries][:, keys]))
    groups = _group(blocks, dtype)
    order = torch.cat([group.queries.flatten() for group in groups])
    back = torch.empty_like(order[: int(real.sum())])
    back[order] = torch.arange(len(order), device=order.device)
    wanted = place[layout.wanted_rows, layout.wanted - layout.keep]
    return Flat(layout.ids[real][None], layout.positions[real][None], wanted, groups, back)


def attend(
    flat: Flat,
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: Optional[float] = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> Tuple[Tensor, None]:
    """Attend, as `transformers` calls its attention functions.

    flat (Flat): What attends to what.
    query (Tensor): *Shape:* (1, heads, T, width)
    key (Tensor): *Shape:* (1, shared, T, width), each for as many heads as there are for one
    value (Tensor): *Shape:* (1, shared, T, width)
    RETURNS (Tuple[Tensor, None]): *Shape:* (1, T, heads, width)
    """
    _, heads, _, width = query.shape
    shared = key.shape[1]
    each = heads // shared
    queries, keys, values = (tensor[0].transpose(0, 1).flatten(1) for tensor in (query, key, value))
    outputs: List[Tensor] = []
    for places, seen, mask in flat.groups:
        number, length = places.shape
        # The queries of heads that share keys stand side by side.
        q = queries.index_select(0, places.flatten()).view(number, length, shared, each, width)
        q = q.permute(0, 2, 3, 1, 4).reshape(number, shared, each * length, width)
        k, v = (
            tensor.index_select(0, seen.flatten())
            .view(number, seen.shape[1], shared, width)
            .transpose(1, 2)
            for tensor in (keys, values)
        )
        mask = mask[:, None].repeat(1, 1, each, 1)
        out = scaled_dot_product_attention(q, k, v, mask, dropout, scale=scaling)
        out = out.view(number, shared, each, length, width).permute(0, 3, 1, 2, 4)
        outputs.append(out.reshape(number * length, heads * width))
    output = torch.cat(outputs).index_select(0, flat.back)
    return output.view(1, len(flat.back), heads, width), None


def can_flatten(model: Any) -> bool:
    """RETURNS (bool): Whether a model computes attention as it is told to."""
    backend = getattr(model, "_supports_attention_backend", False)
    return backend and model.config._attn_implementation == "sdpa"


@contextlib.contextmanager
def block_attention(model: Any, flat: Flat) -> Iterator[None]:
    """Use it for the time of a `with` block.

    model (PreTrainedModel): The model.
    flat (Flat): What attends to what.
    """
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, partial(attend, flat))
    model.config._attn_implementation = NAME
    try:
        yield
    finally:
        model.config._attn_implementation = "sdpa"


def _group(blocks: List[Tuple[Tensor, Tensor, Tensor]], dtype: torch.dtype) -> List[Blocks]:
    groups: List[List[Tuple[Tensor, Tensor, Tensor]]] = []
    for block in sorted(blocks, key=lambda block: -len(block[1])):
        if not groups or len(block[1]) < ALIKE * len(groups[-1][0][1]):
            groups.append([])
        groups[-1].append(block)
    return [_stack(group, dtype) for group in groups]


def _stack(blocks: List[Tuple[Tensor, Tensor, Tensor]], dtype: torch.dtype) -> Blocks:
    width = max(len(keys) for _, keys, _ in blocks)
    first = blocks[0][1]
    keys = first.new_zeros(len(blocks), width)
    mask = torch.full(
        (len(blocks), SIZE, width), torch.finfo(dtype).min, dtype=dtype, device=first.device
    )
    for number, (_, seen, allowed) in enumerate(blocks):
        keys[number, : len(seen)] = seen
        mask[number, :, : len(seen)].masked_fill_(allowed, 0)
    return Blocks(torch.stack([queries for queries, _, _ in blocks]), keys, mask)
