"""Entities from a group of `Doc.spans`."""

from functools import partial
from typing import Dict, List, Mapping, Optional, Sequence

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity
from .base import EntitySource
from .span_groups import read_spans
from .typed_spans import add_spans, check_labels


@registry.misc("spacy_docre.SpanGroup.v1")
def make_span_group(
    key: str,
    labels: Optional[Sequence[str]] = None,
    exclude: Sequence[str] = (),
    map: Dict[str, str] = {},  # noqa: B006
) -> EntitySource:
    """Create a source that makes an entity of each span in a group of `Doc.spans`, with the
    label as its type and the `kb_id_` as its id. Spans may overlap. Documents without the
    group have no such entities.

    key (str): The key in `Doc.spans`.
    labels (Optional[Sequence[str]]): The labels to take. All if None.
    exclude (Sequence[str]): The labels to leave out.
    map (Dict[str, str]): Entity types by label. Of other labels, the label is the type.
    RETURNS (EntitySource): The source.
    RAISES (ValueError): If a label is in both.
    """
    check_labels(labels, exclude)
    return partial(read_span_group, key=key, labels=labels, exclude=exclude, map=map)


def read_span_group(
    doc: Doc,
    entities: List[Entity],
    *,
    key: str,
    labels: Optional[Sequence[str]] = None,
    exclude: Sequence[str] = (),
    map: Mapping[str, str] = {},
) -> List[Entity]:
    """Add the entities of a span group. See `make_span_group`."""
    spans = read_spans(doc, key)
    return add_spans(doc, entities, spans, labels=labels, exclude=exclude, map=map)
