"""What an answer may consist of: tuples of relations and entities, each at most once."""

from typing import Callable, Dict, Mapping, Sequence, Set, Tuple

Values = Tuple[int, ...]


class Choices:
    """The items that an answer may still list. Sets of values are the bits of an integer, so
    that they can be compared with those of a trie's nodes.

    given (Mapping[str, int]): The parts of a triple that are known.
    asks (Sequence[str]): The parts that an item consists of.
    domains (Mapping[str, Sequence[int]]): The values of each part.
    fits (Callable[[Mapping[str, int]], bool]): Whether parts can stand in a triple together.
    """

    def __init__(
        self,
        given: Mapping[str, int],
        asks: Sequence[str],
        domains: Mapping[str, Sequence[int]],
        fits: Callable[[Mapping[str, int]], bool],
    ) -> None:
        self._given = dict(given)
        self._asks = tuple(asks)
        self._domains = [domains[role] for role in asks]
        self._fits = fits
        self._used: Set[Values] = set()
        self._options: Dict[Values, int] = {}

    @property
    def width(self) -> int:
        """The number of parts of an item."""
        return len(self._asks)

    def options(self, prefix: Values = ()) -> int:
        """RETURNS (int): The values that may follow the first parts of an item, as bits."""
        if prefix not in self._options:
            bits = 0
            for value in self._domains[len(prefix)]:
                if self._is_open((*prefix, value)):
                    bits |= 1 << value
            self._options[prefix] = bits
        return self._options[prefix]

    def others(self, item: Values) -> bool:
        """RETURNS (bool): Whether there is any item left to list but this one."""
        return any(self.options(item[:i]) & ~(1 << value) for i, value in enumerate(item))

    def use(self, item: Values) -> None:
        """Do not list an item again."""
        self._used.add(item)
        for length in range(len(item)):
            self._options.pop(item[:length], None)

    def _is_open(self, values: Values) -> bool:
        if not self._fits({**self._given, **dict(zip(self._asks, values))}):
            return False
        if len(values) == len(self._asks):
            return values not in self._used
        # Whether there is any: with many entities, to look for all of them would take long.
        if values in self._options:
            return self._options[values] != 0
        return any(self._is_open((*values, value)) for value in self._domains[len(values)])
