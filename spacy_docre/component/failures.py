"""Batches whose documents do not suffer for one that fails."""

from functools import partial
from typing import Callable, Iterator, List, Optional, Sequence, Tuple, TypeVar, Union

from spacy.tokens import Doc

ResultT = TypeVar("ResultT")
ReadT = TypeVar("ReadT")
FoundT = TypeVar("FoundT")


def annotate_each(
    docs: Sequence[Doc],
    read: Callable[[Doc], ReadT],
    extract: Callable[[List[ReadT]], Sequence[FoundT]],
    write: Callable[[List[Doc], List[FoundT]], None],
) -> Iterator[Tuple[Doc, Optional[Exception]]]:
    """Annotate the documents of a batch. Those that can be read are extracted from together or, if
    that fails, one after the other, as they are asked for.

    docs (Sequence[Doc]): The documents.
    read (Callable): Reads a document.
    extract (Callable): Returns something for each of a list of documents that were read.
    write (Callable): Writes that to documents.
    YIELDS (Tuple[Doc, Optional[Exception]]): The documents, in order, each with why it failed.
    """
    inputs = [_attempt(partial(read, doc)) for doc in docs]
    found = _extract_each(extract, [each for each in inputs if not isinstance(each, Exception)])
    for doc, outcome in zip(docs, inputs):
        result = outcome if isinstance(outcome, Exception) else next(found)
        if not isinstance(result, Exception):
            result = _attempt(partial(write, [doc], [result])) or result
        yield doc, result if isinstance(result, Exception) else None


def _extract_each(
    extract: Callable[[List[ReadT]], Sequence[FoundT]], docs: List[ReadT]
) -> Iterator[Union[FoundT, Exception]]:
    together = _attempt(partial(extract, docs))
    if not isinstance(together, Exception):
        yield from together
    elif len(docs) == 1:
        yield together
    else:
        for doc in docs:
            yield _attempt(lambda: extract([doc])[0])  # noqa: B023


def _attempt(action: Callable[[], ResultT]) -> Union[ResultT, Exception]:
    try:
        return action()
    except Exception as error:
        return error
