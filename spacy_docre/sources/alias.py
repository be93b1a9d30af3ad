"""Merging by name, where nothing better is known."""

from functools import partial
from typing import Dict, List, Optional, Sequence, Set

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity
from .base import EntitySource
from .coref_spans import CLUSTER_PREFIX, has_stated_entities
from .merging import EntityMerger
from .names import Words, name_words
from .namesakes import COMPANIES, PEOPLE, Namesakes

PERSON_TYPES = ("PER", "PERSON")
# OntoNotes', DocRED's and CoreNLP's. Dates are not among them: the same date is the same day.
VALUE_TYPES = (
    "CARDINAL",
    "ORDINAL",
    "QUANTITY",
    "PERCENT",
    "PERCENTAGE",
    "MONEY",
    "NUM",
    "NUMBER",
    "DURATION",
)


@registry.misc("spacy_docre.Alias.v1")
def make_alias(
    types: Optional[Sequence[str]] = None,
    name_types: Sequence[str] = PERSON_TYPES,
    ignore_case: bool = True,
    only_if_unclustered: bool = True,
    prefix: str = CLUSTER_PREFIX,
    value_types: Sequence[str] = VALUE_TYPES,
) -> EntitySource:
    """Create a source that merges entities of the same type by their names: equal ones,
    acronyms ("World Health Organization", "WHO"), companies with and without their legal
    form, and for people parts of a name ("Marie Curie", "Curie"). What could belong to
    several is left alone. Entities with different ids stay apart, and so do people whose initials,
    middle names or generations differ ("George W. Bush", "George H. W. Bush"), and companies of
    different legal forms.

    types (Optional[Sequence[str]]): The entity types to merge. All but `value_types` if None.
    name_types (Sequence[str]): The types whose entities are people.
    ignore_case (bool): Whether names that differ in case are equal.
    only_if_unclustered (bool): Leave a document alone if an earlier source found an entity
        with an id or several mentions, or if its clusters state entities: better evidence
        than names.
    prefix (str): What the keys of such clusters in `Doc.spans` begin with.
    value_types (Sequence[str]): The types of values, such as numbers, which are not one entity
        because they are equal.
    RETURNS (EntitySource): The source.
    """
    return partial(
        merge_by_name,
        types=types,
        name_types=name_types,
        ignore_case=ignore_case,
        only_if_unclustered=only_if_unclustered,
        prefix=prefix,
        value_types=value_types,
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
    value_types: Sequence[str],
) -> List[Entity]:
    """Merge entities with matching names. See `make_alias`."""
    if only_if_unclustered and (
        any(entity.id or len(entity.mentions) > 1 for entity in entities)
        or has_stated_entities(doc, prefix)
    ):
        return entities
    merger = EntityMerger(entities)
    by_type: Dict[str, Dict[int, Set[Words]]] = {}
    for number, entity in enumerate(entities):
        if entity.type in types if types is not None else entity.type not in value_types:
            found = {name_words(doc, mention) for mention in entity.mentions}
            by_type.setdefault(entity.type, {})[number] = {words for words in found if words}
    for type, names in sorted(by_type.items()):
        kind = PEOPLE if type in name_types else COMPANIES
        namesakes = Namesakes(merger, kind, names, ignore_case=ignore_case)
        namesakes.link_equal()
        namesakes.link_parts()
        namesakes.link_acronyms()
    return merger.merged()
