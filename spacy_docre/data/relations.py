"""`doc._.relations`: a typed view of what `storage` holds."""

from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from spacy.tokens import Doc, Span

from ..errors import Errors
from .description import describe, describe_entity, sentence_bounds
from .entities import Entity
from .naming import best_name
from .schema import RelationWords
from .storage import DEFAULT_ATTR, get_plain, load_relations, set_plain
from .triples import ANNOTATED

# The plain twin of the attribute "relations" is "relations_data".
PLAIN_SUFFIX = "_data"


@dataclass(frozen=True, eq=False)
class RelationEntity:
    """An entity as an argument of a relation. It stays with its words where tokens are merged or
    split, and equals the same entity of another document with the same text.

    index (int): The position of the entity among the document's entities.
    type (str): The entity type, or "".
    id (str): The id in a knowledge base, or "".
    offsets (Tuple[Tuple[int, int], ...]): Where the entity is mentioned, in text order: the first
        character, and the one after the last.
    document (Doc): The document. It is no field, so that `dataclasses.asdict` gives plain data.
    """

    index: int
    type: str
    id: str
    offsets: Tuple[Tuple[int, int], ...]
    document: InitVar[Doc] = None

    def __post_init__(self, document: Doc) -> None:
        object.__setattr__(self, "document", document)

    @property
    def doc(self) -> Doc:
        """RETURNS (Doc): The document."""
        document: Doc = self.__dict__["document"]
        return document

    @property
    def mentions(self) -> Tuple[Span, ...]:
        """RETURNS (Tuple[Span, ...]): Where the entity is mentioned, in text order."""
        spans = (
            self.doc.char_span(begin, end, self.type, self.id, alignment_mode="expand")
            for begin, end in self.offsets
        )
        return tuple(span for span in spans if span is not None)

    @property
    def span(self) -> Span:
        """The mention that names the entity best: the longest name, where there is one, rather than
        a noun phrase ("her company"), and that rather than a pronoun."""
        return best_name(self.mentions)

    @property
    def text(self) -> str:
        """The text of that mention."""
        return self.span.text

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data: its number in the document ("id"), its id in a
        knowledge base ("kb_id"), type, text, and mentions with the characters they cover."""
        return describe_entity(self, self.doc.text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RelationEntity):
            return NotImplemented
        same = self._key() == other._key()
        return same and (self.doc is other.doc or self.doc.text == other.doc.text)

    def __hash__(self) -> int:
        return hash(self._key())

    def __deepcopy__(self, memo: Dict[int, Any]) -> "RelationEntity":
        # A view: copying the document, with its vocabulary, is not meant.
        return self

    def __json__(self) -> str:
        raise ValueError(Errors.DRE080)

    def __repr__(self) -> str:
        return f"{self.text!r}"

    def _key(self) -> Tuple[int, str, str, Tuple[Tuple[int, int], ...]]:
        return self.index, self.type, self.id, self.offsets


@dataclass(frozen=True)
class Relation:
    """A relation between entities of a document.

    label (str): The relation.
    entities (Tuple[RelationEntity, ...]): Its arguments, in the order of the roles.
    roles (Tuple[str, ...]): The names of the roles: head and tail when binary.
    score (Optional[float]): Confidence in [0, 1]; None where nobody has told it.
    evidence (Tuple[int, ...]): Indices of the sentences that support it, if known.
    evidence_from (str): Where evidence comes from: "annotated", "predicted" or "closest".
    words (Optional[Mapping[str, RelationWords]]): Names and descriptions by label, as far as they
        are known. They are no field, so that `dataclasses.asdict` gives what belongs to this
        relation only.
    """

    label: str
    entities: Tuple[RelationEntity, ...]
    roles: Tuple[str, ...]
    score: Optional[float]
    evidence: Tuple[int, ...]
    evidence_from: str = field(default=ANNOTATED, compare=False)
    words: InitVar[Optional[Mapping[str, RelationWords]]] = None

    def __post_init__(self, words: Optional[Mapping[str, RelationWords]]) -> None:
        object.__setattr__(self, "words", words or {})

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
    def name(self) -> str:
        """RETURNS (str): A readable name, where the schema has one, and else the label."""
        return self._words.name

    @property
    def description(self) -> str:
        """RETURNS (str): A sentence that defines the relation, or ""."""
        return self._words.description

    @property
    def _words(self) -> RelationWords:
        words: Mapping[str, RelationWords] = self.__dict__["words"]
        return words.get(self.label, RelationWords(self.label))

    @property
    def sentences(self) -> Tuple[Span, ...]:
        """RETURNS (Tuple[Span, ...]): The sentences of the evidence, as far as the document has
        boundaries of sentences."""
        doc = self.entities[0].doc
        found = list(doc.sents) if doc.has_annotation("SENT_START") else []
        return tuple(found[number] for number in self.evidence if number < len(found))

    @property
    def crosses_sentences(self) -> bool:
        """Whether no single sentence mentions all of its entities.

        RAISES (ValueError): If the document has no sentence boundaries.
        """
        sentences = [
            {mention.sent.start for mention in entity.mentions} for entity in self.entities
        ]
        return not set.intersection(*sentences)

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON: what a record says of the relation
        (`spacy_docre.graph.records`), with entities in place of their numbers."""
        doc = self.entities[0].doc
        described = describe(self, sentence_bounds(doc), doc.text)
        return {**described, "entities": [entity.to_dict() for entity in self.entities]}

    def __json__(self) -> str:
        # srsly, and so `Doc.to_json`, would say only that this cannot be done.
        raise ValueError(Errors.DRE080)

    def __repr__(self) -> str:
        arguments = ", ".join(
            f"{role}={entity!r}" for role, entity in zip(self.roles, self.entities)
        )
        score = "unknown" if self.score is None else f"{self.score:.2f}"
        return f"{self.label}({arguments}, score={score})"


def get_relations(doc: Doc, attr: str = DEFAULT_ATTR) -> List[Relation]:
    """The relations of a document, as typed objects.

    doc (Doc): The document.
    attr (str): The name of the attribute.
    RETURNS (List[Relation]): The relations, in the order they were generated.
    """
    return get_views(doc, attr=attr)[1]


def get_views(doc: Doc, *, attr: str = DEFAULT_ATTR) -> Tuple[List[RelationEntity], List[Relation]]:
    """All entities of a document, and its relations between them, as typed objects.

    doc (Doc): The document.
    attr (str): The name of the attribute.
    RETURNS (Tuple[List[RelationEntity], List[Relation]]): The entities, whether a relation has them
        or not, and the relations, in the order they were generated.
    """
    stored = load_relations(doc, attr=attr)
    entities = [_view(doc, index, entity) for index, entity in enumerate(stored.entities)]
    relations = [
        Relation(
            triple.label,
            tuple(entities[index] for index in triple.entities),
            stored.roles_of(triple),
            triple.score,
            triple.evidence,
            triple.evidence_from,
            stored.words,
        )
        for triple in stored.triples
    ]
    return entities, relations


def register_extension(attr: str = DEFAULT_ATTR) -> None:
    """Make `doc._.<attr>` return and take typed relations, and `doc._.<attr>_data` plain data, for
    `Doc.to_json` and `Doc.from_json`. Other packages overwrite extensions of the same name, so
    this may be called at any time, again and again.
    """
    for name, (getter, setter) in _accessors(attr).items():
        if not Doc.has_extension(name) or Doc.get_extension(name)[2] is not getter:
            Doc.set_extension(name, getter=getter, setter=setter, force=True)


Accessors = Dict[str, Tuple[Callable[[Doc], Any], Callable[[Doc, Any], None]]]


def _accessors(attr: str) -> Accessors:
    from .assignment import set_relations

    # Spawned processes get all extensions: one that cannot be pickled would fail any pipeline.
    return _ACCESSORS.setdefault(
        attr,
        {
            attr: (partial(get_relations, attr=attr), partial(set_relations, attr=attr)),
            attr + PLAIN_SUFFIX: (partial(get_plain, attr=attr), partial(set_plain, attr=attr)),
        },
    )


_ACCESSORS: Dict[str, Accessors] = {}


def _view(doc: Doc, index: int, entity: Entity) -> RelationEntity:
    spans = (doc[start:end] for start, end in entity.mentions)
    offsets = tuple((span.start_char, span.end_char) for span in spans)
    return RelationEntity(index, entity.type, entity.id, offsets, doc)
