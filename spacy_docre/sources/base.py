"""What an entity source is."""

from typing import List, Protocol

from spacy.tokens import Doc

from ..data.entities import Entity


class EntitySource(Protocol):
    """A step on the way from a document's annotations to its entities. Sources do not
    change the document or the list they are given, and lose no mention of it."""

    def __call__(self, doc: Doc, entities: List[Entity]) -> List[Entity]:
        """Extend or merge entities.

        doc (Doc): The document.
        entities (List[Entity]): The entities that earlier sources found.
        RETURNS (List[Entity]): These and further ones, with clusters merged.
        """
        ...
