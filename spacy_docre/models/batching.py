"""Batches of what is similarly long, so that little of them is padding."""

from collections.abc import Iterator, Sequence
from typing import List


def batch_by_length(lengths: Sequence[int], size: int) -> Iterator[List[int]]:
    """What to compute together, the longest first.

    lengths (Sequence[int]): How long each is.
    size (int): The length that a batch has at most, with padding, unless it is a single one.
    YIELDS (List[int]): Which are in a batch.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    while order:
        count = max(1, size // max(1, lengths[order[0]]))
        yield order[:count]
        order = order[count:]
