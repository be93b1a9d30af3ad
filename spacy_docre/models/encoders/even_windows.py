"""Windows that a transformer of limited length reads documents by."""

from typing import Callable, Iterable, List

import numpy
from spacy.attrs import IDX, LENGTH
from spacy.tokens import Doc, Span

from ...errors import Errors

SpanGetter = Callable[[Iterable[Doc]], List[List[Span]]]


# Found by its entry point: the registry is there only with spacy-transformers.
def create_even_windows(characters: int = 1500, overlap: int = 300) -> SpanGetter:
    """Create a span getter for `spacy-transformers` that cuts documents into as few windows
    as their length allows, all of about the same length, so that little of a batch is padding.

    Lengths are in characters: how many word pieces there are of a text can be told from its
    characters better than from its tokens, which in some fields have many pieces.

    characters (int): The length of the longest window, give or take a token at each end.
    overlap (int): How much adjacent windows share.
    RETURNS (Callable[[Iterable[Doc]], List[List[Span]]]): The span getter.
    RAISES (ValueError): If windows would not advance.
    """
    if not 0 <= overlap < characters:
        raise ValueError(Errors.DRE515.format(characters=characters, overlap=overlap))

    def even_windows(docs: Iterable[Doc]) -> List[List[Span]]:
        return [_windows(doc, characters, overlap) for doc in docs]

    return even_windows


def _windows(doc: Doc, characters: int, overlap: int) -> List[Span]:
    if not len(doc):
        return []
    starts, lengths = doc.to_array([IDX, LENGTH]).astype("int64").T
    ends = starts + lengths
    count = max(1, -(-int(ends[-1] - overlap) // (characters - overlap)))
    step = (ends[-1] - overlap) / count
    begins = step * numpy.arange(count)
    # A token belongs to each window that has a part of it.
    first = numpy.searchsorted(ends, begins, side="right")
    last = numpy.searchsorted(starts, begins + step + overlap, side="left")
    last[-1] = len(doc)
    # Parts of one long token are the same window.
    return [doc[i:j] for i, j in dict.fromkeys(zip(first.tolist(), last.tolist()))]
