"""Documents as word pieces, and which tokens these belong to."""

from collections.abc import Sequence
from typing import Any, List, NamedTuple

import numpy
from spacy.attrs import IDX, LENGTH
from spacy.tokens import Doc


class Pieces(NamedTuple):
    """The word pieces of a document, without what a tokenizer puts around a text.

    ids (ndarray): The pieces. *Shape:* (pieces,)
    piece (ndarray): Pieces of tokens, in order. One piece may lie in several tokens, and white
        space has none. *Shape:* (pairs,)
    token (ndarray): The tokens that they belong to. *Shape:* (pairs,)
    """

    ids: numpy.ndarray
    piece: numpy.ndarray
    token: numpy.ndarray


def to_pieces(docs: Sequence[Doc], tokenizer: Any) -> List[Pieces]:
    """Read the texts of documents, whole and as they are written.

    docs (Sequence[Doc]): The documents.
    tokenizer (PreTrainedTokenizerFast): Knows where in the text a piece is.
    RETURNS (List[Pieces]): Their pieces.
    """
    if not docs:
        return []
    read = tokenizer(
        [doc.text for doc in docs],
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        return_offsets_mapping=True,
        truncation=False,
        padding=False,
        verbose=False,  # the length is not checked here: windows cut it
    )
    return [
        _align(doc, ids, offsets)
        for doc, ids, offsets in zip(docs, read["input_ids"], read["offset_mapping"])
    ]


def _align(doc: Doc, ids: List[int], offsets: List[Any]) -> Pieces:
    """A piece belongs to all tokens that it has a character of."""
    starts, lengths = doc.to_array([IDX, LENGTH]).astype("int64").T
    begins, ends = numpy.asarray(offsets, dtype="int64").reshape(-1, 2).T
    first = numpy.searchsorted(starts + lengths, begins, side="right")
    after = numpy.searchsorted(starts, ends, side="left")
    # Pieces of no characters, as some tokenizers make, belong to none.
    count = numpy.where(ends > begins, numpy.maximum(after - first, 0), 0)
    piece = numpy.repeat(numpy.arange(len(ids)), count)
    within = numpy.arange(len(piece)) - numpy.repeat(count.cumsum() - count, count)
    return Pieces(numpy.asarray(ids, dtype="int64"), piece, first[piece] + within)
