"""Batches of what is similarly long, so that little of them is padding."""

from collections.abc import Iterator, Sequence
from typing import List


def batch_by_length(lengths: Sequence[int], size: int) -> Iterator[List[int]]:
    """Group what is similarly long.

    lengths (Sequence[int]): How long each is.
    size (int): The length that a group has at most, with padding, unless it is a single one.
    YIELDS (List[int]): Which are in a group.
    """
    group: List[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[number] > size:
            yield group
            group = []
        group.append(number)
    if group:
        yield group
