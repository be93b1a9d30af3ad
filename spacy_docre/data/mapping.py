"""Map predicted entities to gold entities by the mentions they share."""

from collections import Counter
from typing import Collection, Dict, FrozenSet, List, Optional, Protocol, Sequence, Tuple

Offsets = Tuple[int, int]
Clusters = Sequence[Collection[Offsets]]
# The type and the id of an entity.
Key = Tuple[str, str]
UNKNOWN: Key = ("", "")


class EntityMapping(Protocol):
    """Which gold entity each predicted entity stands for. Entities that are equal stand for each
    other in any case: different ones may have the same mentions, such as those of "breast and lung
    cancer".

    predicted (Sequence[Collection[Offsets]]): The mentions of every predicted entity.
    gold (Sequence[Collection[Offsets]]): The mentions of every gold entity.
    predicted_keys (Sequence[Tuple[str, str]]): Its type and id, where they are known.
    gold_keys (Sequence[Tuple[str, str]]): The same of every gold entity.
    RETURNS (List[Optional[int]]): For every predicted entity the index of a gold entity, or None.
    """

    def __call__(
        self,
        predicted: Clusters,
        gold: Clusters,
        predicted_keys: Sequence[Key] = (),
        gold_keys: Sequence[Key] = (),
    ) -> List[Optional[int]]: ...


def map_entities(
    predicted: Clusters,
    gold: Clusters,
    predicted_keys: Sequence[Key] = (),
    gold_keys: Sequence[Key] = (),
) -> List[Optional[int]]:
    """Map every predicted entity to the gold entity that shares most mentions with it. Of
    those that share equally many it is one with the same id, or else the same type, or else the
    earliest. If several are mapped to the same one, the one that shares most keeps it, by the
    same rules; the others stay unmapped. Which entity is earlier depends on the text, not on the
    order of the arguments.

    predicted, gold, predicted_keys, gold_keys: See `EntityMapping`.
    RETURNS (List[Optional[int]]): For every predicted entity the index of a gold entity,
        or None. No index occurs twice.
    """
    ours, theirs = _keys(predicted, predicted_keys), _keys(gold, gold_keys)
    mapped = _equal(predicted, gold, ours, theirs)
    given = {index for index in mapped if index is not None}
    holders: Dict[Offsets, List[int]] = {}
    gold_rank = {index: rank for rank, index in enumerate(_by_position(gold))}
    for index in gold_rank:
        for mention in set(gold[index]):
            holders.setdefault(mention, []).append(index)
    taken: Dict[int, Tuple[int, Tuple[int, int]]] = {}
    for index in _by_position(predicted):
        shared = Counter(g for mention in set(predicted[index]) for g in holders.get(mention, ()))
        if mapped[index] is not None or not shared:
            continue
        likeness = {g: (count, _likeness(ours[index], theirs[g])) for g, count in shared.items()}
        best = max(shared, key=lambda g: (likeness[g], -gold_rank[g]))
        holder, most = taken.get(best, (index, (0, 0)))
        # Nothing shares more mentions with an entity than its equal.
        if best not in given and likeness[best] > most:
            mapped[holder] = None
            mapped[index] = best
            taken[best] = (index, likeness[best])
    return mapped


def map_by_share(
    predicted: Clusters,
    gold: Clusters,
    predicted_keys: Sequence[Key] = (),
    gold_keys: Sequence[Key] = (),
) -> List[Optional[int]]:
    """Map every predicted entity to the gold entity that has more than half of its mentions,
    as SciREX does. A predicted mention stands for the first gold mention with which it has
    more than half of their common extent in common. Several predicted entities may be mapped to
    the same gold entity.

    predicted, gold, predicted_keys, gold_keys: See `EntityMapping`. Mentions are in tokens.
    RETURNS (List[Optional[int]]): For every predicted entity the index of a gold entity, or None.
    """
    ours, theirs = _keys(predicted, predicted_keys), _keys(gold, gold_keys)
    mapped = _equal(predicted, gold, ours, theirs)
    known = sorted({mention for mentions in gold for mention in mentions})
    ranks = _by_position(gold)
    members = {index: set(gold[index]) for index in ranks}
    for number, mentions in enumerate(predicted):
        if mapped[number] is not None:
            continue
        meant = {_overlapping(mention, known) for mention in mentions}
        shares = {index: len(meant & members[index]) / len(meant) for index in ranks}
        best = max(ranks, key=lambda index: shares[index], default=None)
        if best is not None and shares[best] > 0.5:
            mapped[number] = best
    return mapped


def _keys(clusters: Clusters, keys: Sequence[Key]) -> List[Key]:
    return list(keys) or [UNKNOWN] * len(clusters)


def _equal(
    predicted: Clusters, gold: Clusters, ours: Sequence[Key], theirs: Sequence[Key]
) -> List[Optional[int]]:
    """Map entities with the same mentions, type and id, one by one in the order given."""
    same: Dict[Tuple[FrozenSet[Offsets], Key], List[int]] = {}
    for index, mentions in enumerate(gold):
        same.setdefault((frozenset(mentions), theirs[index]), []).append(index)
    mapped: List[Optional[int]] = []
    for index, mentions in enumerate(predicted):
        equal = same.get((frozenset(mentions), ours[index]))
        mapped.append(equal.pop(0) if equal else None)
    return mapped


def _likeness(one: Key, other: Key) -> int:
    """2 for the same id, and 1 for the same type."""
    return 2 * (one[1] == other[1] != "") + (one[0] == other[0] != "")


def _overlapping(mention: Offsets, known: Sequence[Offsets]) -> Offsets:
    start, end = mention
    for other_start, other_end in known:
        common = min(end, other_end) - max(start, other_start)
        if 2 * common > max(end, other_end) - min(start, other_start):
            return other_start, other_end
    return mention


def _by_position(entities: Sequence[Collection[Offsets]]) -> List[int]:
    return sorted(range(len(entities)), key=lambda index: sorted(entities[index]))
