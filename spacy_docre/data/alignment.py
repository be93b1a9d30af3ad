"""From annotated examples to entity documents: what there is to learn."""

from dataclasses import replace
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

import numpy
from spacy.tokens import Doc
from spacy.training import Example

from ..errors import Errors
from ..showing import listed
from .entities import Entity, EntityDoc, in_order, name_of
from .mapping import map_entities
from .schema import Schema
from .storage import DEFAULT_ATTR, has_relations, load_relations
from .triples import Triple


def gold_entity_doc(example: Example, *, attr: str = DEFAULT_ATTR) -> EntityDoc:
    """The predicted document of an example with the entities and triples of its reference.

    Mentions are carried over by their characters, so the two may be tokenised differently;
    a mention that ends inside a predicted token covers the whole token.

    example (Example): The example.
    attr (str): The attribute that holds the relations of the reference.
    RETURNS (EntityDoc): The document, its entities in order of first appearance. `gold` is
        None if the reference was never annotated with relations.
    RAISES (ValueError): If a mention, a triple or its evidence points outside the reference, the
        texts of the two differ, a mention has no text in the predicted document, or a triple
        occurs twice.
    """
    stored = load_relations(example.reference, attr=attr)
    predicted = example.predicted
    if not _same_text(predicted, example.reference):
        raise ValueError(Errors.DRE021.format(doc=name_of(example.reference)))
    entities = [_carry_over(entity, example.reference, predicted) for entity in stored.entities]
    ordered = in_order(entities)
    # Equal entities may stand side by side: hand out positions one by one.
    positions: Dict[Entity, List[int]] = {}
    for position, entity in enumerate(ordered):
        positions.setdefault(entity, []).append(position)
    moved = [positions[entity].pop(0) for entity in entities]
    gold: Optional[Tuple[Triple, ...]] = None
    soft: Optional[Tuple[Triple, ...]] = None

    def move(triple: Triple) -> Triple:
        return replace(triple, entities=tuple(moved[index] for index in triple.entities))

    if has_relations(example.reference, attr=attr):
        gold = tuple(map(move, stored.triples))
        check_unique(gold, example.reference)
    if stored.soft is not None:
        soft = tuple(map(move, stored.soft))
        check_unique(soft, example.reference)
    starts = _sentence_starts(example.reference, predicted, gold or ())
    return EntityDoc(predicted, tuple(ordered), gold, starts, soft)


def align_gold(doc: EntityDoc, gold: EntityDoc, schema: Schema) -> Tuple[EntityDoc, int]:
    """Express gold triples in terms of entities that another component predicted. A predicted
    entity stands for the same gold entity as in scoring, see `map_entities`.

    doc (EntityDoc): The document with predicted entities.
    gold (EntityDoc): The same document with gold entities and triples.
    schema (Schema): The relations, which may not allow the types that were predicted.
    RETURNS (Tuple[EntityDoc, int]): The document with predicted entities and the gold triples
        they can express, and the number of triples they cannot.
    """
    if gold.gold is None:
        return replace(doc, gold=None, soft=None), 0
    mapped = map_entities(
        [entity.mentions for entity in doc.entities],
        [entity.mentions for entity in gold.entities],
        [(entity.type, entity.id) for entity in doc.entities],
        [(entity.type, entity.id) for entity in gold.entities],
    )
    stands_for = {index: position for position, index in enumerate(mapped) if index is not None}

    def express(triples: Sequence[Triple]) -> Tuple[Triple, ...]:
        expressed = (
            replace(triple, entities=tuple(stands_for[index] for index in triple.entities))
            for triple in triples
            if all(index in stands_for for index in triple.entities)
        )
        return tuple(triple for triple in expressed if fits(triple, doc, schema))

    kept = express(gold.gold)
    soft = None if gold.soft is None else express(gold.soft)
    aligned = replace(doc, gold=kept, sentence_starts=gold.sentence_starts, soft=soft)
    return aligned, len(gold.gold) - len(kept)


def fits(triple: Triple, doc: EntityDoc, schema: Schema) -> bool:
    """Whether the schema allows a triple: its entities differ, and each has a type that may
    fill its role."""
    relation = schema[triple.label]
    return len(set(triple.entities)) == len(triple.entities) and all(
        relation.allows(role, doc.entities[index].type)
        for role, index in enumerate(triple.entities)
    )


def check_gold(doc: EntityDoc, schema: Schema) -> None:
    """Refuse gold triples and soft labels that nothing could learn.

    RAISES (ValueError): If the schema lacks their label or does not allow their entities.
    """
    for triple in (*(doc.gold or ()), *(doc.soft or ())):
        label, types = triple.label, [doc.entities[index].type for index in triple.entities]
        if label not in schema:
            labels = listed(schema.labels)
            raise ValueError(Errors.DRE024.format(doc=name_of(doc.doc), label=label, labels=labels))
        if len(types) != schema[label].arity:
            raise ValueError(
                Errors.DRE029.format(
                    doc=name_of(doc.doc),
                    label=label,
                    expected=schema[label].arity,
                    found=len(types),
                )
            )
        if not fits(triple, doc, schema):
            problem = f"the relation does not allow these {len(types)} entities of types {types}"
            raise ValueError(
                Errors.DRE204.format(doc=name_of(doc.doc), triple=triple, problem=problem)
            )


def check_unique(triples: Iterable[Triple], doc: Doc) -> None:
    """Refuse triples that state the same twice.

    RAISES (ValueError): If there are such triples.
    """
    seen = set()
    for triple in triples:
        if triple in seen:
            raise ValueError(Errors.DRE022.format(doc=name_of(doc), triple=triple))
        seen.add(triple)


def _same_text(one: Doc, other: Doc) -> bool:
    """Whether two documents have the same text, without putting it together where they have the
    same tokens, too: for a paper of 10,000 words that takes as long as learning from it."""
    if len(one) == len(other):
        ours, theirs = (doc.to_array(["ORTH", "SPACY"]) for doc in (one, other))
        if numpy.array_equal(ours, theirs):
            return True
    return one.text == other.text


def _sentence_starts(source: Doc, target: Doc, triples: Sequence[Triple]) -> Tuple[int, ...]:
    """Where the sentences of one document start in the tokens of another. Only evidence needs
    them.

    RAISES (ValueError): If evidence names a sentence that does not exist.
    """
    if not source.has_annotation("SENT_START") or not any(triple.evidence for triple in triples):
        return ()
    starts = [sentence.start_char for sentence in source.sents]
    for triple in triples:
        if any(not 0 <= number < len(starts) for number in triple.evidence):
            raise ValueError(
                Errors.DRE032.format(doc=name_of(source), triple=triple, count=len(starts))
            )
    return tuple(numpy.searchsorted([token.idx for token in target], starts).tolist())


def _carry_over(entity: Entity, source: Doc, target: Doc) -> Entity:
    mentions = []
    for start, end in entity.mentions:
        text = source[start:end]
        span = target.char_span(text.start_char, text.end_char, alignment_mode="expand")
        if span is None or not len(span):
            raise ValueError(Errors.DRE023.format(doc=name_of(source), start=start, end=end))
        mentions.append((span.start, span.end))
    return Entity.of(mentions, entity.type, entity.id)
