"""Documents in the format "inline", to be corrected by hand."""

import json
from typing import List, Sequence, Tuple

from spacy.tokens import Doc

from ..data.entities import Entity, name_of
from ..data.schema import BINARY_ROLES
from ..data.storage import DEFAULT_ATTR, has_relations, load_relations
from ..errors import Errors
from .inline_syntax import SENTENCE, escape
from .mentions import annotated_entities


def to_inline(doc: Doc, *, attr: str = DEFAULT_ATTR) -> str:
    """Write a document so that the format "inline" reads the same text, entities and relations.
    Sentences are marked where relations have evidence. Tokens, types and ids of single mentions,
    and notes of corpora, are not part of it.

    doc (Doc): The document.
    attr (str): The attribute that holds its relations.
    RETURNS (str): Several lines, from "---" on.
    RAISES (ValueError): If two mentions overlap and neither lies in the other.
    """
    entities = [entity for entity, _ in annotated_entities(doc, attr=attr)]
    id, title = (escape(str(doc.user_data.get(key, "")), "|") for key in ("id", "title"))
    header = "---" + (f" {id}" if id else "") + (f" | {title}" if title else "")
    relations: List[str] = []
    marks: List[int] = []
    if has_relations(doc, attr=attr):
        stored = load_relations(doc, attr=attr)
        for triple in stored.triples:
            roles = stored.roles_of(triple)
            numbers = [str(index + 1) for index in triple.entities]
            if roles != BINARY_ROLES:
                numbers = [f"{escape(role, ',=)')}={n}" for role, n in zip(roles, numbers)]
            line = f"> {escape(triple.label, '(')}({', '.join(numbers)})"
            if triple.evidence:
                line += " evidence=" + ",".join(map(str, triple.evidence))
            relations.append(
                line + (f" score={json.dumps(triple.score)}" if triple.score != 1.0 else "")
            )
        if any(t.evidence for t in stored.triples) and doc.has_annotation("SENT_START"):
            marks = [sentence.start_char for sentence in doc.sents]
        relations = relations or [">"]
    text = _annotate(doc, entities, marks)
    return "\n".join([header, text, *([""] if relations else []), *relations]) + "\n"


def _annotate(doc: Doc, entities: Sequence[Entity], marks: Sequence[int]) -> str:
    text = doc.text
    places = sorted(
        (doc[start].idx, -(doc[end - 1].idx + len(doc[end - 1])), number)
        for number, entity in enumerate(entities)
        for start, end in entity.mentions
    )
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    written = ""
    todo = list(reversed(places))
    opened: List[Tuple[int, int]] = []
    begins = set(marks)
    for i in range(len(text) + 1):
        while opened and opened[-1][0] == i:
            _, number = opened.pop()
            entity = entities[number]
            id = "=" + escape(entity.id, ")") if entity.id else ""
            written += f"]({escape(entity.type, '#=)')}#{number + 1}{id})"
        written += SENTENCE if i in begins else ""
        while todo and todo[-1][0] == i:
            _, end, number = todo.pop()
            if opened and -end > opened[-1][0]:
                raise ValueError(
                    Errors.DRE397.format(doc=name_of(doc), mention=repr(text[i:-end][:60]))
                )
            opened.append((-end, number))
            written += "["
        if i < len(text):
            written += _sign(text[i], written, first <= i < last)
    return written


def _sign(sign: str, before: str, inside: bool) -> str:
    if sign == "\r" or (sign == "\n" and not inside):
        return "\\r" if sign == "\r" else "\\n"
    line_begins = not before or before.endswith("\n")
    if sign in "\\[]" or (line_begins and sign in ">-"):
        return "\\" + sign
    return sign
