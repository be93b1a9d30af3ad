"""The syntax of the format "inline": what is written, and what it reads as."""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..data.schema import BINARY_ROLES
from ..errors import Errors
from .base import DocumentError
from .line_records import Line

HEADER = re.compile(rb"---+(\s|$)")
RELATION = b">"
SENTENCE = "\\/"
ESCAPES = {"n": "\n", "r": "\r"}
FIX = (
    "Write mentions as [Ann Berg](PER#1), relations as > born_in(1, 2) or > moved(who=1, from=2, "
    "to=3), and \\ before a sign of the text that is none of the form."
)


class InlineMention(NamedTuple):
    """A mention, by the characters of the text without annotations.

    start (int): The first character.
    end (int): The one after the last.
    type (str): The type, or "".
    number (Optional[int]): The number of the entity.
    id (str): Its id in a knowledge base, or "".
    line (int): The line of the file.
    """

    start: int
    end: int
    type: str
    number: Optional[int]
    id: str
    line: int


class InlineText:
    """The text of a document.

    text (str): The text without annotations.
    mentions (List[InlineMention]): The mentions.
    sentences (List[int]): The characters that are marked as the begin of a sentence.
    """

    def __init__(self, lines: Sequence[Line], where: str) -> None:
        self.where = where
        filled = [i for i, line in enumerate(lines) if not line.is_blank]
        lines = lines[filled[0] : filled[-1] + 1] if filled else []
        source = "\n".join(line.text(where) for line in lines)
        number = lines[0].number if lines else 0
        self.mentions: List[InlineMention] = []
        self.sentences: List[int] = []
        read: List[str] = []
        opened: List[Tuple[int, int]] = []
        i = 0
        while i < len(source):
            sign = source[i]
            i += 1
            number += sign == "\n"
            if sign == "\\":
                if source.startswith(SENTENCE, i - 1):
                    self.sentences.append(len(read))
                else:
                    read.append(_unescape(source, i, where, number))
                i += 1
            elif sign == "[":
                opened.append((len(read), number))
            elif sign == "]":
                if not opened or source[i : i + 1] != "(":
                    found = f"{source[max(0, i - 20) : i + 10]!r}"
                    raise self.error("a mention before ']', and '(' behind", found, number)
                start, _ = opened.pop()
                type, stop, i = _until(source, i + 1, "#=)", where, number)
                entity, id = None, ""
                if stop == "#":
                    digits, stop, i = _until(source, i, "=)", where, number)
                    entity = _integer(digits, "the number of an entity", where, number)
                if stop == "=":
                    id, stop, i = _until(source, i, ")", where, number)
                self.mentions.append(InlineMention(start, len(read), type, entity, id, number))
            else:
                read.append(sign)
        if opened:
            raise self.error("']' for each '['", "none", opened[-1][1])
        self.text = "".join(read)

    def error(self, expected: str, found: str, line: int) -> DocumentError:
        """RETURNS (DocumentError): An error that names the line."""
        return _error(self.where, line, expected, found)


class RelationLine:
    """A line such as "> born_in(1, 2) evidence=0 score=0.9".

    label (str): The relation, or "" of a line that says that there are none.
    entities (Tuple[int, ...]): The numbers of its entities.
    roles (Tuple[str, ...]): Their roles.
    evidence (Tuple[int, ...]): Numbers of sentences.
    score (Optional[float]): The score; None for "null", which says that nobody has told it.
    """

    def __init__(self, text: str, number: int, where: str) -> None:
        self.where, self.number = where, number
        self.label = ""
        self.entities: Tuple[int, ...] = ()
        self.roles: Tuple[str, ...] = BINARY_ROLES
        self.evidence: Tuple[int, ...] = ()
        self.score: Optional[float] = 1.0
        if text[:1] != ">":
            raise self.error("only relations below a relation", repr(text[:40]))
        if not text[1:].strip():
            return
        self.label, _, i = _until(text, 1, "(", where, number)
        if not self.label:
            raise self.error("the name of a relation", repr(text[:40]))
        entities: List[int] = []
        names: List[str] = []
        stop = ","
        while stop == ",":
            value, stop, i = _until(text, i, ",=)", where, number)
            if stop == "=":
                names.append(value)
                value, stop, i = _until(text, i, ",)", where, number)
            entities.append(self._integer(value.removeprefix("#"), "the number of an entity"))
        if not names and len(entities) == 2:
            names = list(BINARY_ROLES)
        if len(set(names)) < len(entities) or len(entities) < 2 or "" in names:
            raise self.error("two entities, or a role of its own for each", repr(text[:60]))
        if len(set(entities)) < len(entities):
            raise self.error("different entities", repr(text[:60]))
        self.entities, self.roles = tuple(entities), tuple(names)
        for item in text[i:].split():
            self._read_detail(item)

    def _read_detail(self, item: str) -> None:
        key, _, value = item.partition("=")
        if key == "evidence":
            self.evidence = tuple(
                self._integer(part, "the number of a sentence") for part in value.split(",")
            )
        elif item == "score=null":
            self.score = None
        elif key == "score" and re.fullmatch(r"[0-9.eE+-]{1,40}", value):
            try:
                score = float(value)
            except ValueError:
                score = -1.0
            if not 0 <= score <= 1:
                raise self.error("a score between 0 and 1", repr(value))
            self.score = score
        else:
            raise self.error("evidence=0,1 or score=0.5, if anything", repr(item[:40]))

    def _integer(self, value: str, expected: str) -> int:
        return _integer(value, expected, self.where, self.number)

    def error(self, expected: str, found: str) -> DocumentError:
        """RETURNS (DocumentError): An error that names the line."""
        return _error(self.where, self.number, expected, found)


def parse_header(text: str, number: int, where: str) -> Dict[str, str]:
    """RETURNS (Dict[str, str]): The id and the title, as far as "--- id | title" has them."""
    id, stop, i = _until(text + "\n", len(text) - len(text.lstrip("-")), "|\n", where, number)
    title = _until(text + "\n", i, "\n", where, number)[0] if stop == "|" else ""
    return {key: value for key, value in (("id", id), ("title", title)) if value}


def escape(text: str, signs: str) -> str:
    """RETURNS (str): The text as it stands in a header, a relation or behind a mention.

    signs (str): What ends it there.
    """
    escaped = re.sub(rf"[{re.escape(signs)}\\]", lambda match: "\\" + match[0], text)
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
    if escaped[:1].isspace():
        escaped = "\\" + escaped
    if len(text) > 1 and escaped[-1:].isspace():
        escaped = escaped[:-1] + "\\" + escaped[-1]
    return escaped


def _until(text: str, i: int, stops: str, where: str, line: int) -> Tuple[str, str, int]:
    """Read up to a sign.

    RETURNS (Tuple[str, str, int]): What was read, without spaces at its ends, the sign, and the
        position after it.
    """
    begin, read, kept = i, "", 0
    while i < len(text):
        sign = text[i]
        i += 1
        if sign == "\\":
            read += _unescape(text, i, where, line)
            i += 1
            kept = len(read)
        elif sign in stops:
            return read[:kept] + read[kept:].rstrip(), sign, i
        elif sign == "\n":
            break
        elif read or not sign.isspace():
            read += sign
    raise _error(where, line, f"one of {' '.join(stops.strip())}", repr(text[begin : begin + 40]))


def _unescape(text: str, i: int, where: str, line: int) -> str:
    if not text[i : i + 1].strip("\n"):
        raise _error(where, line, "a sign after \\", "the end of the line")
    return ESCAPES.get(text[i], text[i])


def _integer(value: str, expected: str, where: str, line: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise _error(where, line, expected, repr(value[:40]))
    return int(value)


def _error(where: str, line: int, expected: str, found: str) -> DocumentError:
    return DocumentError(
        Errors.DRE337.format(where=where, line=line, expected=expected, found=found, fix=FIX)
    )
