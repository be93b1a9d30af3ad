"""Triples that cannot all be true, by what the schema knows of their relations.

Two triples contradict each other if

- a relation is functional, and they give one head two tails;
- it is inverse functional, and they give one tail two heads;
- their relations exclude each other, and they have the same head and the same tail.

A symmetric relation has no direction: it counts in both, so that one which is functional leaves
each entity one partner. Relations that name each other as inverses state the same facts: what is
known of one holds of both, with head and tail exchanged, and neither contradicts the other. Where
only one of the two is stated, the other is neither added nor is the first one doubted.

Any extractor may state contradictions, and learns from data that do: what is returned is made
consistent here, for all of them.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Dict, Iterator, List, Optional, Set, Tuple

from ..errors import Warnings
from ..showing import listed
from .entities import EntityDoc, name_of
from .schema import RelationType, Schema
from .triples import Triple

# A relation with its direction: that of several which state the same, and head and tail.
Fact = Tuple[str, int, int]


def keep_consistent(triples: Sequence[Triple], schema: Schema) -> List[Triple]:
    """Drop each triple that contradicts one with a higher score that is not itself dropped. Of
    equal scores the triple counts that comes first by its entities, and then by its label.

    No triple is dropped because of one with a lower score, so that it makes no difference whether
    a threshold is applied before or after.

    triples (Sequence[Triple]): The triples of a document, those of symmetric relations in one
        direction.
    schema (Schema): The relations.
    RETURNS (List[Triple]): Those that stay, in the order given.
    """
    if not any(relation.is_limited for relation in schema.relations):
        return list(triples)
    facts = Facts(schema)
    best_first = sorted(triples, key=lambda triple: (-triple.rank, triple))
    kept = {triple for triple in best_first if facts.add(triple) is None}
    return [triple for triple in triples if triple in kept]


class Facts:
    """Triples that do not contradict each other.

    schema (Schema): The relations.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        # What was said first of a head, of a tail, or of both.
        self._tails: Dict[Tuple[str, int], Triple] = {}
        self._heads: Dict[Tuple[str, int], Triple] = {}
        self._stated: Dict[Fact, Triple] = {}
        self._functional: Set[str] = set()
        self._inverse_functional: Set[str] = set()
        self._excluded: Dict[str, Set[Tuple[str, bool]]] = defaultdict(set)
        for relation in schema.relations:
            self._learn(relation)

    def _learn(self, relation: RelationType) -> None:
        label, turned = self._name(relation)
        by_head, by_tail = self._functional, self._inverse_functional
        if turned:
            by_head, by_tail = by_tail, by_head
        if relation.functional:
            by_head.add(label)
        if relation.inverse_functional:
            by_tail.add(label)
        for other in relation.excludes:
            name, other_turned = self._name(self.schema[other])
            self._excluded[label].add((name, turned != other_turned))
            self._excluded[name].add((label, turned != other_turned))

    def add(self, triple: Triple) -> Optional[Triple]:
        """Add a triple unless it contradicts another one.

        triple (Triple): The triple.
        RETURNS (Optional[Triple]): A triple that it contradicts, if there is one.
        """
        if len(triple.entities) != 2:
            return None
        facts = list(self._directions(triple))
        for fact in facts:
            other = self._contradicted(fact)
            if other is not None:
                return other
        for label, head, tail in facts:
            self._stated.setdefault((label, head, tail), triple)
            self._tails.setdefault((label, head), triple)
            self._heads.setdefault((label, tail), triple)
        return None

    def _contradicted(self, fact: Fact) -> Optional[Triple]:
        label, head, tail = fact
        if fact not in self._stated:
            if label in self._functional and (label, head) in self._tails:
                return self._tails[label, head]
            if label in self._inverse_functional and (label, tail) in self._heads:
                return self._heads[label, tail]
        for other, turned in self._excluded.get(label, ()):
            stated = self._stated.get((other, tail, head) if turned else (other, head, tail))
            if stated is not None:
                return stated
        return None

    def _directions(self, triple: Triple) -> Iterator[Fact]:
        relation = self.schema[triple.label]
        label, turned = self._name(relation)
        head, tail = reversed(triple.entities) if turned else triple.entities
        yield label, head, tail
        if relation.symmetric:
            yield label, tail, head

    def _name(self, relation: RelationType) -> Tuple[str, bool]:
        """The label under which facts of a relation are kept, and whether head and tail change
        places: of two relations that name each other it is one."""
        other = relation.inverse
        mutual = bool(other) and self.schema[other].inverse == relation.label
        return (other, True) if mutual and other < relation.label else (relation.label, False)


def warn_of_contradictions(docs: Iterable[EntityDoc], schema: Schema) -> None:
    """Count gold triples that contradict others of their document, and warn once.

    docs (Iterable[EntityDoc]): Documents with gold triples.
    schema (Schema): The relations.
    """
    if not any(relation.is_limited for relation in schema.relations):
        return
    total, affected = 0, 0
    contradicting: List[Tuple[EntityDoc, Triple, Triple]] = []
    for doc in docs:
        before = len(contradicting)
        facts = Facts(schema)
        total += len(doc.gold or ())
        for triple in sorted(doc.gold or ()):
            other = facts.add(triple)
            if other is not None:
                contradicting.append((doc, triple, other))
        affected += len(contradicting) > before
    if contradicting:
        doc, triple, other = contradicting[0]
        message = Warnings.DRW680.format(
            count=len(contradicting),
            total=total,
            docs=affected,
            doc=name_of(doc.doc),
            triple=triple,
            other=other,
            labels=listed(sorted({triple.label for _, triple, _ in contradicting})),
        )
        warnings.warn(message, stacklevel=3)
