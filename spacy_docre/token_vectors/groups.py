"""Documents of a batch that are extracted from together. What an extractor holds grows with the
pairs of entities, and not with the documents: sixteen long ones would take the memory of all their
pairs at once."""

import warnings
from collections.abc import Iterator, Sequence
from typing import List, Optional, Tuple

from torch import Tensor

from ..entities import EntityDoc, name_of
from ..errors import Errors, Warnings

# How many pairs of entities, each with itself too, are dealt with at a time; those of one document
# are never divided.
PAIRS = 50_000
# From how many on a document takes gigabytes, and from how many on more than most machines have.
MANY = 10 * PAIRS
TOO_MANY = 80 * PAIRS


def in_groups(
    tokens: Tensor, docs: Sequence[EntityDoc], tails: Optional[int] = None
) -> Iterator[Tuple[Tensor, List[EntityDoc]]]:
    """Divide a batch into groups of documents with few pairs.

    tokens (Tensor): The vectors of all tokens. *Shape:* (tokens, width)
    docs (Sequence[EntityDoc]): The documents.
    tails (Optional[int]): How many pairs an entity is the head of; all of them if None.
    YIELDS (Tuple[Tensor, List[EntityDoc]]): The vectors of the tokens of some documents, and
        these documents, in order.
    RAISES (ValueError): If a document has more pairs than memory can be expected to hold.
    """
    costs = [len(doc.entities) * min(len(doc.entities), tails or MANY) for doc in docs]
    for doc, own in zip(docs, costs):
        _check(doc, own)
    group: List[EntityDoc] = []
    pairs = begin = end = 0
    for doc, own in zip(docs, costs):
        if group and pairs + own > PAIRS:
            yield tokens[begin:end], group
            group, pairs, begin = [], 0, end
        group.append(doc)
        pairs += own
        end += len(doc.doc)
    if group:
        yield tokens[begin:end], group


def _check(doc: EntityDoc, pairs: int) -> None:
    if pairs > MANY:
        found = {"doc": name_of(doc.doc), "count": len(doc.entities), "pairs": pairs}
        if pairs > TOO_MANY:
            raise ValueError(Errors.DRE061.format(**found, limit=TOO_MANY))
        warnings.warn(Warnings.DRW021.format(**found), stacklevel=2)
