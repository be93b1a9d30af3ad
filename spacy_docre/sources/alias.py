"""Merging by name, where nothing better is known."""

from functools import partial
from itertools import groupby
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from spacy import registry
from spacy.tokens import Doc

from ..entities import Entity
from .base import EntitySource
from .coref_spans import DEFAULT_PREFIX, has_stated_entities
from .merging import EntityMerger
from .names import (
    Name,
    acronyms,
    is_acronym,
    is_part_of,
    name_words,
    without_legal_form,
    without_titles,
)

PERSON_TYPES = ("PER", "PERSON")


@registry.misc("spacy_docre.Alias.v1")
def make_alias(
    types: Optional[Sequence[str]] = None,
    name_types: Sequence[str] = PERSON_TYPES,
    ignore_case: bool = True,
    only_if_unclustered: bool = True,
    prefix: str = DEFAULT_PREFIX,
) -> EntitySource:
    """Create a source that merges entities of the same type by their names: equal ones,
    acronyms ("World Health Organization", "WHO"), companies with and without their legal
    form, and for people parts of a name ("Marie Curie", "Curie"). What could belong to
    several is left alone, and entities with different ids stay apart.

    types (Optional[Sequence[str]]): The entity types to merge. All if None.
    name_types (Sequence[str]): The types whose entities are people.
    ignore_case (bool): Whether names that differ in case are equal.
    only_if_unclustered (bool): Leave a document alone if an earlier source found an entity
        with an id or several mentions, or if its clusters state entities: better evidence
        than names.
    prefix (str): What the keys of such clusters in `Doc.spans` begin with.
    RETURNS (EntitySource): The source.
    """
    return partial(
        merge_by_name,
        types=types,
        name_types=name_types,
        ignore_case=ignore_case,
        only_if_unclustered=only_if_unclustered,
        prefix=prefix,
    )


def merge_by_name(
    doc: Doc,
    entities: List[Entity],
    *,
    types: Optional[Sequence[str]],
    name_types: Sequence[str],
    ignore_case: bool,
    only_if_unclustered: bool,
    prefix: str,
) -> List[Entity]:
    """Merge entities with matching names. See `make_alias`."""
    if only_if_unclustered and (
        any(entity.id or len(entity.mentions) > 1 for entity in entities)
        or has_stated_entities(doc, prefix)
    ):
        return entities
    merger = EntityMerger(entities)
    by_type: Dict[str, List[int]] = {}
    for number, entity in enumerate(entities):
        if types is None or entity.type in types:
            by_type.setdefault(entity.type, []).append(number)
    for type, numbers in sorted(by_type.items()):
        strip = without_titles if type in name_types else without_legal_form
        names: Dict[Name, List[int]] = {}
        for number in numbers:
            found = {name_words(doc, mention) for mention in entities[number].mentions}
            for name in {strip(words) for words in found if words is not None}:
                names.setdefault(name, []).append(number)
        folded: Dict[Name, List[int]] = {}
        for name, owners in names.items():
            key = tuple(word.casefold() for word in name) if ignore_case else name
            folded.setdefault(key, []).extend(owners)
        _link_equal(merger, folded)
        _link_acronyms(merger, names)
        if type in name_types:
            _link_parts(merger, folded)
    return merger.merged()


def _link_equal(merger: EntityMerger, names: Mapping[Name, Sequence[int]]) -> None:
    for name in sorted(names):
        by_id: Dict[str, List[int]] = {}
        for number in names[name]:
            by_id.setdefault(merger.entities[number].id, []).append(number)
        if len(by_id) == 2 and "" in by_id:
            merger.link_all(names[name])
        else:  # a name of several: which one those without an id are is unknown
            for numbers in by_id.values():
                merger.link_all(numbers)


def _link_acronyms(merger: EntityMerger, names: Mapping[Name, Sequence[int]]) -> None:
    long: Dict[str, List[int]] = {}
    for name, owners in names.items():
        for acronym in acronyms(name):
            long.setdefault(acronym, []).extend(owners)
    short = [name for name in names if is_acronym(name) and name[0] in long]
    _link_unambiguous(merger, ((names[name], long[name[0]]) for name in sorted(short)))


def _link_parts(merger: EntityMerger, names: Mapping[Name, Sequence[int]]) -> None:
    with_word: Dict[str, List[Name]] = {}
    for name in names:
        for word in set(name):
            with_word.setdefault(word, []).append(name)
    # The longest first: "Marie Curie" and "Marie S. Curie" are one when it is "Curie"'s turn.
    for _, same_length in groupby(sorted(names, key=lambda name: (-len(name), name)), key=len):
        pairs = []
        for name in same_length:
            rarest = min((with_word[word] for word in name), key=len)
            fuller = [other for other in rarest if is_part_of(name, other)]
            pairs.append((names[name], [number for other in fuller for number in names[other]]))
        _link_unambiguous(merger, pairs)


def _link_unambiguous(
    merger: EntityMerger, pairs: Iterable[Tuple[Sequence[int], Sequence[int]]]
) -> None:
    """Link what has a short name to what has the long name, where each is but one entity."""
    links = []
    for short, long in pairs:
        components = {merger.find(number) for number in short}, {merger.find(n) for n in long}
        if all(len(component) == 1 for component in components):
            links.append((short[0], long[0]))
    for first, second in links:
        merger.link(first, second)
