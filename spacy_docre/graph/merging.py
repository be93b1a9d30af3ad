"""Which entities of different documents are the same."""

import re
from typing import Any, Callable, Dict, Mapping, Tuple
from unicodedata import normalize

SPACE = re.compile(r"\s+")
# What an entity of the graph is known by: ("id", id), ("name", type, name), or
# ("entity", document id, number of the document, position in it).
EntityKey = Tuple[Any, ...]


def normalise_name(name: str) -> str:
    """RETURNS (str): A name without what does not tell names apart: case, width of characters, and
    how much space is between words."""
    return SPACE.sub(" ", normalize("NFKC", normalize("NFKC", name).casefold())).strip()


def _by_id_or_name(entity: Mapping[str, Any], document: Tuple[str, int]) -> EntityKey:
    if entity["kb_id"].strip():
        return "id", entity["kb_id"].strip()
    name = normalise_name(entity["text"])
    return ("name", entity["type"], name) if name else _alone(entity, document)


def _by_id(entity: Mapping[str, Any], document: Tuple[str, int]) -> EntityKey:
    known = entity["kb_id"].strip()
    return ("id", known) if known else _alone(entity, document)


def _alone(entity: Mapping[str, Any], document: Tuple[str, int]) -> EntityKey:
    return "entity", *document, entity["id"]


# By the name of the rule: from an entity of a record, and the id and number of its document, to its
# key. Entities with the same key are one. No rule depends on the order of documents.
MERGES: Dict[str, Callable[[Mapping[str, Any], Tuple[str, int]], EntityKey]] = {
    "id+name": _by_id_or_name,
    "id": _by_id,
    "none": _alone,
}
