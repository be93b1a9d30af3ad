"""Clusters from `Doc.spans`, one group each: spacy-experimental's convention, and how this
package's corpus readers write annotated entities."""

import re
from collections import Counter
from functools import partial
from typing import Dict, Iterable, Iterator, List, Mapping, Set, Tuple

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity, Mention, name_of
from ..errors import Errors
from .base import EntitySource
from .clusters import Cluster, link_clusters
from .matching import MentionIndex
from .merging import EntityMerger, linking_order
from .span_groups import read_spans
from .typed_spans import known_id

# What the names of groups begin with that hold the mentions of one entity each, as those of
# spacy-experimental do. Corpora are read into such groups, too.
CLUSTER_PREFIX = "coref_clusters"


@registry.misc("spacy_docre.CorefSpans.v1")
def make_coref_spans(
    prefix: str = CLUSTER_PREFIX,
    map: Dict[str, str] = {},  # noqa: B006
) -> EntitySource:
    """Create a source that reads a cluster from each group of `Doc.spans` whose key is the
    prefix, an underscore and a number.

    Spans without a label, as coreference components write them, connect the entities they
    stand for (see `MentionIndex.find`) and are further mentions of them. A group that
    reaches no entity is ignored.

    Spans with a label, or all spans of a group whose `attrs` hold a "type" or an "id",
    state an entity: found entities with the same mention join it and take its type, but
    two stated entities stay two even if they share a mention.

    prefix (str): What the keys begin with.
    map (Dict[str, str]): Entity types by label. Of other labels, the label is the type.
    RETURNS (EntitySource): The source.
    """
    return partial(read_coref_spans, prefix=prefix, map=map)


def read_coref_spans(
    doc: Doc, entities: List[Entity], *, prefix: str, map: Mapping[str, str] = {}
) -> List[Entity]:
    """Merge entities by the clusters in `Doc.spans`. See `make_coref_spans`."""
    merger = EntityMerger(entities)
    numbers: Dict[Entity, int] = {}
    clusters = []
    for key in cluster_keys(doc, prefix):
        stated, references = _read_group(doc, key, map)
        for entity in stated:
            if entity not in numbers:
                numbers[entity] = merger.add(entity, stated=True)
        clusters.append(Cluster(references, tuple(numbers[entity] for entity in stated)))
    clusters.extend(_found_and_stated(merger, range(len(entities)), numbers.values()))
    index = MentionIndex(doc, merger.entities)
    link_clusters(doc, merger, clusters, index.find)
    return merger.merged()


def has_stated_entities(doc: Doc, prefix: str) -> bool:
    """RETURNS (bool): Whether clusters of the document state entities."""
    return any(_read_group(doc, key)[0] for key in cluster_keys(doc, prefix))


def cluster_keys(doc: Doc, prefix: str) -> List[str]:
    """RETURNS (List[str]): The keys in `Doc.spans` that hold clusters."""
    pattern = re.compile(re.escape(prefix) + r"_\d+")
    return [key for key in doc.spans if pattern.fullmatch(key)]


def _read_group(
    doc: Doc, key: str, map: Mapping[str, str] = {}
) -> Tuple[List[Entity], Tuple[Mention, ...]]:
    """The entities that a group states, one for each id, and its other mentions."""
    spans = read_spans(doc, key)
    attrs = doc.spans[key].attrs
    for field in ("type", "id"):
        if not isinstance(attrs.get(field, ""), str):
            raise ValueError(
                Errors.DRE107.format(doc=name_of(doc), key=key, field=field, value=attrs[field])
            )
    type, id = attrs.get("type", ""), known_id(attrs.get("id", ""))
    stated: List[Entity] = []
    references: Set[Mention] = set()
    for span in spans:
        mention = Mention(span.start, span.end)
        if span.label_ or type or id:
            label = type or span.label_
            own_id = id or known_id(span.kb_id_)
            stated.append(Entity((mention,), map.get(label, label), own_id))
        else:
            references.add(mention)
    merger = EntityMerger(stated)
    merger.link_all(range(len(stated)))
    return merger.merged(), tuple(sorted(references))


def _found_and_stated(
    merger: EntityMerger, found: Iterable[int], stated: Iterable[int]
) -> Iterator[Cluster]:
    """Pair each found entity that shares mentions with stated ones with the most similar of
    these, so that a mention which several annotated clusters share does not connect them."""
    owners: Dict[Mention, List[int]] = {}
    for number in stated:
        for mention in merger.entities[number].mentions:
            owners.setdefault(mention, []).append(number)
    for number in found:
        entity = merger.entities[number]
        shared = Counter(other for mention in entity.mentions for other in owners.get(mention, ()))
        candidates = [(merger.entities[other], count, other) for other, count in shared.items()]
        if candidates:
            best = min(candidates, key=lambda c: _unlikeness(entity, c[0], c[1]))
            yield Cluster((), (number, best[2]))


def _unlikeness(found: Entity, stated: Entity, shared: int) -> Tuple:
    return (
        bool(found.id and stated.id and found.id != stated.id),
        -shared,
        len(stated.mentions) - shared,
        found.id != stated.id,
        found.type != stated.type,
        linking_order(stated),
    )
