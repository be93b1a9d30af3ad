"""Reading groups of `Doc.spans` with care."""

from typing import List

from spacy.tokens import Doc, Span

from ..entities import name_of
from ..errors import Errors


def read_spans(doc: Doc, key: str) -> List[Span]:
    """The spans of a group.

    doc (Doc): The document.
    key (str): The key in `Doc.spans`.
    RETURNS (List[Span]): The spans; empty if there is no such group.
    RAISES (ValueError): If the group belongs to another document, or a span is empty or
        lies outside the text.
    """
    if key not in doc.spans:
        return []
    group = doc.spans[key]
    if group.doc is not doc:
        raise ValueError(Errors.DRE102.format(doc=name_of(doc), key=key))
    try:
        spans = list(group)
    except IndexError as error:  # the document was retokenized
        raise ValueError(
            Errors.DRE103.format(doc=name_of(doc), key=key, length=len(doc), problem=error)
        ) from error
    for span in spans:
        if not len(span):
            problem = f"tokens {span.start} to {span.end} are none"
            raise ValueError(
                Errors.DRE103.format(doc=name_of(doc), key=key, length=len(doc), problem=problem)
            )
    return spans
