"""PubTator's text format: BC5CDR, BioRED, CHR and their relatives."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Literal, Optional, Set, Tuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.notes import CorpusNotes, store_notes
from ..data.storage import store_relations
from ..data.triples import Triple
from ..errors import Errors
from ..showing import is_blank, show
from .base import DocumentError, Format, Record, formats
from .line_records import Line, read_lines
from .mentions import REFLEXIVE, FileMention, once, set_entities
from .text_tokens import CharacterPlaces, default_tokenizer, set_sentences, tokenize, trim

TITLE = re.compile(rb"[^|\t]*\|t\|")
# The notation of a sequence variant, such as "c|SUB|C|643|T" or "|DEL|46|S", has bars of its own.
# Corpora misspell what follows a sequence's letter ("c|SYB|", "c|DEL888|").
VARIANT = re.compile(r"[a-z]\||\|?(SUB|DEL|INS|INDEL|DUP|FS|Allele)\|")
# What may follow the id of a variant: "p|SUB|V|66|M;CorrespondingGene:1;RS#:2". Ids of databases,
# as in "MESH:D1;OMIM:2", are not that.
ATTRIBUTE = re.compile(r"([A-Za-z]\w*#?):(.*)", re.DOTALL)
DATABASE = re.compile(r"[A-Z0-9_]+")
SNP = re.compile(r"rs\d")
UNLINKED = ("", "-", "-1")
UNLINKED_LEFT_OUT = "mentions without an id were left out"
TRIMMED = "mentions begin or end with a space, which no token does; the space is left out"
IGNORED_PARTS = "parts of composite mentions have no id, and stand for no entity"
COLUMNS = "Columns are separated by single tabs: id, start, end, mention, type, entity ids."


@dataclass
class _Lines:
    """The lines of a document, sorted by what they say.

    mentions (List[Tuple[int, int, str, str, Dict[str, str]]]): Characters, type and entity ids of
        each, and further attributes of its entities.
    relations (List[Tuple[int, str, str, str, str]]): Line number, label, two ids and novelty.
    """

    id: str
    text: str
    abstract: int
    mentions: List[Tuple[int, int, str, str, Dict[str, str]]] = field(default_factory=list)
    relations: List[Tuple[int, str, str, str, str]] = field(default_factory=list)


@formats.register("pubtator")
class PubTator(Format):
    """Documents of a title and an abstract, with a line for each mention and each relation.
    Offsets count characters of the title, a space and the abstract; every mention lies exactly
    there, and tokens are split where that is needed. All mentions with the same id are one
    entity. A composite mention, with several ids, is a mention of each of these entities.

    separators (str): The characters that separate the ids of a composite mention. What is never
        divided is the notation of a sequence variant, such as "c|SUB|C|643|T", and what a
        relation of the document has as one id. What a column says of a variant behind its id,
        such as ";CorrespondingGene:627;RS#:6265", goes to the notes.
    unlinked (str): "keep" makes an entity of each mention without an id (empty, "-" or
        "-1"), "drop" leaves these mentions out, as most published experiments do.
    sentences (bool): Whether to set sentence boundaries by spaCy's rules for punctuation,
        since the files have none. The abstract always begins a sentence.
    """

    def __init__(
        self,
        separators: str = "|,",
        unlinked: Literal["keep", "drop"] = "keep",
        sentences: bool = True,
    ) -> None:
        self.unlinked = unlinked
        self.sentences = sentences
        # Bars come last: whether they belong to a variant is seen once the others have divided.
        self._separators = sorted(separators, key="|".__eq__)

    def records(self, path: Path) -> Iterator[Record]:
        index = 0
        lines: List[Line] = []
        blank = False
        for line in read_lines(path):
            if line.is_blank:
                blank = True
                continue
            # A title, or a document that lacks one, begins a document; blank lines need not.
            other = blank and bool(lines) and _id(line) != _id(lines[0])
            if lines and (other or TITLE.match(line.data)):
                yield Record(path, index, lines)
                index, lines = index + 1, []
            lines.append(line)
            blank = False
        if not lines:
            expected = "documents in PubTator's form, beginning with id|t|title"
            raise ValueError(Errors.DRE336.format(path=path, expected=expected))
        yield Record(path, index, lines)

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        lines = self._sort(record, dropped)
        where = record.where(lines.id)
        tokenizer = self.tokenizer or default_tokenizer(vocab)
        doc = tokenize(lines.text, [m[:2] for m in lines.mentions], tokenizer, where)
        doc.user_data["id"] = lines.id
        places = CharacterPlaces(doc)
        clusters: Dict[str, List[FileMention]] = {}
        stated: Dict[str, Dict[str, Dict[str, None]]] = {}
        whole = {id for _, _, *pair, _ in lines.relations for id in pair}
        for start, end, type, joined, attrs in lines.mentions:
            place = places.tokens(start, end)
            ids = self._split(joined, whole, dropped)
            names = ids
            if not ids and self.unlinked == "keep":
                # No id has a tab, so this is an entity of its own.
                names = [f"\t{len(clusters)}"]
            elif not ids:
                dropped[UNLINKED_LEFT_OUT] += 1
            for name in names:
                mention = FileMention(*place, type, name if ids else "")
                clusters.setdefault(name, []).append(mention)
                own = stated.setdefault(name, {})
                for key, value in attrs.items():
                    own.setdefault(key, {})[value] = None
        numbers = {id: number for number, id in enumerate(clusters)}
        entities = set_entities(doc, [once(cluster, dropped) for cluster in clusters.values()])
        triples, triple_attrs = _read_relations(lines, numbers, where, dropped)
        store_relations(doc, entities, triples)
        # Mentions of an entity may differ in what they say of it.
        entity_attrs = [
            {key: ", ".join(values) for key, values in stated[name].items()} for name in clusters
        ]
        store_notes(
            doc,
            CorpusNotes(
                triple_attrs=triple_attrs if any(triple_attrs) else [],
                entity_attrs=entity_attrs if any(entity_attrs) else [],
            ),
        )
        if self.sentences:
            abstract = [token.i for token in doc if token.idx >= lines.abstract][:1]
            mentions = [m for entity in entities for m in entity.mentions]
            set_sentences(doc, abstract, mentions)
        return doc

    def _sort(self, record: Record, dropped: "Counter[str]") -> _Lines:
        first: Line = record.data[0]
        lines = _read_text(record)
        where = record.where(lines.id)
        for line in record.data[2:]:
            text = line.text(where)
            columns = text.split("\t")
            if columns[0] != lines.id:
                raise DocumentError(
                    Errors.DRE342.format(
                        where=where, line=line.number, found=repr(columns[0][:40]), id=lines.id
                    )
                )
            if len(columns) > 1 and re.match(r"[-+]?\d", columns[1]):
                self._read_mention(lines, columns, where, line.number, dropped)
            elif 4 <= len(columns) <= 5:
                label, head, tail, novelty = [*map(str.strip, columns[1:]), ""][:4]
                for name, value in (("label", label), ("head id", head), ("tail id", tail)):
                    if is_blank(value):
                        expected = f"a relation (id, label, head id, tail id) with a {name}"
                        found = f"one whose {name} is blank"
                        raise _malformed(where, line.number, expected, found, COLUMNS)
                head, tail = (_describe(id)[0] for id in (head, tail))
                lines.relations.append((line.number, label, head, tail, novelty))
            else:
                found = f"{len(columns)} columns" if len(columns) > 1 else repr(text[:40])
                expected = "a mention (6 columns) or a relation (id, label, head id, tail id)"
                raise _malformed(where, line.number, expected, found, COLUMNS)
        if not lines.text.strip():
            raise DocumentError(Errors.DRE345.format(where=f"{where}, line {first.number}"))
        return lines

    def _read_mention(
        self, lines: _Lines, columns: List[str], where: str, number: int, dropped: "Counter[str]"
    ) -> None:
        if not 5 <= len(columns) <= 7:
            expected = "a mention (6 columns)"
            raise _malformed(where, number, expected, f"{len(columns)} columns", COLUMNS)
        if not all(re.fullmatch(r"[-+]?\d{1,9}", column) for column in columns[1:3]):
            expected, found = "two offsets", repr("\t".join(columns[1:3])[:40])
            raise _malformed(where, number, expected, found, COLUMNS)
        start, end = int(columns[1]), int(columns[2])
        if not 0 <= start < end <= len(lines.text):
            raise DocumentError(
                Errors.DRE338.format(
                    where=where, line=number, start=start, end=end, length=len(lines.text)
                )
            )
        covered = lines.text[start:end]
        if covered != columns[3]:
            raise DocumentError(
                Errors.DRE339.format(
                    where=where,
                    line=number,
                    start=start,
                    end=end,
                    text=repr(covered[:60]),
                    mention=repr(columns[3][:60]),
                )
            )
        if covered != covered.strip():
            dropped[TRIMMED] += 1
            start, end = trim(lines.text, start, end)
        if start >= end:
            raise _malformed(where, number, "a mention with text", repr(covered[:40]), COLUMNS)
        ids = columns[5].strip() if len(columns) > 5 else ""
        type = columns[4].strip()
        if type and is_blank(type):
            raise _malformed(where, number, "a type of the mention", show(type), COLUMNS)
        lines.mentions.append((start, end, type, *_describe(ids)))

    def _split(self, ids: str, whole: Set[str], dropped: "Counter[str]") -> List[str]:
        """RETURNS (List[str]): The ids of a mention, each once."""
        parts = [ids]
        for sign in self._separators:
            parts = [id.strip() for part in parts for id in _divide(part, sign, whole)]
        parts = list(dict.fromkeys(parts))
        linked = [id for id in parts if id not in UNLINKED]
        if 0 < len(linked) < len(parts):
            dropped[IGNORED_PARTS] += len(parts) - len(linked)
        return linked


def _divide(ids: str, sign: str, whole: Set[str]) -> List[str]:
    """RETURNS (List[str]): What a sign separates, if anything."""
    if ids in whole or (sign == "|" and VARIANT.match(ids)):
        return [ids]
    return ids.split(sign)


def _describe(ids: str) -> Tuple[str, Dict[str, str]]:
    """RETURNS (Tuple[str, Dict[str, str]]): The ids of a column, and what it says of a variant."""
    first, *others = (part.strip() for part in ids.split(";"))
    name, prefix = first, ATTRIBUTE.fullmatch(first)
    if prefix and _is_variant(prefix[2]):
        name = prefix[2]
    attrs: Dict[str, str] = {}
    keys = []
    key = "other"
    for part in filter(None, others):
        match = ATTRIBUTE.fullmatch(part)
        key, value = match.groups() if match else (key, part)
        keys += [key] * (match is not None)
        attrs[key] = f"{attrs[key]};{value}" if key in attrs else value
    if not others or not keys or (prefix and prefix[1] in keys):
        return (name if not others else ids), {}
    if _is_variant(name) or not all(map(DATABASE.fullmatch, keys)):
        return name, attrs
    return ids, {}


def _is_variant(id: str) -> bool:
    return bool(VARIANT.match(id) or SNP.match(id))


def _id(line: Line) -> bytes:
    return re.split(rb"[|\t]", line.data, maxsplit=1)[0]


def _read_text(record: Record) -> _Lines:
    """Read title and abstract."""
    parts = []
    for i, (letter, name) in enumerate((("t", "title"), ("a", "abstract"))):
        line = record.data[min(i, len(record.data) - 1)]
        text = line.text(record.where())
        match = re.fullmatch(rf"([^|\t]+)\|{letter}\|(.*)", text, flags=re.DOTALL)
        if match is None or i >= len(record.data):
            expected = f"the {name}, as id|{letter}|{name}"
            found = repr(text[:40]) if i < len(record.data) else "the end of the document"
            fix = "Every document begins with a line for its title and one for its abstract."
            raise _malformed(record.where(), line.number, expected, found, fix)
        parts.append((match[1], match[2], line.number))
    (id, title, _), (other, abstract, number) = parts
    if id != other:
        where = record.where(id)
        raise DocumentError(
            Errors.DRE342.format(where=where, line=number, found=repr(other[:40]), id=id)
        )
    return _Lines(id, f"{title} {abstract}", len(title) + 1)


def _read_relations(
    lines: _Lines, numbers: Dict[str, int], where: str, dropped: "Counter[str]"
) -> Tuple[List[Triple], List[Dict[str, str]]]:
    """RETURNS (Tuple[List[Triple], List[Dict[str, str]]]): The triples, and further attributes
    of each."""
    triples: Dict[Triple, Dict[str, str]] = {}
    for number, label, head, tail, novelty in lines.relations:
        for id in (head, tail):
            if id not in numbers:
                raise DocumentError(
                    Errors.DRE340.format(where=where, line=number, label=label, id=id)
                )
        if head == tail:
            dropped[REFLEXIVE] += 1
            continue
        triple = Triple((numbers[head], numbers[tail]), label)
        if triple in triples:
            raise DocumentError(
                Errors.DRE341.format(where=where, line=number, label=label, head=head, tail=tail)
            )
        triples[triple] = {"novelty": novelty} if novelty else {}
    return list(triples), list(triples.values())


def _malformed(where: str, line: int, expected: str, found: Any, fix: str) -> DocumentError:
    return DocumentError(
        Errors.DRE337.format(where=where, line=line, expected=expected, found=found, fix=fix)
    )
