"""Documents of a batch that are extracted from together. What a head holds grows with the pairs of
entities, and not with the documents: sixteen long ones would take the memory of all their pairs at
once."""

import warnings
from collections.abc import Iterator, Sequence
from typing import List

from ...data.entities import EntityDoc, name_of
from ...errors import Errors, Warnings

# How many pairs of entities, each with itself too, are dealt with at a time; those of one document
# are never divided.
PAIRS = 50_000
# From how many on a document takes gigabytes, and from how many on more than most machines have.
MANY = 10 * PAIRS
TOO_MANY = 80 * PAIRS


def in_groups(costs: Sequence[int]) -> Iterator[List[int]]:
    """Divide a batch into groups of documents with few pairs.

    costs (Sequence[int]): How many pairs each document has.
    YIELDS (List[int]): Some documents, in order.
    """
    group: List[int] = []
    pairs = 0
    for number, own in enumerate(costs):
        if group and pairs + own > PAIRS:
            yield group
            group, pairs = [], 0
        group.append(number)
        pairs += own
    if group:
        yield group


def check_costs(docs: Sequence[EntityDoc], costs: Sequence[int]) -> None:
    """Warn of documents with many pairs.

    docs (Sequence[EntityDoc]): The documents.
    costs (Sequence[int]): How many pairs each of them has.
    RAISES (ValueError): If one has more pairs than memory can be expected to hold.
    """
    for doc, pairs in zip(docs, costs):
        if pairs > MANY:
            found = {"doc": name_of(doc.doc), "count": len(doc.entities), "pairs": pairs}
            if pairs > TOO_MANY:
                raise ValueError(Errors.DRE061.format(**found, limit=TOO_MANY))
            warnings.warn(Warnings.DRW021.format(**found), stacklevel=2)
