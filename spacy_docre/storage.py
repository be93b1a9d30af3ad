"""How relations lie in a Doc: plain data in `Doc.user_data`.

Only lists, dicts, strings and numbers survive `Doc.to_bytes`, `DocBin` and
multiprocessing alike. Sequences come back as tuples from one and lists from the other,
so everything is normalised when read.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from spacy.tokens import Doc

from .entities import Entity, EntityDoc, name_of
from .errors import Errors
from .schema import BINARY_ROLES
from .triples import Triple

DEFAULT_ATTR = "relations"


@dataclass(frozen=True)
class StoredRelations:
    """The entities and triples of a document.

    entities (Tuple[Entity, ...]): The entities the triples refer to by index.
    triples (Tuple[Triple, ...]): The triples.
    roles (Dict[str, Tuple[str, ...]]): Role names by label. Labels that are not
        listed are binary, with the roles head and tail.
    """

    entities: Tuple[Entity, ...] = ()
    triples: Tuple[Triple, ...] = ()
    roles: Mapping[str, Tuple[str, ...]] = field(default_factory=dict)

    def roles_of(self, triple: Triple) -> Tuple[str, ...]:
        return self.roles.get(triple.label, BINARY_ROLES)


def store_relations(
    doc: Doc,
    entities: Sequence[Entity],
    triples: Iterable[Triple],
    *,
    roles: Mapping[str, Sequence[str]] = {},
    attr: str = DEFAULT_ATTR,
) -> None:
    """Write relations to a document, in place of those it has.

    doc (Doc): The document.
    entities (Sequence[Entity]): The entities of the document.
    triples (Iterable[Triple]): The triples.
    roles (Mapping[str, Sequence[str]]): Role names by label, where they are not
        head and tail.
    attr (str): The name of the attribute, as in `doc._.relations`.
    RAISES (ValueError): If a mention or a triple points outside the document.
    """
    triples = tuple(triples)
    EntityDoc(doc, tuple(entities), triples)  # checks the indices
    for triple in triples:
        names = roles.get(triple.label, BINARY_ROLES)
        if len(names) != len(triple.entities):
            raise ValueError(
                Errors.DRE004.format(doc=name_of(doc), triple=triple, roles=list(names))
            )
    labels = {triple.label for triple in triples}
    doc.user_data[_key(attr)] = {
        "entities": [
            {
                "type": entity.type,
                "id": entity.id,
                "mentions": [[int(start), int(end)] for start, end in entity.mentions],
            }
            for entity in entities
        ],
        "triples": [
            {
                "label": triple.label,
                "entities": [int(index) for index in triple.entities],
                "score": float(triple.score),
                "evidence": [int(index) for index in triple.evidence],
            }
            for triple in triples
        ],
        "roles": {label: list(names) for label, names in roles.items() if label in labels},
    }


def load_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> StoredRelations:
    """Read the relations of a document.

    doc (Doc): The document.
    attr (str): The name of the attribute.
    RETURNS (StoredRelations): Empty if the document has none.
    RAISES (ValueError): If what the document holds is not in the form that
        `store_relations` writes, or points outside the document.
    """
    data = doc.user_data.get(_key(attr))
    if data is None:
        return StoredRelations()
    try:
        stored = _from_plain(data)
        EntityDoc(doc, stored.entities, stored.triples)  # checks the indices
        return stored
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(Errors.DRE005.format(doc=name_of(doc), attr=attr, error=error)) from error


def has_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> bool:
    """RETURNS (bool): Whether relations were ever written to the document, even
    if there were none to write."""
    return _key(attr) in doc.user_data


def clear_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> None:
    """Remove the relations of a document, if it has any."""
    doc.user_data.pop(_key(attr), None)


def _from_plain(data: Mapping[str, Any]) -> StoredRelations:
    entities: List[Entity] = [
        Entity.of(
            [(int(start), int(end)) for start, end in entry["mentions"]],
            str(entry["type"]),
            str(entry["id"]),
        )
        for entry in data["entities"]
    ]
    triples: List[Triple] = [
        Triple(
            tuple(int(index) for index in entry["entities"]),
            str(entry["label"]),
            float(entry["score"]),
            tuple(int(index) for index in entry["evidence"]),
        )
        for entry in data["triples"]
    ]
    roles: Dict[str, Tuple[str, ...]] = {
        str(label): tuple(str(name) for name in names) for label, names in data["roles"].items()
    }
    return StoredRelations(tuple(entities), tuple(triples), roles)


def _key(attr: str) -> str:
    # Not the key of a default-valued extension: other packages reset
    # `doc._.relations`, and what they write must not be read as ours.
    return f"spacy_docre.{attr}"
