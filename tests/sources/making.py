"""Small documents, and entities written as text."""

from typing import Iterable, List, Sequence, Set, Tuple

import spacy
from spacy.tokens import Doc, Span

from spacy_docre.data.entities import Entity

VOCAB = spacy.blank("en").vocab


def make_doc(text: str, **annotations) -> Doc:
    """A document of words that spaces part."""
    return Doc(VOCAB, words=text.split(), **annotations)


def span(doc: Doc, start: int, end: int, label: str = "", id: str = "") -> Span:
    return Span(doc, start, end, label=label, kb_id=id)


def one(start: int, end: int, type: str = "", id: str = "") -> Entity:
    """An entity with one mention."""
    return Entity.of([(start, end)], type, id)


def texts(doc: Doc, entities: Iterable[Entity]) -> List[List[str]]:
    return [[doc[start:end].text for start, end in entity.mentions] for entity in entities]


def mentions_of(entities: Iterable[Entity]) -> Set[Tuple[int, int]]:
    return {tuple(mention) for entity in entities for mention in entity.mentions}


def put_clusters(doc: Doc, clusters: Sequence[Sequence[Span]], prefix: str = "coref_clusters"):
    for number, cluster in enumerate(clusters):
        doc.spans[f"{prefix}_{number}"] = list(cluster)
    return doc
