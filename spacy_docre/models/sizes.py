"""What is found out when a pipeline is initialized: the sizes that its weights stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Dict, Optional, Tuple

from ..data.entities import EntityDoc
from ..data.schema import Schema
from .pairs.candidate_pairs import TypeTrie
from .pairs.max_labels import most_labels

# Far more than any network has; what is larger would only fill the memory.
LARGEST = 2**16


@dataclass(frozen=True)
class Sizes:
    """The schema whose relations weights stand for, and what documents had most of.

    schema (Schema): The relations, in their order.
    width (int): The width of the vectors that the encoder makes.
    max_labels (int): The largest number of relations of the same entities.
    longest (int): The tokens of the longest training document; 0 if there was none.
    evidence (bool): Whether training documents name the sentences that state their triples.
    """

    schema: Schema
    width: int
    max_labels: int = 1
    longest: int = 0
    evidence: bool = False

    @classmethod
    def of(
        cls,
        schema: Schema,
        docs: Sequence[EntityDoc],
        width: int,
        max_labels: Optional[int] = None,
    ) -> "Sizes":
        """Size a network for documents.

        schema (Schema): The relations.
        docs (Sequence[EntityDoc]): Documents with gold triples.
        width (int): The width of the vectors that the encoder makes.
        max_labels (Optional[int]): The largest number of relations of the same entities; that of
            the documents if None.
        RETURNS (Sizes): The sizes.
        """
        longest = max((len(doc.doc) for doc in docs), default=0)
        evidence = any(
            doc.sentence_starts and triple.evidence for doc in docs for triple in doc.gold or ()
        )
        return cls(schema, width, max_labels or most_labels(docs), longest, evidence)

    @cached_property
    def types(self) -> Dict[str, int]:
        """Ids of the entity types, from 1; 0 is any other type."""
        named = {type for r in self.schema.relations for types in r.types for type in types}
        known = sorted(named.union(self.schema.entity_types) - {""})
        return {type: i + 1 for i, type in enumerate(known)}

    @cached_property
    def trie(self) -> TypeTrie:
        """The schema, compiled."""
        return TypeTrie(self.schema)

    @property
    def labels(self) -> Tuple[str, ...]:
        return self.schema.labels

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {
            "schema": self.schema.to_dict(),
            "width": self.width,
            "max_labels": self.max_labels,
            "longest": self.longest,
            "evidence": self.evidence,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Sizes":
        """RETURNS (Sizes): The sizes that `to_dict` made plain data of.

        RAISES (ValueError): If one is no number that counts anything.
        """
        for name, least in (("width", 1), ("max_labels", 1), ("longest", 0)):
            value = data[name]
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"'{name}' is {value!r}, but must be {least} or more")
        for name in ("width", "max_labels"):
            if data[name] > LARGEST:
                raise ValueError(f"'{name}' is {data[name]}, but must be {LARGEST} or less")
        if not isinstance(data["evidence"], bool):
            raise ValueError(f"'evidence' is {data['evidence']!r}, but must be true or false")
        return cls(
            Schema.from_dict(data["schema"]),
            data["width"],
            data["max_labels"],
            data["longest"],
            data["evidence"],
        )
