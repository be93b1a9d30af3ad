"""Relations whose entities have no order. Extractors need not know of them: they learn all orders
that the schema allows, and of what they find in several orders one triple remains."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Dict, Iterable, Iterator, List, Tuple

from .entities import EntityDoc
from .schema import Schema
from .triples import Triple


def add_directions(doc: EntityDoc, schema: Schema) -> EntityDoc:
    """State gold triples of symmetric relations, and their soft labels, in every order that the
    schema allows. What the gold data state in several orders already is no repetition.

    doc (EntityDoc): A document with gold triples.
    schema (Schema): The relations.
    RETURNS (EntityDoc): The document, the given triples first.
    """
    if not schema.symmetric or doc.gold is None:
        return doc
    soft = None if doc.soft is None else _in_all_orders(doc.soft, doc, schema)
    return replace(doc, gold=_in_all_orders(doc.gold, doc, schema), soft=soft)


def merge_directions(triples: Iterable[Triple], doc: EntityDoc, schema: Schema) -> List[Triple]:
    """Make one triple of those that differ only in the order of the entities of a symmetric
    relation. Its entities are in order of first appearance, if the schema allows that, and it has
    the evidence of all.

    Its score is the highest of theirs. Extractors leave out triples below a threshold, and only
    with the highest score does it not matter whether they do that before or here: some order
    reaches the threshold if, and only if, the highest does. A mean, say, would need scores that
    are not there.

    triples (Iterable[Triple]): The triples of a document.
    doc (EntityDoc): The document.
    schema (Schema): The relations.
    RETURNS (List[Triple]): The triples, each at the place of the first that it stands for.
    """
    if not schema.symmetric:
        return list(triples)
    merged: List[Triple] = []
    places: Dict[Triple, int] = {}
    for triple in triples:
        if triple.label not in schema.symmetric:
            merged.append(triple)
            continue
        entities = next(_orders(triple, doc, schema), triple.entities)
        first = replace(triple, entities=entities)
        place = places.setdefault(first, len(merged))
        if place == len(merged):
            merged.append(first)
        else:
            other = merged[place]
            merged[place] = replace(
                other,
                score=max(other, triple, key=lambda each: each.rank).score,
                evidence=tuple(sorted({*other.evidence, *triple.evidence})),
            )
    return merged


def _in_all_orders(triples: Sequence[Triple], doc: EntityDoc, schema: Schema) -> Tuple[Triple, ...]:
    stated = dict.fromkeys(triples)
    for triple in triples:
        if triple.label in schema.symmetric:
            for entities in _orders(triple, doc, schema):
                stated.setdefault(replace(triple, entities=entities))
    return tuple(stated)


def _orders(triple: Triple, doc: EntityDoc, schema: Schema) -> Iterator[Tuple[int, ...]]:
    """All orders of the entities that the argument types of the relation allow, sorted."""
    relation = schema[triple.label]
    for entities in permutations(sorted(triple.entities)):
        if all(relation.allows(role, doc.entities[i].type) for role, i in enumerate(entities)):
            yield entities
