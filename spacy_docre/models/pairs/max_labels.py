"""How many relations the same entities have. Most models extract no more of them than the documents
had that they were made for."""

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Tuple
from weakref import WeakSet

from ...data.entities import EntityDoc, name_of
from ...errors import Warnings

# The networks about which a user was warned already.
_WARNED: "WeakSet[object]" = WeakSet()


def most_labels(docs: Sequence[EntityDoc]) -> int:
    """RETURNS (int): The largest number of gold relations of the same entities, at least 1."""
    return max(_counts(docs).values(), default=1)


def warn_of_fuller_pairs(network: object, docs: Sequence[EntityDoc], limit: int) -> None:
    """Warn, once for each network, of gold relations that it learns but will not extract.

    network (object): The network.
    docs (Sequence[EntityDoc]): Documents with gold triples.
    limit (int): How many relations of the same entities are extracted.
    """
    if network in _WARNED:
        return
    counts = _counts(docs)
    fuller = [pair for pair, count in counts.items() if count > limit]
    if fuller:
        _WARNED.add(network)
        first = min(number for number, _ in fuller)
        warnings.warn(
            Warnings.DRW503.format(
                doc=name_of(docs[first].doc),
                count=sum(number == first for number, _ in fuller),
                limit=limit,
                most=max(counts.values()),
            ),
            stacklevel=2,
        )


def _counts(docs: Sequence[EntityDoc]) -> "Counter[Tuple[int, Tuple[int, ...]]]":
    """For the number of a document, and entities of it, the number of relations."""
    return Counter(
        (number, triple.entities) for number, doc in enumerate(docs) for triple in doc.gold or ()
    )
