"""Text with annotations in brackets, for people who annotate by hand."""

from collections import Counter
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.schema import BINARY_ROLES
from ..data.storage import store_relations
from ..data.triples import Triple
from ..errors import Errors
from .base import DocumentError, Format, Record, formats
from .inline_syntax import HEADER, RELATION, InlineText, RelationLine, parse_header
from .line_records import Line, read_lines
from .mentions import FileMention, once, set_entities
from .text_fields import TRIMMED
from .text_tokens import CharacterPlaces, default_tokenizer, set_sentences, tokenize, trim


class InlineLines(NamedTuple):
    """The lines of a document.

    header (Optional[Line]): The line that begins it.
    lines (List[Line]): All others.
    """

    header: Optional[Line]
    lines: List[Line]


@formats.register("inline")
class Inline(Format):
    """Mentions as `[Ann Berg](PER#1)`, where the number is that of the entity, and below the text
    relations as `> born_in(1, 2)`. Documents begin with a line `---`.

    sentences (bool): Whether to set sentence boundaries by spaCy's rules for punctuation where
        the text marks none.
    """

    def __init__(self, sentences: bool = True) -> None:
        self.sentences = sentences
        self._roles: Dict[str, Tuple[str, ...]] = {}

    def records(self, path: Path) -> Iterator[Record]:
        index = 0
        found = InlineLines(None, [])
        for line in read_lines(path):
            if HEADER.match(line.data):
                if found.header or not all(known.is_blank for known in found.lines):
                    yield Record(path, index, found)
                    index += 1
                found = InlineLines(line, [])
            else:
                found.lines.append(line)
        if found.header or not all(known.is_blank for known in found.lines):
            yield Record(path, index, found)

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        source: InlineLines = record.data
        where = record.where()
        labels = (
            parse_header(source.header.text(where), source.header.number, where)
            if (source.header)
            else {}
        )
        where = record.where(labels.get("id") or labels.get("title") or "")
        cut = next((i for i, line in enumerate(source.lines) if line.data[:1] == RELATION), None)
        text = InlineText(source.lines[:cut], where)
        if not text.text.strip():
            raise DocumentError(Errors.DRE345.format(where=where))
        relations = [
            RelationLine(line.text(where), line.number, where)
            for line in (source.lines[cut:] if cut is not None else ())
            if not line.is_blank
        ]
        doc, places = self._tokens(text, vocab, where, dropped)
        doc.user_data.update(labels)
        numbers, clusters = _clusters(text, places)
        entities = set_entities(doc, [once(cluster, dropped) for cluster in clusters])
        if cut is not None:
            triples, roles = _triples(relations, numbers, doc, where)
            for line in relations:
                known = self._roles.get(line.label, line.roles)
                if known != line.roles:
                    raise DocumentError(
                        Errors.DRE392.format(
                            where=where,
                            field=f"line {line.number}",
                            label=line.label,
                            found=list(line.roles),
                            known=list(known),
                        )
                    )
            store_relations(doc, entities, triples, roles=roles)
            self._roles.update((line.label, line.roles) for line in relations if line.label)
        return doc

    def _tokens(
        self, text: InlineText, vocab: Vocab, where: str, dropped: "Counter[str]"
    ) -> Tuple[Doc, List[Tuple[int, int]]]:
        ranges = []
        for mention in text.mentions:
            start, end = trim(text.text, mention.start, mention.end)
            if start >= end:
                raise text.error("a mention with text", "brackets around nothing", mention.line)
            dropped.update([TRIMMED] * ((start, end) != (mention.start, mention.end)))
            ranges.append((start, end))
        length = len(text.text)
        after = {start: trim(text.text, start, length)[0] for start in text.sentences}
        cuts = [*ranges, *((start, start) for start in after.values() if start < length)]
        doc = tokenize(text.text, cuts, self.tokenizer or default_tokenizer(vocab), where)
        known = CharacterPlaces(doc)
        places = [known.tokens(start, end) for start, end in ranges]
        if text.sentences:
            begins = {token.idx for token in doc}
            # Spaces may be a token of their own, which begins the sentence then.
            starts = {start if start in begins else after[start] for start in after}
            for token in doc:
                token.is_sent_start = token.i == 0 or token.idx in starts
        elif self.sentences:
            set_sentences(doc, together=places)
        return doc, places


def _clusters(
    text: InlineText, places: List[Tuple[int, int]]
) -> Tuple[Dict[int, int], List[List[FileMention]]]:
    """RETURNS (Tuple[Dict[int, int], List[List[FileMention]]]): The position of the entity of each
    number, and the mentions of each entity: first those with a number, by that."""
    known: Dict[Tuple[int, int], List[FileMention]] = {}
    for i, (mention, place) in enumerate(zip(text.mentions, places)):
        key = (1, i) if mention.number is None else (0, mention.number)
        known.setdefault(key, []).append(FileMention(*place, mention.type, mention.id))
    keys = sorted(known)
    clusters = []
    for key in keys:
        # What a mention leaves out is said by another one.
        types = Counter(m.type for m in known[key] if m.type).most_common(1) or [("", 0)]
        ids = Counter(m.kb_id for m in known[key] if m.kb_id).most_common(1) or [("", 0)]
        clusters.append(
            [
                FileMention(m.start, m.end, m.type or types[0][0], m.kb_id or ids[0][0])
                for m in known[key]
            ]
        )
    return {known_as: i for i, (late, known_as) in enumerate(keys) if not late}, clusters


def _triples(
    relations: List[RelationLine], numbers: Dict[int, int], doc: Doc, where: str
) -> Tuple[List[Triple], Dict[str, Tuple[str, ...]]]:
    count = len(list(doc.sents)) if doc.has_annotation("SENT_START") else 0
    triples: Dict[Triple, None] = {}
    roles: Dict[str, Tuple[str, ...]] = {}
    for line in relations:
        if not line.label:
            continue
        for number in line.entities:
            if number not in numbers:
                raise DocumentError(
                    Errors.DRE340.format(
                        where=where, line=line.number, label=line.label, id=f"#{number}"
                    )
                )
        for sentence in line.evidence:
            if sentence >= count:
                field = f"evidence, line {line.number}"
                raise DocumentError(
                    Errors.DRE308.format(where=where, field=field, found=sentence, count=count)
                )
        if roles.setdefault(line.label, line.roles) != line.roles:
            raise line.error(f"the roles {list(roles[line.label])}", str(list(line.roles)))
        arguments = tuple(numbers[number] for number in line.entities)
        triple = Triple(arguments, line.label, line.score, line.evidence)
        if triple in triples:
            raise line.error("each relation once", "a repetition")
        triples[triple] = None
    return list(triples), {label: own for label, own in roles.items() if own != BINARY_ROLES}
