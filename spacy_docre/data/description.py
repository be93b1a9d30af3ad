"""A relation as plain data that say what, where and why: what `Relation.to_dict` and the record of
a document have in common."""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

from spacy.tokens import Doc

from .triples import CLOSEST

if TYPE_CHECKING:
    from .relations import Relation, RelationEntity

Bounds = List[Tuple[int, int]]


# The text of a document is an argument, since spaCy puts it together whenever it is asked for.


def describe_entity(entity: "RelationEntity", text: str) -> Dict[str, Any]:
    """Describe an entity.

    entity (RelationEntity): The entity.
    text (str): The text of its document.
    RETURNS (Dict[str, Any]): Plain data, ready for JSON.
    """
    return {
        "id": entity.index,
        "kb_id": entity.id,
        "type": entity.type,
        "text": entity.text,
        "mentions": [
            {"start": begin, "end": end, "text": text[begin:end]} for begin, end in entity.offsets
        ],
    }


def describe(relation: "Relation", sentences: Bounds, text: str) -> Dict[str, Any]:
    """Describe a relation, with entities by their numbers in the document.

    relation (Relation): The relation.
    sentences (List[Tuple[int, int]]): The sentences of its document, see `sentence_bounds`.
    text (str): The text of its document.
    RETURNS (Dict[str, Any]): Plain data, ready for JSON. Where nobody named evidence, it is the
        sentences of the mentions that are closest to each other, and "evidence_from" says so.
    """
    numbers, source = list(relation.evidence), relation.evidence_from
    if not numbers:
        numbers, source = closest_sentences(relation, sentences), CLOSEST
    return {
        "label": relation.label,
        "name": relation.name,
        "description": relation.description,
        "score": relation.score,
        "roles": list(relation.roles),
        "entities": [entity.index for entity in relation.entities],
        "head": relation.head.index,
        "tail": relation.tail.index,
        "evidence": [
            _sentence(number, *sentences[number], text)
            for number in numbers
            # What a document without these boundaries cannot show.
            if number < len(sentences)
        ],
        "evidence_from": source,
    }


def sentence_bounds(doc: Doc) -> Bounds:
    """RETURNS (List[Tuple[int, int]]): The characters of each sentence; none where the document has
    no boundaries of sentences."""
    if not doc.has_annotation("SENT_START"):
        return []
    return [(sentence.start_char, sentence.end_char) for sentence in doc.sents]


def closest_sentences(relation: "Relation", sentences: Bounds) -> List[int]:
    """Find the sentences of the mentions of a relation's entities that are closest to each other.

    relation (Relation): The relation.
    sentences (List[Tuple[int, int]]): The sentences of its document.
    RETURNS (List[int]): The numbers of the sentences, in text order: one, if it mentions all.
    """
    if not sentences:
        return []
    first, *others = [[begin for begin, _ in entity.offsets] for entity in relation.entities]
    if not first or not all(others):
        return []
    choices = ([place, *(_nearest(place, places) for places in others)] for place in first)
    best = min(choices, key=lambda places: max(places) - min(places))
    begins = [begin for begin, _ in sentences]
    return sorted({max(0, bisect_right(begins, place) - 1) for place in best})


def _nearest(place: int, places: Sequence[int]) -> int:
    """RETURNS (int): The place that is nearest to another; the earlier of two."""
    right = bisect_left(places, place)
    around = places[max(0, right - 1) : right + 1]
    return min(around, key=lambda other: abs(other - place))


def _sentence(number: int, start: int, end: int, text: str) -> Dict[str, Any]:
    return {"sentence": number, "start": start, "end": end, "text": text[start:end]}
