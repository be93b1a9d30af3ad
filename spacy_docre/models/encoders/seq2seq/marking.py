"""Text with the symbols of its entities around every mention, as word pieces."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Dict, List, NamedTuple, Tuple, Union

import numpy

from ....data.entities import EntityDoc, Mention
from ...grammar.symbols import SymbolTable


class Mark(NamedTuple):
    """Where a mention begins or ends.

    entity (int): The index of its entity.
    mention (Mention): The mention.
    """

    entity: int
    mention: Mention


class Written(NamedTuple):
    """A document, whole and without a frame.

    ids (ndarray): Pieces, and symbols' embedding rows after the last piece. *Shape:* (length,)
    mentions (List[List[Tuple[int, int]]]): For each entity where its mentions are: from the symbol
        before a mention to behind the one after it, so that none is empty.
    """

    ids: numpy.ndarray
    mentions: List[List[Tuple[int, int]]]


def mark(doc: EntityDoc) -> List[Union[str, Mark]]:
    """Cut a text where mentions begin and end, and put a mark there: one before each mention, and
    one after it. Mentions may be nested, and may overlap.

    White space goes with what follows it, as tokenizers have it, and is left out at the end.

    doc (EntityDoc): The document.
    RETURNS (List[Union[str, Mark]]): Stretches of text and marks.
    """
    opening = defaultdict(list)
    closing = defaultdict(list)
    for index, entity in enumerate(doc.entities):
        for mention in entity.mentions:
            start, end = mention
            # The longest mention opens first and closes last.
            opening[start].append((-end, index, mention))
            closing[end].append((-start, -index, mention))
    text = doc.doc.text.rstrip()
    marked: List[Union[str, Mark]] = []
    position = 0
    for boundary in sorted({*opening, *closing}):
        char = 0
        if boundary:
            before = doc.doc[boundary - 1]
            char = min(before.idx + len(before), len(text))
        if char > position:
            marked.append(text[position:char])
            position = char
        marked.extend(Mark(-index, mention) for _, index, mention in sorted(closing[boundary]))
        marked.extend(Mark(index, mention) for _, index, mention in sorted(opening[boundary]))
    if position < len(text):
        marked.append(text[position:])
    return marked


def to_pieces(
    docs: Sequence[EntityDoc], tokenizer: Any, table: SymbolTable, n_pieces: int
) -> List[numpy.ndarray]:
    """RETURNS (List[ndarray]): The `ids` of `write`. *Shape:* (length,) each"""
    return [written.ids for written in write(docs, tokenizer, table, n_pieces)]


def write(
    docs: Sequence[EntityDoc], tokenizer: Any, table: SymbolTable, n_pieces: int
) -> List[Written]:
    """Write documents as word pieces and symbols of entities.

    Every stretch of text is tokenized by itself, so that no piece reaches across the border
    of a mention.

    docs (Sequence[EntityDoc]): The documents.
    tokenizer (PreTrainedTokenizerBase): The tokenizer.
    table (SymbolTable): The symbols.
    n_pieces (int): The number of the first symbol: how many pieces the model knows.
    RETURNS (List[Written]): The documents.
    RAISES (ValueError): If a document has more entities than there are symbols.
    """
    marked = [mark(doc) for doc in docs]
    texts = list(dict.fromkeys(part for parts in marked for part in parts if isinstance(part, str)))
    pieces: Dict[str, List[int]] = {}
    if texts:
        encoded = tokenizer(
            texts,
            add_special_tokens=False,
            # What looks like the end of a text is text like any other.
            split_special_tokens=True,
            return_attention_mask=False,
            verbose=False,
        )
        pieces = dict(zip(texts, encoded["input_ids"]))
    written = []
    for doc, parts in zip(docs, marked):
        first = n_pieces + table.first_entity
        symbols = [first + row for row in table.rows(doc)]
        ids: List[int] = []
        begins: Dict[Mark, int] = {}
        places: Dict[Mark, Tuple[int, int]] = {}
        for part in parts:
            if isinstance(part, str):
                ids.extend(pieces[part])
                continue
            ids.append(symbols[part.entity])
            # The first mark of a mention is where it begins, the second where it ends.
            begin = begins.setdefault(part, len(ids) - 1)
            places[part] = (begin, len(ids))
        mentions = [
            [places[Mark(index, mention)] for mention in entity.mentions]
            for index, entity in enumerate(doc.entities)
        ]
        written.append(Written(numpy.asarray(ids, dtype="int64"), mentions))
    return written
