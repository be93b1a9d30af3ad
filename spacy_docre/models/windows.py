"""How a document of any length is asked about: in windows of the length of training documents.

A pair of entities is asked about where both are mentioned within one window. Windows overlap by
half, so that any two mentions that are nearer than half a window have one in common. What several
windows say of the same entities counts once, with the highest score: some window reaches a
threshold if, and only if, the highest score does.
"""

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Dict, List, NamedTuple, Tuple
from weakref import WeakSet

from ..data.entities import Entity, EntityDoc, name_of, order_of
from ..data.triples import Triple
from ..errors import Warnings

# A document is divided if it is this many times as long as the longest one of training, and has so
# many tokens at least.
TIMES = 1.5
TOKENS = 512
# The least size of a window: where training documents are single sentences, more are read at once.
WINDOW = 256

# The owners about which a user was warned already.
_WARNED: "WeakSet[object]" = WeakSet()


class Part(NamedTuple):
    """A stretch of a document that is asked about by itself.

    doc (int): The number of the document in its batch.
    start, end (int): Its tokens.
    content (EntityDoc): The document with the entities that the stretch mentions, in the order in
        which it does, and of each the mentions in it.
    entities (Tuple[int, ...]): Which of the document's entities these are.
    first_sentence (int): The number of the first of the sentences that the evidence of its triples
        numbers, see `EntityDoc.sentence_starts`.
    is_whole (bool): Whether it is all of the document.
    """

    doc: int
    start: int
    end: int
    content: EntityDoc
    entities: Tuple[int, ...]
    first_sentence: int
    is_whole: bool

    @classmethod
    def whole(cls, number: int, doc: EntityDoc) -> "Part":
        """RETURNS (Part): All of a document."""
        content = replace(doc, sentence_starts=sentence_starts(doc))
        return cls(number, 0, len(doc.doc), content, tuple(range(len(doc.entities))), 0, True)


def sentence_starts(doc: EntityDoc) -> Tuple[int, ...]:
    """RETURNS (Tuple[int, ...]): The first token of each sentence: those that the gold evidence
    numbers, or else those of the document; empty if there are none."""
    if doc.sentence_starts or not doc.doc.has_annotation("SENT_START"):
        return doc.sentence_starts
    return tuple(sentence.start for sentence in doc.doc.sents)


def divide(docs: Sequence[EntityDoc], longest: int, owner: object) -> List[Part]:
    """Divide documents that are much longer than those of training. Others stay whole.

    docs (Sequence[EntityDoc]): The documents.
    longest (int): The tokens of the longest training document; 0 to divide none.
    owner (object): Who asks. It warns of the first document that is divided.
    RETURNS (List[Part]): The parts of all documents, in order. Stretches with less than two
        entities are left out.
    """
    parts: List[Part] = []
    for number, doc in enumerate(docs):
        if not longest or len(doc.doc) <= max(TIMES * longest, TOKENS):
            parts.append(Part.whole(number, doc))
            continue
        size = max(longest, WINDOW)
        if owner not in _WARNED:
            _WARNED.add(owner)
            found = {"doc": name_of(doc.doc), "length": len(doc.doc), "longest": longest}
            warnings.warn(Warnings.DRW020.format(size=size, **found), stacklevel=2)
        parts.extend(_windows(number, doc, size))
    return parts


def gather(
    docs: Sequence[EntityDoc], parts: Sequence[Part], found: Sequence[Sequence[Triple]]
) -> List[List[Triple]]:
    """Bring together what the parts of documents state.

    docs (Sequence[EntityDoc]): The documents.
    parts (Sequence[Part]): Their parts.
    found (Sequence[Sequence[Triple]]): The triples of each part.
    RETURNS (List[List[Triple]]): The triples of each document: as they were found, or those of
        several windows in row-column order.
    """
    triples: List[List[Triple]] = [[] for _ in docs]
    best: List[Dict[Triple, Triple]] = [{} for _ in docs]
    for part, own in zip(parts, found):
        if part.is_whole:
            triples[part.doc] = list(own)
            continue
        for triple in own:
            entities = tuple(part.entities[index] for index in triple.entities)
            evidence = tuple(sentence + part.first_sentence for sentence in triple.evidence)
            moved = replace(triple, entities=entities, evidence=evidence)
            known = best[part.doc].get(moved)
            if known is None or known.rank < moved.rank:
                best[part.doc][moved] = moved
    for number, windows in enumerate(best):
        if windows:
            triples[number] = sorted(windows.values())
    return triples


def _windows(number: int, doc: EntityDoc, size: int) -> Iterator[Part]:
    mentions = sorted(
        (start, end, index)
        for index, entity in enumerate(doc.entities)
        for start, end in entity.mentions
    )
    begins = [start for start, _, _ in mentions]
    sentences = sentence_starts(doc)
    for first, last in _stretches(doc, size):
        within: Dict[int, List[Tuple[int, int]]] = {}
        for start, end, index in mentions[bisect_left(begins, first) : bisect_left(begins, last)]:
            if end <= last:
                within.setdefault(index, []).append((start, end))
        if len(within) < 2:
            continue
        entities = {
            index: Entity.of(places, doc.entities[index].type, doc.entities[index].id)
            for index, places in within.items()
        }
        order = sorted(entities, key=lambda index: (order_of(entities[index]), index))
        # A sentence that began before is one of the window, too.
        sentence = max(0, bisect_right(sentences, first) - 1)
        content = replace(
            doc,
            entities=tuple(entities[index] for index in order),
            gold=None,
            sentence_starts=tuple(
                max(0, start - first)
                for start in sentences[sentence : bisect_left(sentences, last)]
            ),
        )
        yield Part(number, first, last, content, tuple(order), sentence, False)


def _stretches(doc: EntityDoc, size: int) -> Iterator[Tuple[int, int]]:
    """Windows that begin, where sentences are known, with one. The last one ends with the
    document."""
    length = len(doc.doc)
    starts = sentence_starts(doc) or range(length)
    first = 0
    while first + size < length:
        yield first, first + size
        # No sentence may be so long that a window would not overlap the next one.
        place = bisect_left(starts, first + size // 2)
        following = starts[place] if place < len(starts) else length
        first = following if following < first + size * 3 // 4 else first + size // 2
    yield max(0, length - size), length
