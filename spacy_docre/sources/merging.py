"""Merging entities: a union-find that knows what must stay apart."""

from collections import Counter
from typing import Dict, Iterable, List, Tuple

from ..data.entities import Entity, Mention, in_order

OrderKey = Tuple[Tuple[Mention, ...], str, str]


def linking_order(entity: Entity) -> OrderKey:
    """RETURNS (OrderKey): What to sort by, so that contradictory links are resolved in the
    same way whatever the order of the input."""
    return entity.mentions, entity.type, entity.id


class EntityMerger:
    """Collects entities and links between them. Entities with different ids are never
    merged, nor are two stated ones.

    What comes out depends on the entities and the links, not on the order of the entities.
    Where links contradict each other their order counts, so callers sort them.

    entities (Iterable[Entity]): The entities known so far.
    """

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self.entities: List[Entity] = []
        self._parents: List[int] = []
        self._ids: List[str] = []  # of components, valid at their roots
        self._has_stated: List[bool] = []  # likewise
        self._stated: List[bool] = []  # of single entities
        self._references: List[bool] = []  # likewise
        for entity in entities:
            self.add(entity)

    def add(self, entity: Entity, *, stated: bool = False, reference: bool = False) -> int:
        """Add an entity.

        entity (Entity): The entity.
        stated (bool): Whether an annotator says that this is a whole entity. It merges
            with found entities, and gives them its type, but with no other stated one.
        reference (bool): Whether this only refers to an entity, as a pronoun does. It
            disappears unless it is linked to a proper entity.
        RETURNS (int): The number to link it by.
        """
        self._parents.append(len(self.entities))
        self._ids.append(entity.id)
        self._has_stated.append(stated)
        self._stated.append(stated)
        self._references.append(reference)
        self.entities.append(entity)
        return len(self.entities) - 1

    def find(self, number: int) -> int:
        """RETURNS (int): A number that all merged with this entity have in common."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def link(self, first: int, second: int) -> bool:
        """Merge two entities, if nothing forbids it.

        RETURNS (bool): Whether they are one entity now.
        """
        first, second = self.find(first), self.find(second)
        if first == second:
            return True
        ids = self._ids[first], self._ids[second]
        if (all(ids) and ids[0] != ids[1]) or (
            self._has_stated[first] and self._has_stated[second]
        ):
            return False
        self._parents[second] = first
        self._ids[first] = ids[0] or ids[1]
        self._has_stated[first] |= self._has_stated[second]
        return True

    def link_all(self, numbers: Iterable[int]) -> bool:
        """Merge as many of these as nothing forbids. Where some must stay apart, those
        that fit more than one join the first in the text.

        RETURNS (bool): Whether all are one entity now.
        """
        anchors: List[int] = []
        for number in sorted(set(numbers), key=self._claims_first):
            if not any(self.link(anchor, number) for anchor in anchors):
                anchors.append(number)
        return len(anchors) <= 1

    def merged(self) -> List[Entity]:
        """RETURNS (List[Entity]): The merged entities, in order of first appearance. The
        type of each is that of most mentions, ties going to the earliest."""
        components: Dict[int, List[int]] = {}
        for number in range(len(self.entities)):
            components.setdefault(self.find(number), []).append(number)
        return in_order(
            self._one(members)
            for members in components.values()
            if not all(self._references[number] for number in members)
        )

    def _one(self, members: List[int]) -> Entity:
        if len(members) == 1:
            return self.entities[members[0]]
        mentions = (mention for number in members for mention in self.entities[number].mentions)
        return Entity.of(mentions, self._type_of(members), self._ids[self.find(members[0])])

    def _claims_first(self, number: int) -> Tuple[bool, OrderKey]:
        root = self.find(number)
        could_join_any = not self._ids[root] and not self._has_stated[root]
        return could_join_any, linking_order(self.entities[number])

    def _type_of(self, members: List[int]) -> str:
        voters = [number for number in members if self._stated[number]] or members
        votes: Counter = Counter()
        first: Dict[str, Mention] = {}
        for entity in (self.entities[number] for number in voters):
            if entity.type:
                votes[entity.type] += len(entity.mentions)
                first[entity.type] = min(
                    first.get(entity.type, entity.mentions[0]), entity.mentions[0]
                )
        return min(votes, key=lambda type: (-votes[type], first[type], type), default="")
