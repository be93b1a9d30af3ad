"""Many prompts in one row: branches that share a prefix, none of which sees another.

A row holds a prefix (the passage) and any number of branches (questions with their answers),
one after the other. What a token may attend to is a matter of the mask: tokens of the prefix, of
its own branch and of what this continues, up to its own position, where positions count along the
branch. So the prefix is computed once, and its keys and values are never copied, while every branch
is what it would be alone.

Since the mask alone says what belongs together, tokens may stand in any order. Those at which
the next token is wanted stand at the end of a row, so that only a few logits are computed.
"""

from dataclasses import dataclass, replace
from typing import List, NamedTuple, Optional, Sequence

import torch
from torch import Tensor

from .cache import Layers

PREFIX = 0
NOTHING = -1


class Piece(NamedTuple):
    """Tokens that continue a branch.

    row (int): The row.
    branch (int): The branch: from 1, another one in each row, or 0 for the prefix.
    tokens (Sequence[int]): The tokens.
    start (int): The position of the first one.
    keep (int): At how many tokens, at the end of the piece, the next one is wanted.
    """

    row: int
    branch: int
    tokens: Sequence[int]
    start: int
    keep: int


class PackedRows(NamedTuple):
    """Pieces as tensors. R is the number of rows, Q of tokens, N of wanted ones.

    ids (Tensor): The tokens. *Shape:* (R, Q)
    branches (Tensor): To which branch each belongs; -1 is padding. *Shape:* (R, Q)
    positions (Tensor): *Shape:* (R, Q)
    keep (int): How many tokens at the end of rows have logits; at least 1.
    wanted_rows (Tensor): The row of each wanted token, in the order of the pieces. *Shape:* (N,)
    wanted (Tensor): Where it is among those that have logits. *Shape:* (N,)
    """

    ids: Tensor
    branches: Tensor
    positions: Tensor
    keep: int
    wanted_rows: Tensor
    wanted: Tensor


@dataclass(frozen=True)
class RowCache:
    """What was computed for the rows so far.

    layers (Tuple[Tuple[Tensor, Tensor], ...]): Keys and values, with room for more.
        *Shape:* (R, heads, at least K, width)
    branches (Tensor): To which branch each of them belongs. *Shape:* (R, K)
    positions (Tensor): *Shape:* (R, K)
    sees (Tensor): Which branch sees which, see `visibility`.
    adapter (str): The adapter that they were computed with.
    """

    layers: Layers
    branches: Tensor
    positions: Tensor
    sees: Tensor
    adapter: str

    def select(self, rows: Sequence[int]) -> "RowCache":
        """RETURNS (RowCache): That of some of the rows."""
        if list(rows) == list(range(len(self.branches))):
            return self
        index = torch.tensor(rows, device=self.branches.device)
        used = (self.branches[index] != NOTHING).any(0).nonzero()
        length = int(used.max()) + 1 if len(used) else 1
        columns = torch.arange(length, device=index.device)[None]
        return replace(
            self,
            layers=_look_up(self.layers, index[:, None], columns),
            branches=self.branches[index, :length],
            positions=self.positions[index, :length],
        )

    def keep(self, alive: Tensor) -> "RowCache":
        """RETURNS (RowCache): What is alive, by *Shape:* (R, K), moved together."""
        order = (~alive).long().argsort(dim=1, stable=True)[:, : int(alive.sum(1).max())]
        rows = torch.arange(len(order), device=order.device)[:, None]
        branches = self.branches.gather(1, order).masked_fill(~alive.gather(1, order), NOTHING)
        positions = self.positions.gather(1, order)
        layers = _look_up(self.layers, rows, order)
        return replace(self, layers=layers, branches=branches, positions=positions)


def _look_up(layers: Layers, rows: Tensor, columns: Tensor) -> Layers:
    """Copy keys and values of tokens, in rows and columns that are broadcast. Layers may be on
    different devices."""
    return tuple(
        (_own(keys, rows, columns), _own(values, rows, columns)) for keys, values in layers
    )


def _own(kept: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    rows, columns = rows.to(kept.device), columns.to(kept.device)
    return kept.transpose(1, 2)[rows, columns].transpose(1, 2)


def pack(pieces: Sequence[Piece], rows: int, pad: int, device: torch.device) -> PackedRows:
    """Put pieces into rows.

    pieces (Sequence[Piece]): The pieces.
    rows (int): The number of rows.
    pad (int): The token to fill rows with.
    device (torch.device): Where tensors go.
    RETURNS (PackedRows): The tensors.
    """
    bodies, tails = [_Line() for _ in range(rows)], [_Line() for _ in range(rows)]
    wanted_rows: List[int] = []
    wanted: List[int] = []
    for row, branch, tokens, start, keep in pieces:
        cut = len(tokens) - keep
        bodies[row].extend(tokens[:cut], branch, start)
        tails[row].extend(tokens[cut:], branch, start + cut)
        wanted_rows.extend([row] * keep)
        wanted.extend(range(len(tails[row].ids) - keep, len(tails[row].ids)))
    for lines in (bodies, tails):
        # Wanted tokens begin at the same column in all rows.
        length = max(len(line.ids) for line in lines)
        for line in lines:
            line.extend([pad] * (length - len(line.ids)), NOTHING, None)
    pairs = list(zip(bodies, tails))

    def tensor(values: Sequence) -> Tensor:
        return torch.tensor(values, dtype=torch.long, device=device)

    return PackedRows(
        tensor([body.ids + tail.ids for body, tail in pairs]),
        tensor([body.branches + tail.branches for body, tail in pairs]),
        tensor([body.positions + tail.positions for body, tail in pairs]),
        max(1, len(tails[0].ids)),
        tensor(wanted_rows),
        tensor(wanted),
    )


class _Line:
    """Part of a row."""

    def __init__(self) -> None:
        self.ids: List[int] = []
        self.branches: List[int] = []
        self.positions: List[int] = []

    def extend(self, ids: Sequence[int], branch: int, start: Optional[int]) -> None:
        """Add tokens at consecutive positions or, for padding, all at the first one."""
        self.ids.extend(ids)
        self.branches.extend([branch] * len(ids))
        positions = [0] * len(ids) if start is None else range(start, start + len(ids))
        self.positions.extend(positions)


def visibility(parents: Sequence[int], device: torch.device) -> Tensor:
    """Which branch sees which.

    parents (Sequence[int]): For each branch the one that it continues; the prefix, which stands
        first, continues itself.
    device (torch.device): Where to put it.
    RETURNS (Tensor): Whether the first branch sees the second, which it does if it is the same or
        if it continues it. Padding, the last one, sees the prefix, since there must be something.
        *Shape:* (branches + 1, branches + 1)
    """
    above = torch.tensor(parents, device=device)
    sees = torch.eye(len(above) + 1, dtype=torch.bool, device=device)
    branches, seen = torch.arange(len(above), device=device), above
    while True:
        sees[branches, seen] = True
        if not seen.any():
            break
        seen = above[seen]
    sees[NOTHING, NOTHING], sees[NOTHING, PREFIX] = False, True
    return sees


def visible(cached: Optional[RowCache], packed: PackedRows, sees: Tensor) -> Tensor:
    """What every token of packed rows attends to.

    cached (Optional[RowCache]): What was computed before.
    packed (PackedRows): The tokens.
    sees (Tensor): Which branch sees which.
    RETURNS (Tensor): Whether it does. *Shape:* (R, Q, K)
    """
    branches, positions = packed.branches, packed.positions
    if cached is not None:
        branches = torch.cat([cached.branches, branches], 1)
        positions = torch.cat([cached.positions, positions], 1)
    allowed = sees[packed.branches[:, :, None], branches[:, None, :]]
    # Padding is at position 0, and so attends to the first token of the prefix.
    return allowed & (positions[:, None, :] <= packed.positions[:, :, None])


def attention_mask(
    cached: Optional[RowCache], packed: PackedRows, sees: Tensor, dtype: torch.dtype
) -> Tensor:
    """What every token of packed rows attends to, as a model reads it.

    dtype (torch.dtype): The type of the model's activations.
    RETURNS (Tensor): 0 or, where it does not, the least number. *Shape:* (R, 1, Q, K)
    """
    allowed = visible(cached, packed, sees)
    mask = torch.zeros(allowed.shape, dtype=dtype, device=allowed.device)
    return mask.masked_fill_(~allowed, torch.finfo(dtype).min)[:, None]
