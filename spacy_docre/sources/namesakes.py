"""Linking entities by their names, unless other names of theirs tell them apart."""

from itertools import groupby
from typing import Callable, Dict, List, Mapping, NamedTuple, Sequence, Set, Tuple

from .merging import EntityMerger
from .names import (
    Name,
    Words,
    acronyms,
    company_name,
    is_acronym,
    is_part_of_company,
    may_be_one_company,
)
from .people import is_part_of_person, may_be_one_person, person_keys, person_name


class Kind(NamedTuple):
    """How the names of one kind of things relate to each other.

    read (Callable[[Words], Name]): Reads a name.
    is_part (Callable[[Name, Name], bool]): Whether one name says no more than another, fuller one.
    may_be_one (Callable[[Name, Name], bool]): Whether nothing says that two names are those of two
        things.
    keys (Callable[[Name], Tuple[Words, ...]]): What a name is found by. The last of these is
        also a key of each name that it is a part of.
    """

    read: Callable[[Words], Name]
    is_part: Callable[[Name, Name], bool]
    may_be_one: Callable[[Name, Name], bool]
    keys: Callable[[Name], Tuple[Words, ...]]


PEOPLE = Kind(person_name, is_part_of_person, may_be_one_person, person_keys)
COMPANIES = Kind(company_name, is_part_of_company, may_be_one_company, lambda name: (name.words,))


class Namesakes:
    """Entities of one type and their names.

    merger (EntityMerger): The entities. Changed in place.
    kind (Kind): What the names are of.
    names (Mapping[int, Set[Words]]): For each entity its names.
    ignore_case (bool): Whether names that differ in case are equal.
    """

    def __init__(
        self,
        merger: EntityMerger,
        kind: Kind,
        names: Mapping[int, Set[Words]],
        *,
        ignore_case: bool,
    ) -> None:
        self._merger = merger
        self._kind = kind
        self._names: Dict[int, Set[Name]] = {}  # of components, valid at their roots
        self._owners: Dict[Name, List[int]] = {}
        self._spellings: Dict[Words, List[int]] = {}
        for number, spellings in names.items():
            own = self._names.setdefault(merger.find(number), set())
            for name in {kind.read(words) for words in spellings}:
                self._spellings.setdefault(name.words, []).append(number)
                if ignore_case:
                    name = name._replace(words=tuple(word.casefold() for word in name.words))
                if name not in own:
                    own.add(name)
                    self._owners.setdefault(name, []).append(number)

    def link_equal(self) -> None:
        """Link what has the same name."""
        for name in sorted(self._owners):
            numbers = self._owners[name]
            everything = set().union(*(self._names[self._root(number)] for number in numbers))
            if not self._agree(everything, everything):
                # A name of several, which have others as well: whose it is alone, is unknown.
                numbers = [n for n in numbers if self._names[self._root(n)] == {name}]
            by_id: Dict[str, List[int]] = {}
            for number in numbers:
                by_id.setdefault(self._merger.entities[number].id, []).append(number)
            if len(by_id) == 2 and "" in by_id:
                self._link_all(numbers)
            else:  # a name of several: which one those without an id are is unknown
                for same_id in by_id.values():
                    self._link_all(same_id)

    def link_parts(self) -> None:
        """Link what has a part of a name to what has the fuller name, where that is but one."""
        found_by: Dict[Words, List[Name]] = {}
        for name in self._owners:
            for key in set(self._kind.keys(name)):
                found_by.setdefault(key, []).append(name)
        # The fullest first: "Marie Curie" and "Marie S. Curie" are one when it is "Curie"'s turn.
        for _, equally_full in groupby(sorted(self._owners, key=_order), key=_fullness):
            links: Dict[int, List[Name]] = {}
            for name in equally_full:
                similar = found_by[self._kind.keys(name)[-1]]
                fuller = [other for other in similar if self._kind.is_part(name, other)]
                roots = {self._root(number) for other in fuller for number in self._owners[other]}
                if len(roots) == 1 and not self._may_be_another(name, similar, fuller):
                    links.setdefault(roots.pop(), []).append(name)
            for root, names in links.items():
                if len({name.gender for name in names} - {""}) > 1:
                    # "Mr. Bush" and "Mrs. Bush": which one is "G. Bush"?
                    names = [name for name in names if not name.gender]
                for name in names:
                    self._link_one(self._owners[name], root)

    def link_acronyms(self) -> None:
        """Link what has an acronym to what has the name in full, where that is but one."""
        long: Dict[str, List[int]] = {}
        for words, owners in self._spellings.items():
            for acronym in acronyms(words):
                long.setdefault(acronym, []).extend(owners)
        for words in sorted(filter(is_acronym, self._spellings)):
            roots = {self._root(number) for number in long.get(words[0], ())}
            if len(roots) == 1:
                self._link_one(self._spellings[words], roots.pop())

    def _may_be_another(self, name: Name, similar: Sequence[Name], fuller: Sequence[Name]) -> bool:
        """Whether a name may be that of something else than the fuller names are of."""
        may_be_one = self._kind.may_be_one
        return any(
            may_be_one(name, other) and not all(may_be_one(other, full) for full in fuller)
            for other in similar
        )

    def _link_one(self, numbers: Sequence[int], other: int) -> None:
        """Link entities to another one, if they are but one already."""
        roots = {self._root(number) for number in numbers}
        if len(roots) == 1 and self._agree(
            self._names[roots.pop()], self._names[self._root(other)]
        ):
            self._link_all([numbers[0], other])

    def _link_all(self, numbers: Sequence[int]) -> None:
        names = {root: self._names[root] for root in map(self._root, numbers)}
        self._merger.link_all(numbers)
        for root, own in names.items():
            self._names[self._root(root)] = self._names[self._root(root)] | own

    def _agree(self, some: Set[Name], others: Set[Name]) -> bool:
        return all(self._kind.may_be_one(name, other) for name in some for other in others)

    def _root(self, number: int) -> int:
        return self._merger.find(number)


def _fullness(name: Name) -> Tuple[int, int, bool, bool]:
    return -len(name.words), -sum(map(len, name.words)), not name.mark, not name.gender


def _order(name: Name) -> Tuple[Tuple[int, int, bool, bool], Name]:
    return _fullness(name), name
