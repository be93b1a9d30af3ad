"""Passages: the text of a document that a prompt begins with, and the names by which its
entities can be asked for."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Dict, List, Sequence, Tuple

from ....data.entities import EntityDoc

# What separates the parts of an answer, and so must not occur in a name.
SEPARATOR = "|"
REPLACEMENT = "¦"


@dataclass(frozen=True)
class Passage:
    """A document, or a window of it.

    doc (EntityDoc): The document.
    number (int): Its position in the batch.
    start (int): Index of the first token.
    end (int): Index after the last token.
    numbered (bool): Whether its entities are called by numbers, from 1 on, in place of names.
    """

    doc: EntityDoc
    number: int
    start: int
    end: int
    numbered: bool = False

    @cached_property
    def text(self) -> str:
        """The text, as it stands in the document."""
        return self.doc.doc[self.start : self.end].text

    @cached_property
    def names(self) -> Dict[int, Tuple[str, ...]]:
        """What questions and answers call each entity that the passage mentions: its names, the
        first one first, or its number."""
        if self.numbered:
            return {index: (str(index + 1),) for index in self.texts}
        return self.texts

    @cached_property
    def texts(self) -> Dict[int, Tuple[str, ...]]:
        """The names of each entity that the passage mentions, the first one first. Every name
        belongs to one entity: what several are called, such as "he", names none of them. An
        entity without a name of its own gets a number, as in "he (2)"."""
        texts: Dict[int, List[str]] = {}
        for index, entity in enumerate(self.doc.entities):
            inside = [m for m in entity.mentions if self.start <= m.start and m.end <= self.end]
            if inside:
                mentions = (self.doc.doc[m.start : m.end].text for m in inside)
                texts[index] = list(dict.fromkeys(plain(text) for text in mentions))
        count = Counter(text for names in texts.values() for text in names)
        taken = set(count)
        names: Dict[int, Tuple[str, ...]] = {}
        for index, found in texts.items():
            own = tuple(name for name in found if name and count[name] == 1)
            if not own:
                number = 1
                while f"{found[0]} ({number})".strip() in taken:
                    number += 1
                own = (f"{found[0]} ({number})".strip(),)
                taken.add(own[0])
            names[index] = own
        return names


def plain(text: str) -> str:
    """RETURNS (str): The text as a name in a prompt or an answer: on one line, and without
    what separates the parts of an answer."""
    return " ".join(text.split()).replace(SEPARATOR, REPLACEMENT)


def whole(docs: Sequence[EntityDoc], *, numbered: bool = False) -> List[Passage]:
    """RETURNS (List[Passage]): A passage for each document."""
    return [Passage(doc, number, 0, len(doc.doc), numbered) for number, doc in enumerate(docs)]
