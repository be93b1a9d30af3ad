"""Rows that stand one after the other without padding, whose tokens attend in blocks: those of a
few branches to the tokens that any of them sees, in place of all of their row."""

from contextvars import ContextVar
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, cast

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .packing import NOTHING, PackedRows, RowCache, visible

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
    """All packed rows as one, without padding. T is the number of tokens.

    ids (Tensor): The tokens. *Shape:* (1, T)
    positions (Tensor): *Shape:* (1, T)
    wanted (Tensor): Where the wanted tokens are. *Shape:* (N,)
    groups (List[Blocks]): Blocks that hold all tokens.
    back (Tensor): Where each token is among those of all blocks. *Shape:* (T,)
    grid (Tensor): The token at each place of the packed rows, and any at padding. *Shape:* (R, Q)
    """

    ids: Tensor
    positions: Tensor
    wanted: Tensor
    groups: List[Blocks]
    back: Tensor
    grid: Tensor

    def to(self, device: torch.device) -> "Flat":
        """RETURNS (Flat): The same on a device."""
        groups = [Blocks(*(tensor.to(device) for tensor in group)) for group in self.groups]
        return Flat(
            self.ids.to(device),
            self.positions.to(device),
            self.wanted.to(device),
            groups,
            self.back.to(device),
            self.grid.to(device),
        )


def flatten(
    cached: Optional[RowCache],
    packed: PackedRows,
    sees: Tensor,
    dtype: torch.dtype,
    cache: Optional[Any] = None,
) -> Flat:
    """Find what attends to what.

    cached (Optional[RowCache]): What was computed before.
    packed (PackedRows): The tokens of rows.
    sees (Tensor): Which branch sees which.
    dtype (torch.dtype): The type of the model's activations.
    cache (Optional[Cache]): Keys and values of rows, to which those of the tokens will be added.
    RETURNS (Flat): The rows as one. What they see are tokens of the rows as one or, with a cache,
        places in its rows, one row after the other.
    """
    real = packed.branches != NOTHING
    grid = (real.flatten().cumsum(0) - 1).clamp(min=0).view_as(real)
    seen = visible(cached, packed, sees)
    places = grid
    if cache is not None:
        count, _, width = seen.shape
        room = cache.room(width)
        places = torch.arange(count * room, device=seen.device).view(count, room)
    blocks: List[Tuple[Tensor, Tensor, Tensor]] = []
    for row, allowed in enumerate(seen):
        own = real[row].nonzero().flatten()
        # Tokens of a branch see the same, wherever they stand.
        for queries in own[packed.branches[row, own].argsort(stable=True)].split(SIZE):
            keys = allowed[queries].any(0).nonzero().flatten()
            blocks.append((grid[row, queries], places[row, keys], allowed[queries][:, keys]))
    groups = _group(blocks, dtype)
    order = torch.cat([group.queries.flatten() for group in groups])
    back = torch.empty_like(order[: int(real.sum())])
    back[order] = torch.arange(len(order), device=order.device)
    wanted = grid[packed.wanted_rows, packed.wanted - packed.keep]
    return Flat(packed.ids[real][None], packed.positions[real][None], wanted, groups, back, grid)


# What the call that is under way computes: the rows, on each device that has layers of the model,
# and the cache if there is one.
UNDER_WAY: ContextVar[Tuple[Dict[torch.device, Flat], Optional[Any]]] = ContextVar(NAME)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: Optional[float] = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> Tuple[Tensor, None]:
    """Attend, as `transformers` calls its attention functions: in blocks where `compute` calls the
    model, and else as PyTorch does.

    query (Tensor): *Shape:* (1, heads, T, width)
    key (Tensor): *Shape:* (1, shared, T, width), each for as many heads as there are for one
    value (Tensor): *Shape:* (1, shared, T, width)
    RETURNS (Tuple[Tensor, None]): *Shape:* (1, T, heads, width)
    """
    under_way = UNDER_WAY.get(None)
    if under_way is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
    flats, cache = under_way
    if query.device not in flats:
        flats[query.device] = next(iter(flats.values())).to(query.device)
    flat = flats[query.device]
    _, heads, _, width = query.shape
    shared = key.shape[1]
    each = heads // shared
    queries, keys, values = (tensor[0].transpose(0, 1).flatten(1) for tensor in (query, key, value))
    if cache is not None:
        rows = [
            tensor.index_select(0, flat.grid.flatten())
            .view(*flat.grid.shape, shared, width)
            .transpose(1, 2)
            for tensor in (keys, values)
        ]
        keys, values = (
            tensor.transpose(1, 2).reshape(-1, shared * width)
            for tensor in cache.add(*rows, module.layer_idx)
        )
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


def take_over(model: Any) -> None:
    """Let a model attend with `attend`, if it computes attention as it is told to. Once for all
    calls: its config is shared by all threads.

    model (PreTrainedModel): The model.
    """
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attend)
    backend = getattr(model, "_supports_attention_backend", False)
    if backend and model.config._attn_implementation == "sdpa":
        model.config._attn_implementation = NAME


def can_flatten(model: Any) -> bool:
    """RETURNS (bool): Whether a model was taken over."""
    return model.config._attn_implementation == NAME


def compute(model: Any, flat: Flat, cache: Optional[Any] = None) -> Tensor:
    """Call a model that was taken over.

    model (PeftModel): The model.
    flat (Flat): The tokens.
    cache (Optional[Cache]): Keys and values of rows, to which those of the tokens are added.
    RETURNS (Tensor): Logits at the wanted tokens. *Shape:* (N, vocabulary)
    """
    token = UNDER_WAY.set(({flat.ids.device: flat}, cache))
    try:
        output = model(
            input_ids=flat.ids,
            # Blocks have masks of their own. The model makes none if it gets one.
            attention_mask=flat.groups[0].mask[:1, None],
            position_ids=flat.positions,
            use_cache=False,
            logits_to_keep=flat.wanted,
        )
    finally:
        UNDER_WAY.reset(token)
    return cast(Tensor, output.logits[0].to(flat.ids.device))


def _group(blocks: List[Tuple[Tensor, Tensor, Tensor]], dtype: torch.dtype) -> List[Blocks]:
    groups: List[List[Tuple[Tensor, Tensor, Tensor]]] = []
    for block in sorted(blocks, key=lambda block: -len(block[1])):
        if not groups or len(block[1]) < ALIKE * len(groups[-1][0][1]):
            groups.append([])
        groups[-1].append(block)
    return [_stack(group, dtype) for group in groups]


def _stack(blocks: List[Tuple[Tensor, Tensor, Tensor]], dtype: torch.dtype) -> Blocks:
    length = max(len(queries) for queries, _, _ in blocks)
    width = max(len(keys) for _, keys, _ in blocks)
    number, first = len(blocks), blocks[0][0]
    queries, keys = first.new_zeros(number, length), first.new_zeros(number, width)
    least = torch.finfo(dtype).min
    mask = torch.full((number, length, width), least, dtype=dtype, device=first.device)
    for place, (own, seen, allowed) in enumerate(blocks):
        # The last token fills what is left.
        fill = torch.arange(length, device=first.device).clamp(max=len(own) - 1)
        queries[place] = own[fill]
        keys[place, : len(seen)] = seen
        mask[place, :, : len(seen)].masked_fill_(allowed[fill], 0)
    return Blocks(queries, keys, mask)
