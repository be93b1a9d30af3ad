"""Coreference clusters and the entities they connect."""

import warnings
from typing import Callable, Dict, Iterable, NamedTuple, Sequence, Tuple

from spacy.tokens import Doc

from ..data.entities import Entity, Mention, name_of
from ..errors import Warnings
from .merging import EntityMerger, linking_order


class Cluster(NamedTuple):
    """Mentions of one thing, as a coreference source found them.

    mentions (Tuple[Mention, ...]): The mentions.
    members (Tuple[int, ...]): Entities of the merger that are known to belong to it.
    """

    mentions: Tuple[Mention, ...]
    members: Tuple[int, ...] = ()


def link_clusters(
    doc: Doc,
    merger: EntityMerger,
    clusters: Iterable[Cluster],
    find: Callable[[Mention], Sequence[int]],
) -> None:
    """Link the entities that share a cluster, and add the mentions of the cluster to them.
    Clusters that reach no entity, such as those of mere pronouns, add nothing.

    doc (Doc): The document.
    merger (EntityMerger): The entities. Changed in place.
    clusters (Iterable[Cluster]): The clusters, in any order.
    find (Callable[[Mention], Sequence[int]]): Looks up the entities that a mention of a
        cluster stands for.
    """
    references: Dict[Mention, int] = {}
    conflicts = 0

    def order(cluster: Cluster) -> Tuple:
        members = sorted(linking_order(merger.entities[number]) for number in cluster.members)
        return tuple(sorted(cluster.mentions)), members

    for cluster in sorted(clusters, key=order):
        members = list(cluster.members)
        for mention in cluster.mentions:
            found = find(mention)
            if not found:
                if mention not in references:
                    references[mention] = merger.add(Entity((mention,)), reference=True)
                found = [references[mention]]
            members.extend(found)
        conflicts += not merger.link_all(members)
    if conflicts:
        warnings.warn(
            Warnings.DRW101.format(doc=name_of(doc), count=conflicts), UserWarning, stacklevel=2
        )
