"""Clusters of character offsets in an extension attribute: the convention of fastcoref and
others."""

import operator
import reprlib
from functools import partial
from typing import Any, List

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity, Mention, name_of
from ..errors import Errors
from .base import EntitySource
from .clusters import Cluster, link_clusters
from .matching import MentionIndex
from .merging import EntityMerger


@registry.misc("spacy_docre.CorefClusters.v1")
def make_coref_clusters(attr: str = "coref_clusters") -> EntitySource:
    """Create a source that reads clusters from `doc._.<attr>`, a list of lists of pairs
    (start_char, end_char). Offsets inside a token count as the whole token. Documents
    without the attribute, or with None, have no such clusters.

    Some components keep token indices under the same name; write those to `Doc.spans`
    instead, and read them with "spacy_docre.CorefSpans.v1".

    attr (str): The name of the extension attribute.
    RETURNS (EntitySource): The source.
    """
    return partial(read_coref_clusters, attr=attr)


def read_coref_clusters(doc: Doc, entities: List[Entity], *, attr: str) -> List[Entity]:
    """Merge entities by the clusters in `doc._.<attr>`. See `make_coref_clusters`.

    RAISES (ValueError): If these are no clusters, or offsets cover no token of the document.
    """
    found = doc._.get(attr) if doc.has_extension(attr) else None
    if found is None:
        return entities
    if not isinstance(found, (list, tuple)):
        expected = "lists of pairs (start_char, end_char)"
        raise ValueError(
            Errors.DRE108.format(
                doc=name_of(doc), attr=attr, expected=expected, found=reprlib.repr(found)
            )
        )
    for number, cluster in enumerate(found):
        if not isinstance(cluster, (list, tuple)):
            raise ValueError(
                Errors.DRE110.format(
                    doc=name_of(doc), attr=attr, cluster=number, found=reprlib.repr(cluster)
                )
            )
    clusters = [
        Cluster(tuple(_mention(doc, attr, number, offsets) for offsets in cluster))
        for number, cluster in enumerate(found)
    ]
    merger = EntityMerger(entities)
    link_clusters(doc, merger, clusters, MentionIndex(doc, entities).find)
    return merger.merged()


def _mention(doc: Doc, attr: str, cluster: int, offsets: Any) -> Mention:
    try:
        start, end = (operator.index(offset) for offset in offsets)
        span = doc.char_span(start, end, alignment_mode="expand") if start < end else None
    except (TypeError, ValueError, OverflowError):
        span = None
    if span is None or not len(span):
        raise ValueError(
            Errors.DRE104.format(
                doc=name_of(doc),
                attr=attr,
                cluster=cluster,
                offsets=reprlib.repr(offsets),
                length=len(doc.text),
            )
        )
    return Mention(span.start, span.end)
