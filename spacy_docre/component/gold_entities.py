"""Documents that are scored on the relations of gold entities, which a pipeline does not know."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import List, TypeVar

from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

from ..data.alignment import gold_entity_doc
from ..data.entities import EntityDoc
from ..data.storage import DEFAULT_ATTR, has_relations

FoundT = TypeVar("FoundT")


def with_gold_entities(
    examples: Iterable[Example],
    extract: Callable[[List[EntityDoc]], Sequence[FoundT]],
    write: Callable[[List[Doc], Sequence[FoundT]], None],
    *,
    attr: str = DEFAULT_ATTR,
    batch_size: int,
) -> List[Example]:
    """Extract relations of gold entities.

    examples (Iterable[Example]): The examples, which stay as they are.
    extract (Callable): Extracts from entity documents.
    write (Callable): Writes what it found to documents.
    attr (str): The attribute that holds the relations of the reference.
    batch_size (int): The number of documents to extract together.
    RETURNS (List[Example]): The examples. Where the reference was annotated with relations, the
        predicted document is a copy with those that were found.
    """
    found = list(examples)
    annotated = [n for n, e in enumerate(found) if has_relations(e.reference, attr=attr)]
    for batch in minibatch(annotated, size=batch_size):
        docs = [_to_read(found[number], attr) for number in batch]
        # `Doc.copy` fails where tokens were merged since groups of spans were made.
        copies = [doc.doc[:].as_doc(copy_user_data=True) for doc in docs]
        write(copies, extract(docs))
        for number, copy in zip(batch, copies):
            found[number] = Example(copy, found[number].reference)
    return found


def _to_read(example: Example, attr: str) -> EntityDoc:
    doc = gold_entity_doc(example, attr=attr)
    # What is predicted numbers the sentences of the prediction, where it has its own.
    return replace(doc, sentence_starts=()) if doc.doc.has_annotation("SENT_START") else doc
