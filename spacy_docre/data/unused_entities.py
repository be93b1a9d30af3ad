"""Entities that an extractor has found, of which only those with relations stay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import List, Tuple

from .entities import EntityDoc, order_of
from .triples import Triple


def drop_unused_entities(
    doc: EntityDoc, triples: Sequence[Triple], *, given: int
) -> Tuple[EntityDoc, List[Triple]]:
    """Drop entities that were found and that no triple refers to.

    doc (EntityDoc): The document, with the entities that were found behind those it had.
    triples (Sequence[Triple]): Its triples.
    given (int): The number of entities it had, which stay.
    RETURNS (Tuple[EntityDoc, List[Triple]]): The document with its entities in order of first
        appearance, and the triples.
    """
    if given == len(doc.entities):
        return doc, list(triples)
    named = (*triples, *(doc.soft or ()))
    used = {index for triple in named for index in triple.entities}
    kept = sorted({*range(given), *used})
    ordered = sorted(kept, key=lambda index: order_of(doc.entities[index]))
    places = {index: place for place, index in enumerate(ordered)}

    def move(triple: Triple) -> Triple:
        return replace(triple, entities=tuple(places[index] for index in triple.entities))

    moved = replace(
        doc,
        entities=tuple(doc.entities[index] for index in ordered),
        gold=None if doc.gold is None else tuple(map(move, doc.gold)),
        soft=None if doc.soft is None else tuple(map(move, doc.soft)),
    )
    return moved, list(map(move, triples))
