"""Reading groups of `Doc.spans` with care."""

from typing import List

from spacy.tokens import Doc, Span, SpanGroup

from ..data.entities import name_of
from ..errors import Errors


def read_spans(doc: Doc, key: str) -> List[Span]:
    """The spans of a group, at the tokens that cover their characters. Where tokens were merged
    or split since they were made, spaCy leaves spans at their old token numbers.

    doc (Doc): The document. A span that begins or ends inside a merged token covers all of it.
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
        spans = _as_made(doc, group)
    except IndexError as error:
        raise ValueError(
            Errors.DRE103.format(doc=name_of(doc), key=key, length=len(doc), problem=error)
        ) from error
    return [_where_it_lies(doc, key, span) for span in spans]


def _as_made(doc: Doc, group: SpanGroup) -> List[Span]:
    """The spans of a group with their old token numbers."""
    try:
        return list(group)
    except IndexError:
        # spaCy shows no span that ends beyond the last token. Read them over a document that has
        # room: no earlier tokenization had more tokens than the text has characters.
        text = doc.text
        roomy = Doc(doc.vocab, words=list(text), spaces=[False] * len(text))
        return list(SpanGroup(roomy).from_bytes(group.to_bytes()))


def _where_it_lies(doc: Doc, key: str, span: Span) -> Span:
    begin, end = span.start_char, span.end_char
    moved = None
    if len(span) and begin < end:
        moved = doc.char_span(
            begin, end, span.label, span.kb_id, span_id=span.id, alignment_mode="expand"
        )
    if moved is None or not len(moved):
        problem = f"tokens {span.start} to {span.end}, characters {begin} to {end}"
        raise ValueError(
            Errors.DRE103.format(doc=name_of(doc), key=key, length=len(doc), problem=problem)
        )
    return moved
