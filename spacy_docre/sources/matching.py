"""Finding the entity that a coreference system's span stands for. Such systems mark whole
noun phrases, named entity recognisers mark names."""

from functools import cached_property
from typing import Dict, List, Optional, Sequence

from spacy.tokens import Doc, Span

from ..data.entities import Entity, Mention
from .trimming import trim


class MentionIndex:
    """Looks up which entities a token range mentions.

    doc (Doc): The document.
    entities (Sequence[Entity]): The entities, addressed by their positions.
    """

    def __init__(self, doc: Doc, entities: Sequence[Entity]) -> None:
        self._doc = doc
        self._parsed = doc.has_annotation("DEP")
        self._owners: Dict[Mention, List[int]] = {}
        for position, entity in enumerate(entities):
            for mention in entity.mentions:
                self._owners.setdefault(mention, []).append(position)

    @cached_property
    def _trimmed(self) -> Dict[Mention, List[Mention]]:
        trimmed: Dict[Mention, List[Mention]] = {}
        for mention in self._owners:
            trimmed.setdefault(trim(self._doc, mention), []).append(mention)
        return trimmed

    @cached_property
    def _headed(self) -> Dict[int, List[Mention]]:
        headed: Dict[int, List[Mention]] = {}
        for mention in self._owners:
            head = self._head(mention)
            if head is not None:
                headed.setdefault(head, []).append(mention)
        return headed

    def find(self, mention: Mention) -> List[int]:
        """Find the entities that a token range mentions: those with the same mention, else
        with the same but for determiners, possessives and punctuation around it, else, in
        a parsed document, with the same syntactic head. "The late Marie Curie" stands for
        "Marie Curie" then; "the wife of Barack Obama" never stands for "Barack Obama".

        mention (Mention): The token range.
        RETURNS (List[int]): Positions of the entities, more than one only where they
            share the mention. Empty if there is none.
        """
        if mention in self._owners:
            return self._owners[mention]
        candidates = self._trimmed.get(trim(self._doc, mention), [])
        if not candidates:
            head = self._head(mention)
            candidates = self._headed.get(head, []) if head is not None else []
        if not candidates:
            return []
        start, end = mention
        nearest = min(candidates, key=lambda m: (abs(m.start - start) + abs(m.end - end), m))
        return self._owners[nearest]

    def _head(self, mention: Mention) -> Optional[int]:
        """The token that heads a mention; None without a parse, and for coordinations,
        which the parse heads by their first part: "Bonnie and Clyde" is not Bonnie."""
        if not self._parsed:
            return None
        root = Span(self._doc, *mention).root
        if any(right.dep_ == "conj" and right.i < mention.end for right in root.rights):
            return None
        return root.i
