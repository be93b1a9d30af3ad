"""The bilinear form that scores all relations of a pair."""

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

# Products of heads and tails are held in memory for as many pairs as give this many numbers.
SLICE = 16_000_000


class GroupBilinear(nn.Module):
    """Score pairs of vectors with one bilinear form for each output.

    Both vectors are split into groups, and only numbers of the same group meet (ATLOP, Zhou et
    al. 2021): a full form, that of one group, has a weight for each pair of numbers and output.

    width (int): Width of the vectors.
    outputs (int): Number of outputs.
    groups (int): Number of groups, a divisor of the width.
    """

    def __init__(self, width: int, outputs: int, *, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.products = width * width // groups
        self.output = nn.Linear(self.products, outputs)

    def forward(self, heads: Tensor, tails: Tensor) -> Tensor:
        """Score pairs.

        heads (Tensor): *Shape:* (pairs, width)
        tails (Tensor): *Shape:* (pairs, width)
        RETURNS (Tensor): *Shape:* (pairs, outputs)
        """
        size = max(1, SLICE // self.products)
        if len(heads) <= size:
            return self._score(heads, tails)
        slices = zip(heads.split(size), tails.split(size))
        if not torch.is_grad_enabled():
            return torch.cat([self._score(*each) for each in slices])
        # The products of all pairs would stay in memory until the backward pass: a document of 200
        # entities has 40,000 pairs. They are computed again in it.
        return torch.cat(
            [
                checkpoint(self._score, *each, use_reentrant=False, preserve_rng_state=False)
                for each in slices
            ]
        )

    def _score(self, heads: Tensor, tails: Tensor) -> Tensor:
        head = heads.unflatten(1, (self.groups, -1)).unsqueeze(3)
        tail = tails.unflatten(1, (self.groups, -1)).unsqueeze(2)
        return self.output((head * tail).flatten(1))
