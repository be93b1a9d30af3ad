"""Entities that nobody found: spans of the text that an answer may name.

A proposed entity is a text of a few tokens with all its occurrences, so that to the stages it is an
entity like any other. What ends up in a triple becomes an entity of the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Dict, List, Tuple

from spacy.tokens import Doc, Token
from spacy.util import registry

from ...data.entities import Entity, EntityDoc
from ..limits import check_limits
from .checks import check_choice
from .prompts.passages import plain

WHEN = ("missing", "always")


@dataclass(frozen=True)
class OpenEntities:
    """Proposes entities.

    when (str): "missing" where the document has no entities; "always" to propose, next to those it
        has, whatever none of them is called.
    span_tokens (int): The largest number of tokens of a name.
    """

    when: str = "missing"
    span_tokens: int = 6

    def __post_init__(self) -> None:
        check_choice("when", self.when, WHEN)
        check_limits(span_tokens=self.span_tokens)

    def propose(self, doc: EntityDoc) -> EntityDoc:
        """RETURNS (EntityDoc): The document, with proposed entities behind those it has."""
        if self.when == "missing" and doc.entities:
            return doc
        texts = doc.doc
        taken = {plain(texts[m.start : m.end].text) for each in doc.entities for m in each.mentions}
        found: Dict[str, List[Tuple[int, int]]] = {}
        for start, end in spans(texts, self.span_tokens):
            name = plain(texts[start:end].text)
            if name not in taken:
                found.setdefault(name, []).append((start, end))
        proposed = tuple(Entity.of(mentions) for mentions in found.values())
        return replace(doc, entities=doc.entities + proposed)


@registry.misc("spacy_docre.OpenEntities.v1")
def make_open_entities(when: str = "missing", span_tokens: int = 6) -> OpenEntities:
    """Let answers name spans of the text that are no entities yet. See `OpenEntities`."""
    return OpenEntities(when, span_tokens)


def spans(doc: Doc, span_tokens: int) -> Iterator[Tuple[int, int]]:
    """All spans that might name something: within a sentence, where sentences are known, and with
    neither space nor punctuation at their ends.

    doc (Doc): The document.
    span_tokens (int): The largest number of tokens.
    YIELDS (Tuple[int, int]): The first token, and the one after the last.
    """
    for start in range(len(doc)):
        if not _is_edge(doc[start]):
            continue
        for end in range(start + 1, min(start + span_tokens, len(doc)) + 1):
            if end - start > 1 and doc[end - 1].is_sent_start:
                break
            if _is_edge(doc[end - 1]):
                yield start, end


def _is_edge(token: Token) -> bool:
    return not (token.is_space or token.is_punct)
