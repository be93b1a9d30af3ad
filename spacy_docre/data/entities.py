"""Entity documents: what every extractor reads."""

from dataclasses import dataclass, field
from typing import Iterable, List, NamedTuple, Optional, Tuple

from spacy.tokens import Doc

from ..errors import Errors
from ..showing import is_blank, show
from .triples import Triple


class Mention(NamedTuple):
    """One occurrence of an entity in the text.

    start (int): Index of the first token.
    end (int): Index after the last token.
    """

    start: int
    end: int


@dataclass(frozen=True)
class Entity:
    """A cluster of mentions that refer to the same thing.

    mentions (Tuple[Mention, ...]): Sorted, without duplicates, never empty.
    type (str): The entity type, or "" where none is known.
    id (str): The entity's id in a knowledge base, or "" where none is known.
    """

    mentions: Tuple[Mention, ...]
    type: str = ""
    id: str = ""

    @classmethod
    def of(cls, mentions: Iterable[Tuple[int, int]], type: str = "", id: str = "") -> "Entity":
        """Create an entity from mentions in any order."""
        return cls(tuple(sorted({Mention(*m) for m in mentions})), type, id)


@dataclass(frozen=True)
class EntityDoc:
    """A document, its entities in order of first appearance and, for training,
    its gold triples. The position of an entity in `entities` is its index in
    every `Triple` of the document.

    doc (Doc): The document.
    entities (Tuple[Entity, ...]): The entities.
    gold (Optional[Tuple[Triple, ...]]): The triples to learn, or None where
        they are not known.
    sentence_starts (Tuple[int, ...]): The first token of each of the sentences that the evidence
        of gold triples numbers; empty where sentences are not known.
    soft (Optional[Tuple[Triple, ...]]): Soft labels: how probable a teacher finds triples, as their
        scores, or None where there is no teacher. Those that are not there it finds impossible.
    """

    doc: Doc
    entities: Tuple[Entity, ...] = field(default_factory=tuple)
    gold: Optional[Tuple[Triple, ...]] = None
    sentence_starts: Tuple[int, ...] = ()
    soft: Optional[Tuple[Triple, ...]] = None

    def __post_init__(self) -> None:
        for entity in self.entities:
            if not entity.mentions:
                raise ValueError(Errors.DRE002.format(doc=name_of(self.doc)))
            for start, end in entity.mentions:
                if not 0 <= start < end <= len(self.doc):
                    raise ValueError(
                        Errors.DRE001.format(
                            doc=name_of(self.doc), start=start, end=end, length=len(self.doc)
                        )
                    )
        for triple in (*(self.gold or ()), *(self.soft or ())):
            if is_blank(triple.label):
                raise ValueError(
                    Errors.DRE324.format(
                        doc=name_of(self.doc),
                        what="label",
                        name=show(triple.label),
                        label=show(triple),
                    )
                )
            if any(not 0 <= index < len(self.entities) for index in triple.entities):
                raise ValueError(
                    Errors.DRE003.format(
                        doc=name_of(self.doc), triple=triple, count=len(self.entities)
                    )
                )


def in_order(entities: Iterable[Entity]) -> List[Entity]:
    """Sort entities by first appearance. Ties, which only overlapping mentions
    can make, are broken by the rest of the mentions, the type and the id, so that
    the order never depends on the order of the input."""
    return sorted(entities, key=order_of)


def order_of(entity: Entity) -> Tuple[Tuple[Mention, ...], str, str]:
    """RETURNS (Tuple): What entities are sorted by."""
    return entity.mentions, entity.type, entity.id


def name_of(doc: Doc) -> str:
    """RETURNS (str): The title of a document to show in messages, in quotes."""
    return repr(title_of(doc))


def title_of(doc: Doc) -> str:
    """RETURNS (str): The title or id that a corpus reader left, or the first words of the text."""
    title = doc.user_data.get("title") or doc.user_data.get("id")
    # Anyone may have written anything there, and an error about it must not end in another.
    if (title and isinstance(title, (str, float))) or (isinstance(title, int) and title < 10**40):
        return str(title)
    return doc[:8].text + ("…" if len(doc) > 8 else "")
