"""`doc._.relations`: a typed view of what `storage` holds."""

from dataclasses import dataclass
from functools import partial
from typing import Callable, Dict, List, Tuple

from spacy.tokens import Doc, Span

from .entities import Entity
from .naming import best_name
from .storage import DEFAULT_ATTR, load_relations


@dataclass(frozen=True)
class RelationEntity:
    """An entity as an argument of a relation.

    doc (Doc): The document.
    index (int): The position of the entity among the document's entities.
    type (str): The entity type, or "".
    id (str): The id in a knowledge base, or "".
    mentions (Tuple[Span, ...]): Where the entity is mentioned, in text order.
    """

    doc: Doc
    index: int
    type: str
    id: str
    mentions: Tuple[Span, ...]

    @property
    def span(self) -> Span:
        """The mention that names the entity best: the longest name, where there is one, rather than
        a noun phrase ("her company"), and that rather than a pronoun."""
        return best_name(self.mentions)

    @property
    def text(self) -> str:
        """The text of that mention."""
        return self.span.text

    def __repr__(self) -> str:
        return f"{self.text!r}"


@dataclass(frozen=True)
class Relation:
    """A relation between entities of a document.

    label (str): The relation.
    entities (Tuple[RelationEntity, ...]): Its arguments, in the order of the roles.
    roles (Tuple[str, ...]): The names of the roles: head and tail when binary.
    score (float): Confidence in [0, 1].
    evidence (Tuple[int, ...]): Indices of the sentences that support it, if known.
    """

    label: str
    entities: Tuple[RelationEntity, ...]
    roles: Tuple[str, ...]
    score: float
    evidence: Tuple[int, ...]

    def __getitem__(self, role: str) -> RelationEntity:
        """The argument that fills a role."""
        return dict(zip(self.roles, self.entities))[role]

    @property
    def head(self) -> RelationEntity:
        return self.entities[0]

    @property
    def tail(self) -> RelationEntity:
        return self.entities[1]

    @property
    def crosses_sentences(self) -> bool:
        """Whether no single sentence mentions all of its entities.

        RAISES (ValueError): If the document has no sentence boundaries.
        """
        sentences = [
            {mention.sent.start for mention in entity.mentions} for entity in self.entities
        ]
        return not set.intersection(*sentences)

    def __repr__(self) -> str:
        arguments = ", ".join(
            f"{role}={entity!r}" for role, entity in zip(self.roles, self.entities)
        )
        return f"{self.label}({arguments}, score={self.score:.2f})"


def get_relations(doc: Doc, attr: str = DEFAULT_ATTR) -> List[Relation]:
    """The relations of a document, as typed objects.

    doc (Doc): The document.
    attr (str): The name of the attribute.
    RETURNS (List[Relation]): The relations, in the order they were generated.
    """
    stored = load_relations(doc, attr=attr)
    entities = [_view(doc, index, entity) for index, entity in enumerate(stored.entities)]
    return [
        Relation(
            triple.label,
            tuple(entities[index] for index in triple.entities),
            stored.roles_of(triple),
            triple.score,
            triple.evidence,
        )
        for triple in stored.triples
    ]


def register_extension(attr: str = DEFAULT_ATTR) -> None:
    """Make `doc._.<attr>` return typed relations. Other packages overwrite
    extensions of the same name, so this may be called at any time, again and again.
    """
    # Spawned processes get all extensions: one that cannot be pickled would fail any pipeline.
    getter = _GETTERS.setdefault(attr, partial(get_relations, attr=attr))
    if not Doc.has_extension(attr) or Doc.get_extension(attr)[2] is not getter:
        Doc.set_extension(attr, getter=getter, force=True)


_GETTERS: Dict[str, Callable[[Doc], List[Relation]]] = {}


def _view(doc: Doc, index: int, entity: Entity) -> RelationEntity:
    mentions = tuple(
        Span(doc, start, end, label=entity.type, kb_id=entity.id) for start, end in entity.mentions
    )
    return RelationEntity(doc, index, entity.type, entity.id, mentions)
