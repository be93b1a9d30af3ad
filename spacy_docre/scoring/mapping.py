"""Map predicted entities to gold entities by the mentions they share."""

from collections import Counter
from typing import Collection, Dict, List, Optional, Sequence, Tuple

Offsets = Tuple[int, int]


def map_entities(
    predicted: Sequence[Collection[Offsets]], gold: Sequence[Collection[Offsets]]
) -> List[Optional[int]]:
    """Map every predicted entity to the gold entity that shares most mentions with it,
    the earliest of those that share equally many. If several are mapped to the same one,
    the one that shares most keeps it, again the earliest; the others stay unmapped. Which
    entity is earlier depends on the text, not on the order of the arguments.

    predicted (Sequence[Collection[Offsets]]): The mentions of every predicted entity.
    gold (Sequence[Collection[Offsets]]): The mentions of every gold entity.
    RETURNS (List[Optional[int]]): For every predicted entity the index of a gold entity,
        or None. No index occurs twice.
    """
    holders: Dict[Offsets, List[int]] = {}
    for index in _by_position(gold):
        for mention in set(gold[index]):
            holders.setdefault(mention, []).append(index)
    gold_rank = {index: rank for rank, index in enumerate(_by_position(gold))}
    mapped: List[Optional[int]] = [None] * len(predicted)
    taken: Dict[int, Tuple[int, int]] = {}
    for index in _by_position(predicted):
        shared = Counter(g for mention in set(predicted[index]) for g in holders.get(mention, ()))
        if not shared:
            continue
        best = min(shared, key=lambda g: (-shared[g], gold_rank[g]))
        holder, most = taken.get(best, (index, 0))
        if shared[best] > most:
            mapped[holder] = None
            mapped[index] = best
            taken[best] = (index, shared[best])
    return mapped


def _by_position(entities: Sequence[Collection[Offsets]]) -> List[int]:
    return sorted(range(len(entities)), key=lambda index: sorted(entities[index]))
