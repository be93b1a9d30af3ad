"""The tab-separated form of EoG, ATLOP and DORE for CDR and GDA: one line for each document,
with 17 columns for each pair of entities."""

import re
from collections import Counter
from itertools import accumulate
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple, Union

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.notes import CorpusNotes, store_notes
from ..data.storage import store_relations
from ..data.triples import Triple
from ..errors import Errors
from ..showing import is_blank, show
from .base import DocumentError, Format, Record, formats
from .line_records import read_lines
from .mentions import REFLEXIVE, FileMention, once, set_entities

WIDTH = 17
# A bar between spaces is a token of the text.
SENTENCE_END = re.compile(r"(?<! )\|(?! )")
# "1:CID:2" relates the first entity of the pair to the second, "2:CID:1" the other way round.
DIRECTED = re.compile(r"(?:1:(.+):2|2:(.+):1)")
WIDENED = "mentions begin or end inside a token, and cover all of it"
FIELDS = ("id", "mentions", "type", "first tokens", "ends", "sentences")


@formats.register("eog")
class EoG(Format):
    """Tokenised documents with pairs of entities: relation, direction in the text, whether the
    pair shares a sentence, the closest mentions (two columns), and for each of both entities
    its id, mentions, type, first tokens, the ones after the last, and sentences. Tokens are
    counted from the start of the document.

    Entities that are in no pair are not in the file. A pair is directed by its label alone:
    the direction column says which entity comes first in the text.

    negative (str): The label of pairs without a relation.
    excluded (str): The label of pairs that take no part in evaluation, such as a disease with a
        more specific one in the same relation. They are stored as notes of the corpus.
    """

    def __init__(self, negative: str = "NR", excluded: str = "not_include") -> None:
        self.negative = negative
        self.excluded = excluded

    def records(self, path: Path) -> Iterator[Record]:
        index = 0
        for line in read_lines(path):
            if not line.is_blank:
                yield Record(path, index, line)
                index += 1
        if not index:
            expected = "a document on each line: id, text, and 17 columns for each pair"
            raise ValueError(Errors.DRE336.format(path=path, expected=expected))

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        columns = record.data.text(record.where()).split("\t")
        where = record.where(columns[0])
        if len(columns) < 2 or not columns[0] or (len(columns) - 2) % WIDTH:
            raise DocumentError(
                Errors.DRE346.format(where=where, line=record.data.number, found=len(columns))
            )
        reader = _Reader(f"{where}, line {record.data.number}", columns[1])
        doc = reader.to_doc(vocab, where)
        doc.user_data["id"] = columns[0]
        stated: Dict[Tuple[int, int], List[str]] = {}
        for pair, start in enumerate(range(2, len(columns), WIDTH)):
            reader.pair = pair
            label, *_ = cells = columns[start : start + WIDTH]
            first, second = reader.entity(cells[5:11]), reader.entity(cells[11:17])
            label, head, tail = reader.direct(label, first, second)
            if head != tail:
                labels = stated.setdefault((head, tail), [])
                code = self._problem_of(label, labels)
                if code is not None:
                    ids = list(reader.clusters)
                    raise DocumentError(
                        getattr(Errors, code).format(
                            where=where,
                            line=record.data.number,
                            label=label,
                            head=ids[head],
                            tail=ids[tail],
                            known=", ".join(labels),
                        )
                    )
                labels.append(label)
            elif label != self.negative:
                dropped[REFLEXIVE] += 1
        if reader.widened:
            dropped[WIDENED] += len(reader.widened)
        clusters = [once(cluster, dropped) for cluster in reader.clusters.values()]
        triples = [
            Triple(pair, label)
            for pair, labels in stated.items()
            for label in labels
            if label not in (self.negative, self.excluded)
        ]
        store_relations(doc, set_entities(doc, clusters), triples)
        excluded = [pair for pair, labels in stated.items() if self.excluded in labels]
        store_notes(doc, CorpusNotes(excluded_pairs=excluded))
        return doc

    def _problem_of(self, label: str, known: List[str]) -> Optional[str]:
        """RETURNS (Optional[str]): The number of the error, if a pair cannot have a label beside
        those that it has. It may be in several relations, but not also in none."""
        if label in known:
            return "DRE341"
        alone = known and {label, *known} & {self.negative, self.excluded}
        return "DRE354" if alone else None


class _Reader:
    """The tokens of a line, and the entities of its pairs.

    where (str): The document and line, for messages.
    pair (int): The pair that is read, from 0.
    clusters (Dict[str, List[FileMention]]): The entities so far by id, in order.
    widened (set): Mentions whose text is less than their tokens.
    """

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.pair = 0
        self.clusters: Dict[str, List[FileMention]] = {}
        self.widened: set = set()
        self._cells: Dict[str, List[str]] = {}
        self._numbers_of: Dict[str, int] = {}
        sentences = [sentence.split(" ") for sentence in SENTENCE_END.split(text)]
        self.tokens = [token for sentence in sentences for token in sentence]
        self.sentence_of = [i for i, sentence in enumerate(sentences) for _ in sentence]
        # Two spaces in a row enclose an empty token: it counts in the file, but no Doc has any.
        self.places = [0, *accumulate(bool(token) for token in self.tokens)]

    def to_doc(self, vocab: Vocab, where: str) -> Doc:
        words = [i for i, token in enumerate(self.tokens) if token]
        if not words:
            raise DocumentError(Errors.DRE345.format(where=where))
        sentences = [self.sentence_of[i] for i in words]
        starts: List[Union[bool, int, None]] = [a != b for a, b in zip([-1, *sentences], sentences)]
        return Doc(vocab, words=[self.tokens[i] for i in words], sent_starts=starts)

    def entity(self, cells: List[str]) -> int:
        """Read one of the entities of a pair.

        RETURNS (int): Its number.
        """
        id = cells[0]
        if is_blank(id):
            raise self._error("entity id", repr(id), "a name")
        known = self._cells.setdefault(id, cells)
        if known != cells:
            raise DocumentError(Errors.DRE349.format(where=self.where, pair=self.pair, id=id))
        if id not in self.clusters:
            self._numbers_of[id] = len(self.clusters)
            self.clusters[id] = self._mentions(cells)
        return self._numbers_of[id]

    def _mentions(self, cells: List[str]) -> List[FileMention]:
        id, names, type = cells[0], cells[1].split("|"), cells[2]
        starts, ends, sentences = (
            self._numbers(cells[i], f"{FIELDS[i]} of {id!r}") for i in (3, 4, 5)
        )
        if not len(names) == len(starts) == len(ends) == len(sentences):
            counts = f"{len(names)}, {len(starts)}, {len(ends)} and {len(sentences)}"
            field = f"the number of mentions, first tokens, ends and sentences of {id!r}"
            raise self._error(field, counts, "the same")
        if type and is_blank(type):
            raise self._error(f"the type of {id!r}", show(type), "a name, or empty")
        mentions = []
        for name, start, end, sentence in zip(names, starts, ends, sentences):
            if not 0 <= start < end <= len(self.tokens):
                expected = f"tokens of the document, which has {len(self.tokens)}"
                raise self._error(f"a mention of {id!r}", f"{start} to {end}", expected)
            self._check_text(name, start, end)
            if sentence != self.sentence_of[start]:
                expected = f"{self.sentence_of[start]}, where its token {start} is"
                raise self._error(f"the sentence of a mention of {id!r}", sentence, expected)
            mentions.append(FileMention(self.places[start], self.places[end], type, id))
        return mentions

    def _check_text(self, name: str, start: int, end: int) -> None:
        text = " ".join(self.tokens[start:end])
        if name == text and text.strip():
            return
        letters, inner = text.replace(" ", ""), name.replace(" ", "")
        if not inner or inner not in letters:
            raise DocumentError(
                Errors.DRE348.format(
                    where=self.where,
                    pair=self.pair,
                    start=start,
                    end=end,
                    text=repr(text[:60]),
                    mention=repr(name[:60]),
                )
            )
        self.widened.add((start, end, name))

    def _numbers(self, cell: str, field: str) -> List[int]:
        if not re.fullmatch(r"\d{1,9}(:\d{1,9})*", cell):
            raise self._error(field, repr(cell[:40]), "numbers separated by colons")
        return [int(number) for number in cell.split(":")]

    def direct(self, label: str, first: int, second: int) -> Tuple[str, int, int]:
        """RETURNS (Tuple[str, int, int]): The relation, its head and its tail."""
        match = DIRECTED.fullmatch(label)
        name = (match[1] or match[2]) if match else label
        if is_blank(name) or name != name.strip() or ":" in name:
            expected = "'1:RELATION:2', '2:RELATION:1', or a name without colons"
            raise self._error("the relation", repr(label[:40]), expected)
        return (name, second, first) if match and match[2] else (name, first, second)

    def _error(self, field: str, found: object, expected: str) -> DocumentError:
        return DocumentError(
            Errors.DRE347.format(
                where=self.where, pair=self.pair, field=field, found=found, expected=expected
            )
        )
