"""Merging by knowledge base id."""

from functools import partial
from typing import Dict, List

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity
from .base import EntitySource
from .merging import EntityMerger


@registry.misc("spacy_docre.KbId.v1")
def make_kb_id() -> EntitySource:
    """Create a source that merges entities with the same id, whatever their types: the id
    is the better evidence. The merged entity has the type of most mentions.

    RETURNS (EntitySource): The source.
    """
    return partial(merge_by_id)


def merge_by_id(doc: Doc, entities: List[Entity]) -> List[Entity]:
    """Merge entities with the same id. See `make_kb_id`."""
    merger = EntityMerger(entities)
    first: Dict[str, int] = {}
    for number, entity in enumerate(entities):
        if entity.id:
            merger.link(first.setdefault(entity.id, number), number)
    return merger.merged()
