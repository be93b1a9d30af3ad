"""The record of a document: its relations as plain data, for whatever writes, shows or joins them.
`record.schema.json` says exactly what a record is."""

import json
import warnings
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from spacy.tokens import Doc

from ..data.description import describe, describe_entity, sentence_bounds
from ..data.relations import get_views
from ..data.schema import Schema
from ..data.storage import DEFAULT_ATTR
from ..errors import Warnings

VERSION = 1
SCHEMA_PATH = Path(__file__).parent / "record.schema.json"
# Where a document keeps what the input says of it besides its text and id.
META = "meta"
PLACE = ("sentence", "start", "end")


def document_record(
    doc: Doc, *, schema: Optional[Schema] = None, attr: str = DEFAULT_ATTR
) -> Dict[str, Any]:
    """Describe a document, its entities and the relations between them.

    doc (Doc): The document. Its id is in `doc.user_data["id"]` or else its title, and what else
        is known of it in `doc.user_data["meta"]`.
    schema (Optional[Schema]): Names and describes relations whose document does not.
    attr (str): The attribute that holds the relations.
    RETURNS (Dict[str, Any]): Plain data, ready for JSON.
    RAISES (ValueError): If what the document holds cannot be read, see `load_relations`.
    """
    entities, relations = get_views(doc, attr=attr)
    sentences = sentence_bounds(doc)
    if any(number >= len(sentences) for relation in relations for number in relation.evidence):
        warnings.warn(Warnings.DRW700, stacklevel=2)
    text = doc.text
    described = [describe(relation, sentences, text) for relation in relations]
    for each in described if schema is not None else ():
        assert schema is not None
        words = schema.words.get(each["label"])
        if words is not None and each["name"] == each["label"]:
            each["name"] = words.name
        if words is not None and not each["description"]:
            each["description"] = words.description
    return {
        "version": VERSION,
        "id": _id_of(doc),
        "text": text,
        "meta": _meta_of(doc),
        "entities": [describe_entity(entity, text) for entity in entities],
        "sentences": [list(bounds) for bounds in sentences],
        "relations": described,
    }


def triple_rows(record: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Make a table of a record, with a row for each relation, for CSV, Parquet and
    `pandas.DataFrame(rows)`.

    record (Mapping[str, Any]): The record.
    RETURNS (List[Dict[str, Any]]): Rows with the same columns in the same order, all of them
        strings and numbers. Lists are JSON: `head_mentions` [[start, end], …], `evidence`
        [[sentence, start, end], …], `further` the entities of relations of more than two, `meta` an
        object.
    """
    meta = _json(record["meta"])
    entities = record["entities"]
    return [
        {
            "doc_id": record["id"],
            "label": relation["label"],
            "name": relation["name"],
            **_argument("head", entities[relation["head"]]),
            **_argument("tail", entities[relation["tail"]]),
            "score": relation["score"],
            "evidence": _json(
                [[e["sentence"], e["start"], e["end"]] for e in relation["evidence"]]
            ),
            "evidence_text": " … ".join(e["text"].strip() for e in relation["evidence"]),
            "evidence_from": relation["evidence_from"],
            "roles": _json(relation["roles"]),
            "further": _json([entities[index] for index in relation["entities"][2:]]),
            "meta": meta,
        }
        for relation in record["relations"]
    ]


def _argument(role: str, entity: Mapping[str, Any]) -> Dict[str, Any]:
    return {
        f"{role}_text": entity["text"],
        f"{role}_type": entity["type"],
        f"{role}_id": entity["kb_id"],
        f"{role}_entity": entity["id"],
        f"{role}_mentions": _json([[m["start"], m["end"]] for m in entity["mentions"]]),
    }


def columns() -> Sequence[str]:
    """RETURNS (Sequence[str]): The columns of `triple_rows`, in order."""
    nothing = {"text": "", "type": "", "kb_id": "", "id": 0, "mentions": []}
    relation = {
        "label": "",
        "name": "",
        "head": 0,
        "tail": 0,
        "score": 0.0,
        "roles": [],
        "entities": [],
        "evidence": [],
        "evidence_from": "",
    }
    record = {"id": "", "meta": {}, "entities": [nothing], "relations": [relation]}
    return list(triple_rows(record)[0])


def _id_of(doc: Doc) -> str:
    known = doc.user_data.get("id")
    return str(doc.user_data.get("title") or "") if known is None else str(known)


def _meta_of(doc: Doc) -> Dict[str, Any]:
    # The key is a common one: others write there what is no object.
    meta = doc.user_data.get(META)
    return {} if meta is None else dict(meta) if isinstance(meta, dict) else {META: meta}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
