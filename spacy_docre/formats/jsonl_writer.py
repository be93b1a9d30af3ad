"""Documents as the package's own JSONL."""

from dataclasses import asdict
from typing import Any, Dict, Sequence, Tuple

from spacy.tokens import Doc

from ..data.entities import Entity
from ..data.notes import CorpusNotes, load_notes
from ..data.storage import DEFAULT_ATTR, has_relations, load_relations
from .mentions import Labelled, annotated_entities


def to_record(doc: Doc, *, attr: str = DEFAULT_ATTR) -> Dict[str, Any]:
    """Describe a document, so that the format "jsonl" reads the same one: text, tokens,
    sentences, entities, relations and the notes of the corpus. Other annotations, and other
    keys of `user_data`, are not part of it.

    doc (Doc): The document.
    attr (str): The attribute that holds its relations.
    RETURNS (Dict[str, Any]): Plain data, ready for JSON.
    """
    record: Dict[str, Any] = {
        key: str(doc.user_data[key]) for key in ("id", "title") if doc.user_data.get(key)
    }
    record["text"] = doc.text
    record["tokens"] = [[token.idx, token.idx + len(token)] for token in doc]
    if doc.has_unknown_spaces:
        record["unknown_spaces"] = True
    if doc.has_annotation("SENT_START"):
        record["sentences"] = [sentence[0].idx for sentence in doc.sents]
    record["entities"] = [_describe(doc, *known) for known in annotated_entities(doc, attr=attr)]
    if has_relations(doc, attr=attr):
        stored = load_relations(doc, attr=attr)
        record["relations"] = [
            {
                "label": triple.label,
                "entities": list(triple.entities),
                **({"evidence": list(triple.evidence)} if triple.evidence else {}),
                **({"score": triple.score} if triple.score != 1.0 else {}),
            }
            for triple in stored.triples
        ]
        if stored.roles:
            record["roles"] = {label: list(roles) for label, roles in stored.roles.items()}
    notes = load_notes(doc)
    if notes != CorpusNotes():
        record["notes"] = {key: value for key, value in asdict(notes).items() if value}
    return record


def _describe(doc: Doc, entity: Entity, labels: Labelled) -> Dict[str, Any]:
    mentions = []
    order: Sequence[Tuple[int, int]] = list(labels) or entity.mentions
    for start, end in order:
        span = doc[start:end]
        mention: Dict[str, Any] = {"start": span.start_char, "end": span.end_char}
        own = labels.get((start, end), (entity.type, entity.id))
        for key, value, default in zip(("type", "id"), own, (entity.type, entity.id)):
            if value != default:
                mention[key] = value
        mentions.append(mention)
    description: Dict[str, Any] = {"mentions": mentions}
    if entity.type:
        description["type"] = entity.type
    if entity.id:
        description["id"] = entity.id
    return description
