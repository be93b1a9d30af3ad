"""Entities from `Doc.ents`."""

from functools import partial
from typing import Dict, List, Mapping, Optional, Sequence

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity
from .base import EntitySource
from .typed_spans import add_spans, check_labels


@registry.misc("spacy_docre.DocEnts.v1")
def make_doc_ents(
    labels: Optional[Sequence[str]] = None,
    exclude: Sequence[str] = (),
    map: Dict[str, str] = {},  # noqa: B006
) -> EntitySource:
    """Create a source that makes an entity of each span in `Doc.ents`, with the label as
    its type and the `kb_id_` as its id. "NIL" counts as no id.

    labels (Optional[Sequence[str]]): The labels to take. All if None.
    exclude (Sequence[str]): The labels to leave out.
    map (Dict[str, str]): Entity types by label. Of other labels, the label is the type.
    RETURNS (EntitySource): The source.
    RAISES (ValueError): If a label is in both.
    """
    check_labels(labels, exclude)
    return partial(read_doc_ents, labels=labels, exclude=exclude, map=map)


def read_doc_ents(
    doc: Doc,
    entities: List[Entity],
    *,
    labels: Optional[Sequence[str]] = None,
    exclude: Sequence[str] = (),
    map: Mapping[str, str] = {},
) -> List[Entity]:
    """Add the entities of `Doc.ents`. See `make_doc_ents`."""
    return add_spans(doc, entities, doc.ents, labels=labels, exclude=exclude, map=map)
