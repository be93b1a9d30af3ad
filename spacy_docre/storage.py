"""How relations lie in a Doc: plain data in `Doc.user_data`.

Only lists, dicts, strings and numbers survive `Doc.to_bytes`, `DocBin` and
multiprocessing alike. Sequences come back as tuples from one and lists from the other,
so everything is normalised when read.

Mentions lie there by their characters, since tokens may be merged or split later.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from spacy.tokens import Doc

from .entities import Entity, EntityDoc, name_of
from .errors import Errors
from .schema import BINARY_ROLES
from .showing import is_blank, show
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
        for name in filter(is_blank, names):
            raise ValueError(
                Errors.DRE324.format(
                    doc=name_of(doc), what="role", name=show(name), label=show(triple.label)
                )
            )
        if len(names) != len(triple.entities):
            raise ValueError(
                Errors.DRE004.format(doc=name_of(doc), triple=triple, roles=list(names))
            )
    labels = {triple.label for triple in triples}
    begins, ends = _characters(doc)
    doc.user_data[_key(attr)] = {
        "length": _length(doc),
        "entities": [
            {
                "type": entity.type,
                "id": entity.id,
                "mentions": [[begins[start], ends[end - 1]] for start, end in entity.mentions],
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

    doc (Doc): The document. Where tokens were merged since the relations were written, a mention
        covers all of the tokens that it is in.
    attr (str): The name of the attribute.
    RETURNS (StoredRelations): Empty if the document has none.
    RAISES (ValueError): If what the document holds is not in the form that
        `store_relations` writes, points outside the document, or belongs to another text.
    """
    data = doc.user_data.get(_key(attr))
    if data is None:
        return StoredRelations()
    try:
        length, actual = int(data["length"]), _length(doc)
        if length == actual:
            stored = _from_plain(data, doc)
            EntityDoc(doc, stored.entities, stored.triples)  # checks the indices
            return stored
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(Errors.DRE005.format(doc=name_of(doc), attr=attr, error=error)) from error
    raise ValueError(
        Errors.DRE006.format(doc=name_of(doc), attr=attr, length=length, actual=actual)
    )


def has_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> bool:
    """RETURNS (bool): Whether relations were ever written to the document, even
    if there were none to write."""
    return _key(attr) in doc.user_data


def clear_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> None:
    """Remove the relations of a document, if it has any."""
    doc.user_data.pop(_key(attr), None)


def _from_plain(data: Mapping[str, Any], doc: Doc) -> StoredRelations:
    begins, ends = _characters(doc)
    length = _length(doc)

    def tokens(begin: int, end: int) -> Tuple[int, int]:
        if not 0 <= begin < end <= length:
            raise ValueError(f"a mention covers characters {begin} to {end}")
        return bisect_right(begins, begin) - 1, bisect_left(ends, end) + 1

    entities: List[Entity] = [
        Entity.of(
            [tokens(int(begin), int(end)) for begin, end in entry["mentions"]],
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


def _characters(doc: Doc) -> Tuple[List[int], List[int]]:
    """Where each token begins, and where it ends."""
    begins, lengths = doc.to_array(["IDX", "LENGTH"]).T
    return begins.tolist(), (begins + lengths).tolist()


def _length(doc: Doc) -> int:
    """The number of characters, without a space at the end."""
    return doc[-1].idx + len(doc[-1]) if len(doc) else 0


def _key(attr: str) -> str:
    # Not the key of a default-valued extension: other packages reset
    # `doc._.relations`, and what they write must not be read as ours.
    return f"spacy_docre.{attr}"
