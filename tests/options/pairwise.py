"""Few rows in which every two values of two options stand together."""

import random
from itertools import combinations
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Set, Tuple

# By the name of an option, its value.
Row = Dict[str, Any]
Refused = Sequence[Mapping[str, Sequence[Any]]]
# An option and the number of one of its values.
Choice = Tuple[str, int]
Pair = FrozenSet[Choice]

# Of so many rows the one is taken that covers most.
TRIES = 20


def covering_rows(options: Mapping[str, Sequence[Any]], refused: Refused = ()) -> List[Row]:
    """Cover all pairs of values that may stand together. The rows are the same in every process.

    options (Mapping[str, Sequence]): The values of each option.
    refused (Sequence[Mapping[str, Sequence]]): What no row may have: for each of some options one
        of these values.
    RETURNS (List[Row]): A value of every option in each row.
    """
    rng = random.Random(0)
    missing = {
        frozenset([(one, i), (other, j)])
        for one, other in combinations(options, 2)
        for i in range(len(options[one]))
        for j in range(len(options[other]))
    }
    rows: List[Row] = []
    while missing:
        first = min(missing, key=sorted)
        found = [_complete(dict(first), options, refused, missing, rng) for _ in range(TRIES)]
        best = max((row for row in found if row), key=lambda row: _gain(row, missing), default=None)
        missing.discard(first)  # if there is no row, the two are refused
        if best is not None:
            rows.append({name: options[name][best[name]] for name in options})
            missing -= {frozenset(pair) for pair in combinations(best.items(), 2)}
    return rows


def _complete(
    row: Dict[str, int],
    options: Mapping[str, Sequence[Any]],
    refused: Refused,
    missing: Set[Pair],
    rng: random.Random,
) -> Optional[Dict[str, int]]:
    """A row that goes on from this one, option by option in any order, with the values that cover
    most. None if there is no such row."""
    values = {name: options[name][number] for name, number in row.items()}
    if any(all(name in values and values[name] in v for name, v in r.items()) for r in refused):
        return None
    left = [name for name in options if name not in row]
    if not left:
        return row
    # Where no row is possible, that is soon seen.
    bound = {name for each in refused for name in each}
    name = rng.choice([name for name in left if name in bound] or left)
    numbers = list(range(len(options[name])))
    rng.shuffle(numbers)
    for number in sorted(
        numbers,
        key=lambda number: -sum(frozenset([(name, number), o]) in missing for o in row.items()),
    ):
        complete = _complete({**row, name: number}, options, refused, missing, rng)
        if complete is not None:
            return complete
    return None


def _gain(row: Dict[str, int], missing: Set[Pair]) -> int:
    return sum(frozenset(pair) in missing for pair in combinations(row.items(), 2))
