"""Documents that are much longer than those of training."""

import warnings
from typing import Sequence
from weakref import WeakSet

from .entities import EntityDoc, name_of
from .errors import Warnings

# How much longer, and how many tokens at least.
TIMES = 3
TOKENS = 1000

# The components about which a user was warned already.
_WARNED: "WeakSet[object]" = WeakSet()


def longest_of(docs: Sequence[EntityDoc]) -> int:
    """RETURNS (int): The number of tokens of the longest document."""
    return max((len(doc.doc) for doc in docs), default=0)


def warn_of_longer(component: object, name: str, docs: Sequence[EntityDoc], longest: int) -> None:
    """Warn, once for each component, of a document that is unlike those of training.

    component (object): The component.
    name (str): Its name.
    docs (Sequence[EntityDoc]): The documents to extract from.
    longest (int): The length of the longest document of training; 0 if it is not known.
    """
    if component in _WARNED or not longest:
        return
    for doc in docs:
        if len(doc.doc) > max(TIMES * longest, TOKENS):
            _WARNED.add(component)
            found = {"doc": name_of(doc.doc), "length": len(doc.doc), "longest": longest}
            warnings.warn(Warnings.DRW020.format(name=name, **found), stacklevel=2)
            return
