"""How relations lie in a Doc: plain data in `Doc.user_data`.

Only lists, dicts, strings and numbers survive `Doc.to_bytes`, `DocBin` and
multiprocessing alike. Sequences come back as tuples from one and lists from the other,
so everything is normalised when read.

Mentions lie there by their characters, since tokens may be merged or split later.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from spacy.tokens import Doc

from ..errors import Errors
from ..showing import is_blank, show
from .entities import Entity, EntityDoc, name_of
from .plain_data import (
    LARGEST,
    as_choice,
    as_dict,
    as_dicts,
    as_index,
    as_indices,
    as_list,
    as_score,
    as_text,
    get,
)
from .schema import BINARY_ROLES, RelationWords
from .soft_labels import soft_from_plain, soft_to_plain
from .triples import ANNOTATED, EVIDENCE_FROM, Triple

DEFAULT_ATTR = "relations"
PREFIX = "spacy_docre."


@dataclass(frozen=True)
class StoredRelations:
    """The entities and triples of a document.

    entities (Tuple[Entity, ...]): The entities the triples refer to by index.
    triples (Tuple[Triple, ...]): The triples.
    roles (Dict[str, Tuple[str, ...]]): Role names by label. Labels that are not
        listed are binary, with the roles head and tail.
    words (Dict[str, RelationWords]): Names and descriptions by label, where a schema has them.
    soft (Optional[Tuple[Triple, ...]]): Soft labels, see `EntityDoc`.
    """

    entities: Tuple[Entity, ...] = ()
    triples: Tuple[Triple, ...] = ()
    roles: Mapping[str, Tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, RelationWords] = field(default_factory=dict)
    soft: Optional[Tuple[Triple, ...]] = None

    def roles_of(self, triple: Triple) -> Tuple[str, ...]:
        return self.roles.get(triple.label, BINARY_ROLES)


def store_relations(
    doc: Doc,
    entities: Sequence[Entity],
    triples: Iterable[Triple],
    *,
    roles: Mapping[str, Sequence[str]] = {},
    words: Mapping[str, RelationWords] = {},
    soft: Optional[Iterable[Triple]] = None,
    attr: str = DEFAULT_ATTR,
) -> None:
    """Write relations to a document, in place of those it has.

    doc (Doc): The document.
    entities (Sequence[Entity]): The entities of the document.
    triples (Iterable[Triple]): The triples.
    roles (Mapping[str, Sequence[str]]): Role names by label, where they are not
        head and tail.
    words (Mapping[str, RelationWords]): Readable names and descriptions by label.
    soft (Optional[Iterable[Triple]]): Soft labels, see `EntityDoc`.
    attr (str): The name of the attribute, as in `doc._.relations`.
    RAISES (ValueError): If a mention or a triple points outside the document, or a string, a score
        or evidence could not be saved.
    """
    triples, soft = tuple(triples), None if soft is None else tuple(soft)
    EntityDoc(doc, tuple(entities), triples, soft=soft)  # checks the indices
    for triple in (*triples, *(soft or ())):
        names = roles.get(triple.label, BINARY_ROLES)
        for name in filter(is_blank, names):
            raise ValueError(
                Errors.DRE324.format(
                    doc=name_of(doc), what="role", name=show(name), label=show(triple.label)
                )
            )
        if not len(set(names)) == len(names) == len(triple.entities):
            raise ValueError(
                Errors.DRE004.format(doc=name_of(doc), triple=triple, roles=list(names))
            )
    named = {label: tuple(names) for label, names in roles.items()}
    stored = StoredRelations(tuple(entities), triples, named, words, soft)
    try:
        doc.user_data[_key(attr)] = _to_plain(stored, doc)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(Errors.DRE083.format(doc=name_of(doc), attr=attr, error=error)) from error


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
    return StoredRelations() if data is None else _read(data, doc, attr)


def get_plain(doc: Doc, *, attr: str = DEFAULT_ATTR) -> Optional[Dict[str, Any]]:
    """The relations of a document as plain data, which `json.dumps` takes.

    doc (Doc): The document.
    attr (str): The name of the attribute.
    RETURNS (Optional[Dict[str, Any]]): All entities, with mentions as characters of the text, and
        triples; None if relations were never written to the document.
    RAISES (ValueError): See `load_relations`.
    """
    if not has_relations(doc, attr=attr):
        return None
    return _to_plain(load_relations(doc, attr=attr), doc)


def set_plain(doc: Doc, data: Any, *, attr: str = DEFAULT_ATTR) -> None:
    """Write what `get_plain` returned to a document with the same text.

    doc (Doc): The document.
    data (Any): The plain data; None to remove relations.
    attr (str): The name of the attribute.
    RAISES (ValueError): If the data are not of that form, or belong to another text.
    """
    if data is None:
        clear_relations(doc, attr=attr)
        return
    doc.user_data[_key(attr)] = _to_plain(_read(data, doc, attr), doc)


def has_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> bool:
    """RETURNS (bool): Whether relations were ever written to the document, even
    if there were none to write."""
    return _key(attr) in doc.user_data


def stored_attrs(doc: Doc) -> List[str]:
    """RETURNS (List[str]): The names of the attributes under which a document has relations."""
    return [
        key.removeprefix(PREFIX)
        for key, value in doc.user_data.items()
        if isinstance(key, str) and key.startswith(PREFIX)
        if isinstance(value, dict) and "triples" in value
    ]


def move_relations(doc: Doc, attr: str, other: str) -> None:
    """Give the relations of a document, if it has any, to another attribute."""
    if has_relations(doc, attr=attr):
        doc.user_data[_key(other)] = doc.user_data.pop(_key(attr))


def clear_relations(doc: Doc, *, attr: str = DEFAULT_ATTR) -> None:
    """Remove the relations of a document, if it has any."""
    doc.user_data.pop(_key(attr), None)


def _to_plain(stored: StoredRelations, doc: Doc) -> Dict[str, Any]:
    begins, ends = _characters(doc)
    labels = {triple.label for triple in (*stored.triples, *(stored.soft or ()))}
    # Like mentions, sentences are no more than there are characters.
    length = _length(doc)
    words = {
        label: {
            "name": as_text(known.name, f"words.{label}.name"),
            "description": as_text(known.description, f"words.{label}.description"),
        }
        for label, known in stored.words.items()
        if label in labels
    }
    return {
        "length": length,
        "entities": [
            {
                "type": as_text(entity.type, f"entities[{i}].type"),
                "id": as_text(entity.id, f"entities[{i}].id"),
                "mentions": [[begins[start], ends[end - 1]] for start, end in entity.mentions],
            }
            for i, entity in enumerate(stored.entities)
        ],
        "triples": [
            {
                "label": as_text(triple.label, f"triples[{i}].label"),
                "entities": [int(index) for index in triple.entities],
                "score": None
                if triple.score is None
                else as_score(float(triple.score), f"triples[{i}].score"),
                "evidence": [
                    as_index(int(index), f"triples[{i}].evidence", length)
                    for index in triple.evidence
                ],
                **_source(triple, f"triples[{i}].evidence_from"),
            }
            for i, triple in enumerate(stored.triples)
        ],
        "roles": {
            label: [as_text(name, f"roles.{label}") for name in names]
            for label, names in stored.roles.items()
            if label in labels
        },
        **({"words": words} if words else {}),
        **({} if stored.soft is None else {"soft": soft_to_plain(stored.soft)}),
    }


def _score(score: Any, field: str) -> Optional[float]:
    """A score, or None where nobody has told it."""
    return None if score is None else as_score(score, field)


def _source(triple: Triple, field: str) -> Dict[str, str]:
    """Where evidence comes from, if it is no corpus."""
    source = as_choice(triple.evidence_from, field, EVIDENCE_FROM)
    return {} if source == ANNOTATED else {"evidence_from": source}


def _read(data: Any, doc: Doc, attr: str) -> StoredRelations:
    try:
        plain = as_dict(data, f"doc._.{attr}")
        length, actual = as_index(get(plain, "length"), "length", LARGEST), _length(doc)
        if length == actual:
            stored = _from_plain(plain, doc)
            EntityDoc(doc, stored.entities, stored.triples, soft=stored.soft)  # checks the indices
            return stored
    except ValueError as error:
        raise ValueError(Errors.DRE005.format(doc=name_of(doc), attr=attr, error=error)) from error
    raise ValueError(
        Errors.DRE006.format(doc=name_of(doc), attr=attr, length=length, actual=actual)
    )


def _from_plain(data: Mapping[str, Any], doc: Doc) -> StoredRelations:
    begins, ends = _characters(doc)
    length = _length(doc)

    def tokens(mention: Any, field: str) -> Tuple[int, int]:
        places = as_indices(mention, field, length + 1)
        if len(places) != 2 or places[0] >= places[1]:
            raise ValueError(f"'{field}' is {list(places[:4])}, but must be two growing numbers")
        return bisect_right(begins, places[0]) - 1, bisect_left(ends, places[1]) + 1

    def entity(field: str, entry: Mapping[str, Any]) -> Entity:
        mentions = as_list(get(entry, "mentions", field), f"{field}.mentions")
        return Entity.of(
            [tokens(mention, f"{field}.mentions[{i}]") for i, mention in enumerate(mentions)],
            as_text(get(entry, "type", field), f"{field}.type"),
            as_text(get(entry, "id", field), f"{field}.id"),
        )

    def triple(field: str, entry: Mapping[str, Any]) -> Triple:
        return Triple(
            as_indices(get(entry, "entities", field), f"{field}.entities", LARGEST),
            as_text(get(entry, "label", field), f"{field}.label"),
            _score(get(entry, "score", field), f"{field}.score"),
            as_indices(get(entry, "evidence", field), f"{field}.evidence", length),
            as_choice(
                entry.get("evidence_from", ANNOTATED), f"{field}.evidence_from", EVIDENCE_FROM
            ),
        )

    def known_words(field: str, entry: Any) -> RelationWords:
        texts = as_dict(entry, field)
        return RelationWords(
            as_text(get(texts, "name", field), f"{field}.name"),
            as_text(get(texts, "description", field), f"{field}.description"),
        )

    entities = [entity(*known) for known in as_dicts(get(data, "entities"), "entities")]
    triples = [triple(*known) for known in as_dicts(get(data, "triples"), "triples")]
    roles: Dict[str, Tuple[str, ...]] = {}
    for label, names in as_dict(get(data, "roles"), "roles").items():
        field = f"roles.{label}"
        roles[label] = tuple(as_text(name, field) for name in as_list(names, field))
        if any(map(is_blank, roles[label])):
            raise ValueError(f"'{field}' has a blank name")
    words = {
        label: known_words(f"words.{label}", entry)
        for label, entry in as_dict(data.get("words", {}), "words").items()
    }
    soft = soft_from_plain(data["soft"]) if "soft" in data else None
    stored = StoredRelations(tuple(entities), tuple(triples), roles, words, soft)
    for field, listed in (("triples", triples), ("soft", soft or ())):
        for i, known in enumerate(listed):
            if len(known.entities) != len(set(stored.roles_of(known))):
                names = list(stored.roles_of(known))[:9]
                found = len(known.entities)
                raise ValueError(f"'{field}[{i}]' has {found} entities for roles {names}")
    return stored


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
    return f"{PREFIX}{attr}"
