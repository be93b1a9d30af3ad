"""What `doc._.relations = [...]` does: typed relations back to what `storage` holds."""

from bisect import bisect_right
from dataclasses import replace
from typing import Any, Container, Dict, Iterable, List, Tuple

from spacy.tokens import Doc

from ..errors import Errors
from .entities import Entity, name_of
from .notes import load_notes, store_notes
from .relations import Relation, RelationEntity
from .schema import BINARY_ROLES, RelationWords
from .storage import DEFAULT_ATTR, load_relations, store_relations
from .triples import Triple


def set_relations(doc: Doc, relations: Iterable[Relation], *, attr: str = DEFAULT_ATTR) -> None:
    """Write typed relations to a document, in place of those it has. An empty list says that it
    has none.

    The document keeps its entities, in their order, whether a relation has them or not. Entities
    that it does not have, from another document or with another type or id, are added
    at the end. What other documents know by sentence numbers follows by the characters of the
    sentences, where both documents have boundaries.

    doc (Doc): The document.
    relations (Iterable[Relation]): Relations of this document, or of others with the same text.
    attr (str): The name of the attribute.
    RAISES (ValueError): If these are no relations, one belongs to another text, is listed twice, or
        has a mention that is not in the text.
    """
    listed = _listed(doc, relations, attr)
    before = load_relations(doc, attr=attr)
    entities = _Entities(doc, before.entities)
    triples: Dict[Triple, None] = {}
    roles: Dict[str, Tuple[str, ...]] = {}
    for relation in listed:
        known = roles.setdefault(relation.label, tuple(relation.roles))
        if known != tuple(relation.roles):
            raise ValueError(
                Errors.DRE087.format(
                    doc=name_of(doc),
                    label=relation.label,
                    first=list(known),
                    second=list(relation.roles),
                )
            )
        triple = Triple(
            tuple(entities.position(entity) for entity in relation.entities),
            relation.label,
            relation.score,
            tuple(_sentence(doc, relation, number) for number in relation.evidence),
            relation.evidence_from,
        )
        if triple in triples:
            raise ValueError(Errors.DRE086.format(doc=name_of(doc), relation=relation))
        triples[triple] = None
    named = {label: names for label, names in roles.items() if names != BINARY_ROLES}
    words = {
        relation.label: RelationWords(relation.name, relation.description)
        for relation in listed
        if relation.name != relation.label or relation.description
    }
    store_relations(doc, entities.listed, triples, roles=named, words=words, attr=attr)
    if attr == DEFAULT_ATTR:
        realign_notes(doc, before.triples)


def keep_labels(doc: Doc, labels: Container[str], *, attr: str = DEFAULT_ATTR) -> None:
    """Take relations with other labels, and their soft labels, out of a document.

    doc (Doc): The document.
    labels (Container[str]): The labels that stay.
    attr (str): The name of the attribute.
    """
    before = load_relations(doc, attr=attr)
    store_relations(
        doc,
        before.entities,
        [triple for triple in before.triples if triple.label in labels],
        roles=before.roles,
        words=before.words,
        soft=None if before.soft is None else [t for t in before.soft if t.label in labels],
        attr=attr,
    )
    if attr == DEFAULT_ATTR:
        realign_notes(doc, before.triples)


def realign_notes(doc: Doc, before: Iterable[Triple]) -> None:
    """Give what a corpus notes of triples to those that are left.

    doc (Doc): The document, with its new triples.
    before (Iterable[Triple]): The triples that the notes are about.
    """
    notes = load_notes(doc)
    if notes.triple_attrs:
        known = dict(zip(before, notes.triple_attrs))
        attrs = [known.get(triple, {}) for triple in load_relations(doc).triples]
        store_notes(doc, replace(notes, triple_attrs=attrs if any(attrs) else []))


class _Entities:
    """The entities of a document, and where those of relations are among them.

    listed (List[Entity]): The entities.
    """

    def __init__(self, doc: Doc, entities: Iterable[Entity]) -> None:
        self.doc = doc
        self.listed: List[Entity] = list(entities)
        self._positions: Dict[Entity, List[int]] = {}
        for position, entity in enumerate(self.listed):
            self._positions.setdefault(entity, []).append(position)
        # Which entity of which document a position stands for: equal ones stay apart.
        self._owners: Dict[Tuple[int, int], int] = {}

    def position(self, view: RelationEntity) -> int:
        """RETURNS (int): Where the entity is, or is from now on."""
        entity = Entity.of(
            [_tokens(self.doc, begin, end) for begin, end in view.offsets], view.type, view.id
        )
        positions = self._positions.setdefault(entity, [])
        # Most often it has kept its position.
        for position in sorted(positions, key=lambda position: position != view.index):
            if self._owners.setdefault((position, id(view.doc)), view.index) == view.index:
                return position
        position = len(self.listed)
        self.listed.append(entity)
        positions.append(position)
        self._owners[position, id(view.doc)] = view.index
        return position


def _listed(doc: Doc, relations: Any, attr: str) -> List[Relation]:
    """Check that these are relations whose characters mean the same in this document."""
    try:
        # A relation has items, but is not made of them.
        listed = [relations] if isinstance(relations, Relation) else list(relations)
    except TypeError:
        listed = [relations]
    text = doc.text.rstrip()
    same = {id(doc)}
    for relation in listed:
        if not isinstance(relation, Relation):
            found = type(relation).__name__
            raise ValueError(Errors.DRE081.format(doc=name_of(doc), attr=attr, found=found))
        for other in (entity.doc for entity in relation.entities):
            if id(other) not in same and other.text.rstrip() != text:
                raise ValueError(
                    Errors.DRE082.format(doc=name_of(doc), relation=relation, other=name_of(other))
                )
            same.add(id(other))
    return listed


def _tokens(doc: Doc, begin: int, end: int) -> Tuple[int, int]:
    span = doc.char_span(begin, end, alignment_mode="expand") if 0 <= begin < end else None
    if span is None:
        raise ValueError(Errors.DRE078.format(doc=name_of(doc), begin=begin, end=end))
    return span.start, span.end


def _sentence(doc: Doc, relation: Relation, number: int) -> int:
    """RETURNS (int): The number that a sentence has in this document."""
    other = relation.entities[0].doc
    if other is doc or not (
        doc.has_annotation("SENT_START") and other.has_annotation("SENT_START")
    ):
        return number
    theirs = [sentence.start_char for sentence in other.sents]
    ours = [sentence.start_char for sentence in doc.sents]
    return bisect_right(ours, theirs[number]) - 1 if 0 <= number < len(theirs) else number
