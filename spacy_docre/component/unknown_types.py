"""Entities of types that a schema does not know, as of a recogniser with labels of its own."""

import warnings
from collections import Counter
from collections.abc import Sequence

from ..data.entities import EntityDoc
from ..data.schema import Schema
from ..errors import Warnings


def count_unknown_types(
    counted: "Counter[str]", docs: Sequence[EntityDoc], schema: Schema, *, name: str
) -> None:
    """Count entities of types that the schema does not know, and warn about the first.

    counted (Counter[str]): Those that were counted before, to add to.
    docs (Sequence[EntityDoc]): The documents.
    schema (Schema): The schema.
    name (str): The name of the component, for messages.
    """
    known = schema.known_types
    types = [entity.type for doc in docs for entity in doc.entities]
    unknown = Counter(type for type in types if known and type not in known)
    if unknown and not counted:
        message = Warnings.DRW110.format(
            name=name,
            types=", ".join(f"{type!r} ({count})" for type, count in unknown.most_common()),
            count=sum(unknown.values()),
            total=len(types),
            known=", ".join(map(repr, sorted(known))),
        )
        warnings.warn(message, stacklevel=2)
    counted.update(unknown)
