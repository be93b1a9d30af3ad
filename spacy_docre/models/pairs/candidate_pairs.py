"""Candidate pairs: which entities of a document may stand in a relation. Where relations have more
than two arguments, a "pair" is a tuple of that many entities.

Only the types of entities decide that, so the schema compiles into a small trie over
types, and a document only adds how many entities of each type it has. That is enough
to count pairs, to draw one at random and to know which entities may continue a tuple,
without ever listing the tuples, of which an n-ary relation has far too many.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Dict, List, Set, Tuple

import numpy as np

from ...data.entities import EntityDoc
from ...data.schema import RelationType, Schema

# Indices of entities, all different, one per role.
Pair = Tuple[int, ...]

DEAD = 0
ROOT = 1
# Up to this many pairs it is cheaper to list them all than to draw one by one.
_LIST_AT_MOST = 20_000


class TypeTrie:
    """All sequences of entity types that fill the roles of at least one relation.
    Types that no relation tells apart are one class. Node `DEAD` leads only to
    itself; nodes are numbered so that children follow their parents.

    schema (Schema): The relations.

    child (ndarray): The node for each class that may come next. Shape: (nodes, classes)
    labels (ndarray): Whether a pair that ends at a node may hold a relation. Shape:
        (nodes, relations)
    path (ndarray): How often each class lies on the way to a node. Shape: (nodes, classes)
    """

    def __init__(self, schema: Schema):
        self.schema = schema
        self.max_arity = schema.max_arity
        named = {type for r in schema.relations for types in r.types for type in types}
        # None stands for every type that no relation names.
        roles = {type: _roles_of(type, schema.relations) for type in [None, *sorted(named)]}
        numbers: Dict[Tuple[bool, ...], int] = {}
        for filled in roles.values():
            numbers.setdefault(filled, len(numbers))
        self._classes = {type: numbers[filled] for type, filled in roles.items()}
        self.n_classes = len(numbers)
        self._grow(list(numbers))

    def _grow(self, roles: List[Tuple[bool, ...]]) -> None:
        relations = self.schema.relations
        starts = np.cumsum([0, *(r.arity for r in relations)])
        child: List[List[int]] = [[DEAD] * self.n_classes for _ in (DEAD, ROOT)]
        paths: List[Tuple[int, ...]] = [(), ()]
        alive: List[List[int]] = [[], list(range(len(relations)))]
        node = ROOT
        while node < len(child):
            depth = len(paths[node])
            for cls in range(self.n_classes):
                fitting = [
                    r
                    for r in alive[node]
                    if relations[r].arity > depth and roles[cls][starts[r] + depth]
                ]
                if fitting:
                    child[node][cls] = len(child)
                    child.append([DEAD] * self.n_classes)
                    paths.append((*paths[node], cls))
                    alive.append(fitting)
            node += 1
        self.child = np.asarray(child, dtype=np.int64)
        self.depth = np.asarray([len(path) for path in paths], dtype=np.int64)
        self.labels = np.zeros((len(child), len(relations)), dtype=bool)
        self.path = np.zeros((len(child), self.n_classes), dtype=np.int64)
        for node, path in enumerate(paths):
            for r in alive[node]:
                self.labels[node, r] = relations[r].arity == len(path)
            for cls in path:
                self.path[node, cls] += 1

    def class_of(self, type: str) -> int:
        """RETURNS (int): The class of an entity type."""
        return self._classes.get(type, self._classes[None])

    def count(self, classes: np.ndarray) -> np.ndarray:
        """Count pairs by the node that their entities pass.

        classes (ndarray): The class of each entity of a document. Shape: (E,)
        RETURNS (ndarray): How many pairs begin with any given entities that lead to
            the node. In float64, which is exact up to 2**53 and does not overflow.
            Shape: (nodes,)
        """
        available = np.bincount(classes, minlength=self.n_classes)
        counts = np.zeros(len(self.child))
        for depth in range(self.max_arity, -1, -1):
            nodes = np.flatnonzero(self.depth == depth)
            nodes = nodes[nodes != DEAD]
            free = np.maximum(available - self.path[nodes], 0)
            counts[nodes] = self.labels[nodes].any(axis=1)
            counts[nodes] += (free * counts[self.child[nodes]]).sum(axis=1)
        return counts


class CandidatePairs:
    """The candidate pairs of one document: an iterable in row-column order.

    trie (TypeTrie): The schema's trie.
    doc (EntityDoc): The document.
    """

    def __init__(self, trie: TypeTrie, doc: EntityDoc):
        self.trie = trie
        self.doc = doc
        self.classes = np.asarray([trie.class_of(e.type) for e in doc.entities], dtype=np.int64)
        self.counts = trie.count(self.classes)

    @property
    def count(self) -> int:
        """The number of pairs."""
        return int(self.counts[ROOT])

    @property
    def heads(self) -> List[int]:
        """The entities that come first in at least one pair."""
        return np.flatnonzero(self.counts[self.trie.child[ROOT, self.classes]]).tolist()

    def labels(self, pair: Pair) -> List[int]:
        """RETURNS (List[int]): Sorted indices in the schema of the relations that may
        fill a tuple of entities. A tuple without any is not a pair.
        """
        n_entities = len(self.classes)
        if len(set(pair)) != len(pair) or not all(0 <= index < n_entities for index in pair):
            return []
        node = ROOT
        for index in pair:
            node = self.trie.child[node, self.classes[index]]
        return np.flatnonzero(self.trie.labels[node]).tolist()

    def __contains__(self, pair: Pair) -> bool:
        return bool(self.labels(pair))

    def __iter__(self) -> Iterator[Pair]:
        if self.trie.max_arity == 2:
            return ((head, tail) for head, tail in np.argwhere(self.mask()).tolist())
        return self._beneath((), ROOT)

    def _beneath(self, pair: Pair, node: int) -> Iterator[Pair]:
        if self.trie.labels[node].any():
            yield pair
        children = self.trie.child[node, self.classes]
        for index in np.flatnonzero(self.counts[children]).tolist():
            if index not in pair:
                yield from self._beneath((*pair, index), children[index])

    def draw(self, rng: np.random.Generator) -> Pair:
        """Draw a pair, each with the same probability. There must be one.

        rng (Generator): The source of randomness.
        RETURNS (Pair): A pair.
        """
        pair: Pair = ()
        node = ROOT
        while True:
            children = self.trie.child[node, self.classes]
            weights = self.counts[children]
            weights[list(pair)] = 0
            ends = float(self.trie.labels[node].any())
            choice = rng.random() * (ends + weights.sum())
            if choice < ends:
                return pair
            index = int(np.searchsorted(np.cumsum(weights), choice - ends, side="right"))
            # Rounding may lead past the last entity that has a pair.
            index = min(index, int(np.flatnonzero(weights)[-1]))
            pair, node = (*pair, index), children[index]

    def sample(
        self, count: int, rng: np.random.Generator, without: Collection[Pair] = ()
    ) -> Set[Pair]:
        """Draw different pairs, each set of this size with the same probability.

        count (int): How many pairs to draw; all there are if there are fewer.
        rng (Generator): The source of randomness.
        without (Collection[Pair]): Pairs not to draw.
        RETURNS (Set[Pair]): The pairs.
        """
        excluded = set(without)
        if self.count <= _LIST_AT_MOST or count > (self.count - len(excluded)) / 2:
            free = [pair for pair in self if pair not in excluded]
            chosen = rng.permutation(len(free))[: max(count, 0)]
            return {free[i] for i in chosen}
        drawn: Set[Pair] = set()
        while len(drawn) < count:
            pair = self.draw(rng)
            if pair not in excluded:
                drawn.add(pair)
        return drawn

    def mask(self) -> np.ndarray:
        """RETURNS (ndarray): Whether two entities are a pair. Shape: (E, E)"""
        return np.asarray(self.relation_mask().any(axis=0))

    def relation_mask(self) -> np.ndarray:
        """RETURNS (ndarray): Whether a relation may hold between two entities.
        Shape: (R, E, E)
        """
        first = self.trie.child[ROOT, self.classes]
        nodes = self.trie.child[first[:, None], self.classes[None, :]]
        mask = self.trie.labels[nodes].transpose(2, 0, 1).copy()
        mask[:, np.arange(len(first)), np.arange(len(first))] = False
        return mask


def _roles_of(type: object, relations: Sequence[RelationType]) -> Tuple[bool, ...]:
    """For each role of each relation, whether the type may fill it."""
    return tuple(
        not relation.types or not relation.types[role] or type in relation.types[role]
        for relation in relations
        for role in range(relation.arity)
    )
