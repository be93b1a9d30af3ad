"""Map predicted entities to gold entities by the mentions they share."""

from collections import Counter
from typing import Collection, Dict, List, Optional, Protocol, Sequence, Tuple

Offsets = Tuple[int, int]


class EntityMapping(Protocol):
    """Which gold entity each predicted entity stands for.

    predicted (Sequence[Collection[Offsets]]): The mentions of every predicted entity.
    gold (Sequence[Collection[Offsets]]): The mentions of every gold entity.
    RETURNS (List[Optional[int]]): For every predicted entity the index of a gold entity, or None.
    """

    def __call__(
        self, predicted: Sequence[Collection[Offsets]], gold: Sequence[Collection[Offsets]]
    ) -> List[Optional[int]]: ...


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


def map_by_share(
    predicted: Sequence[Collection[Offsets]], gold: Sequence[Collection[Offsets]]
) -> List[Optional[int]]:
    """Map every predicted entity to the gold entity that has more than half of its mentions,
    as SciREX does. A predicted mention stands for the first gold mention with which it has
    more than half of their common extent in common. Several predicted entities may be mapped to
    the same gold entity.

    predicted (Sequence[Collection[Offsets]]): The mentions of every predicted entity, in tokens.
    gold (Sequence[Collection[Offsets]]): The mentions of every gold entity, in tokens.
    RETURNS (List[Optional[int]]): For every predicted entity the index of a gold entity, or None.
    """
    known = sorted({mention for mentions in gold for mention in mentions})
    ranks = _by_position(gold)
    members = {index: set(gold[index]) for index in ranks}
    mapped: List[Optional[int]] = []
    for mentions in predicted:
        meant = {_overlapping(mention, known) for mention in mentions}
        shares = {index: len(meant & members[index]) / len(meant) for index in ranks}
        best = max(ranks, key=lambda index: shares[index], default=None)
        mapped.append(best if best is not None and shares[best] > 0.5 else None)
    return mapped


def _overlapping(mention: Offsets, known: Sequence[Offsets]) -> Offsets:
    start, end = mention
    for other_start, other_end in known:
        common = min(end, other_end) - max(start, other_start)
        if 2 * common > max(end, other_end) - min(start, other_start):
            return other_start, other_end
    return mention


def _by_position(entities: Sequence[Collection[Offsets]]) -> List[int]:
    return sorted(range(len(entities)), key=lambda index: sorted(entities[index]))
