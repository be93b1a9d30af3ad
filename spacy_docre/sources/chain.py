"""Several sources, one after the other."""

from functools import partial
from typing import Callable, List, Sequence, Tuple

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity, in_order
from ..errors import Errors
from .base import EntitySource

EntityFinder = Callable[[Doc], Tuple[Entity, ...]]


@registry.misc("spacy_docre.Sources.v1")
def make_sources(*sources: EntitySource) -> EntityFinder:
    """Create a chain of sources. In a config they are named blocks below `*`, which run in
    the order in which they stand; the names are free.

    *sources (EntitySource): The sources.
    RETURNS (Callable[[Doc], Tuple[Entity, ...]]): Finds the entities of a document, in order
        of first appearance.
    RAISES (ValueError): If there is no source.
    """
    if not sources:
        raise ValueError(Errors.DRE101)
    return partial(find_entities, sources=sources)


def find_entities(doc: Doc, *, sources: Sequence[EntitySource]) -> Tuple[Entity, ...]:
    """Run sources one after the other.

    doc (Doc): The document.
    sources (Sequence[EntitySource]): The sources.
    RETURNS (Tuple[Entity, ...]): The entities, in order of first appearance.
    """
    entities: List[Entity] = []
    for source in sources:
        entities = source(doc, entities)
    return tuple(in_order(entities))
