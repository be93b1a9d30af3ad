"""What can be said of entities without reading: how often, where and how near to each other they
are mentioned."""

from collections.abc import Sequence
from typing import List, Tuple

import torch
from torch import Tensor, nn

from .batch import EntityBatch

# How many numbers say how salient an entity is.
SALIENCE = 7
# Counts are told apart by twice their binary logarithm, so 1 to 4 exactly, up to about 90.
COUNT_BUCKETS = 14
# Mentions are near each other that begin less than so many tokens apart: in a phrase, in a
# sentence, in two or three.
NEAR = (10, 25, 60)
# Mentions are compared in slices of about this many pairs.
SLICE = 4_000_000


def entity_counts(batch: EntityBatch, types: int) -> Tuple[Tensor, Tensor]:
    """Count what a document has of each entity.

    batch (EntityBatch): The entities.
    types (int): Number of entity types.
    RETURNS (Tuple[Tensor, Tensor]): The mentions of each entity, and the entities of its
        document that have its type, itself included. *Shape:* (entities,) each
    """
    kind = _kind(batch, types)
    mentions = torch.bincount(batch.entity_of_mention, minlength=len(kind))
    return mentions, torch.bincount(kind)[kind]


def count_vectors(embedding: nn.Embedding, batch: EntityBatch, types: int) -> Tensor:
    """What is known of entities from the two numbers of `entity_counts`.

    embedding (Embedding): Of the buckets of the one, and behind them those of the other.
        *Shape:* (2 * COUNT_BUCKETS, width)
    batch (EntityBatch): The entities.
    types (int): Number of entity types.
    RETURNS (Tensor): *Shape:* (entities, width)
    """
    mentions, alike = entity_counts(batch, types)
    return embedding(_bucket(mentions)) + embedding(_bucket(alike) + COUNT_BUCKETS)


def entity_salience(batch: EntityBatch, types: int) -> Tensor:
    """How much of its document an entity takes up, and how much among those of its type.

    batch (EntityBatch): The entities.
    types (int): Number of entity types.
    RETURNS (Tensor): For each entity, as natural logarithms, the number of its mentions, that of
        the entities of its type, 1 + how many of them are mentioned more often, and 1 + how many
        are mentioned before it is; its share of the mentions of its type; and where in the
        document its first and its last mention begin, from 0 to 1. *Shape:* (entities, SALIENCE)
    """
    kind = _kind(batch, types)
    mentions, alike = entity_counts(batch, types)
    sizes = torch.as_tensor(batch.tokens_per_doc, device=kind.device)
    doc = _doc(batch)
    begins = batch.mention_start - (sizes.cumsum(0) - sizes)[doc[batch.entity_of_mention]]
    first = mentions.new_zeros(len(mentions)).scatter_reduce(
        0, batch.entity_of_mention, begins, "amin", include_self=False
    )
    last = mentions.new_zeros(len(mentions)).scatter_reduce(
        0, batch.entity_of_mention, begins, "amax", include_self=False
    )
    share = mentions / torch.bincount(kind[batch.entity_of_mention])[kind]
    length = sizes[doc]
    counts = [mentions, alike, 1 + _before(kind, -mentions), 1 + _before(kind, first)]
    numbers = [*(count.float().log() for count in counts), share, first / length, last / length]
    return torch.stack(numbers, dim=1)


def nearby_mentions(batch: EntityBatch, pairs: Sequence[Tensor]) -> Tensor:
    """How often two entities are mentioned near each other.

    batch (EntityBatch): The entities.
    pairs (Sequence[Tensor]): For each document pairs of its entities. *Shape:* (pairs, 2)
    RETURNS (Tensor): The natural logarithm of 1 + the number of pairs of mentions, one of each
        entity, that are near each other, in each sense of `NEAR`. *Shape:* (all pairs, len(NEAR))
    """
    numbers = torch.bincount(
        _doc(batch)[batch.entity_of_mention], minlength=len(batch.entities_per_doc)
    ).tolist()
    found: List[Tensor] = []
    first = 0
    for begins, owners, count, ends in zip(
        batch.mention_start.split(numbers),
        batch.entity_of_mention.split(numbers),
        batch.entities_per_doc,
        pairs,
    ):
        owner = owners - first
        near = batch.mention_start.new_zeros(len(NEAR), count, count)
        size = max(1, SLICE // max(1, len(begins)))
        for some, heads in zip(begins.split(size), owner.split(size)):
            gap = (some.unsqueeze(1) - begins).abs()
            for each, limit in zip(near, NEAR):
                by_tail = each.new_zeros(len(some), count).index_add(1, owner, (gap < limit).long())
                each.index_add_(0, heads, by_tail)
        found.append(near[:, ends[:, 0], ends[:, 1]].T)
        first += count
    return torch.cat(found).float().log1p()


def _before(kind: Tensor, order: Tensor) -> Tensor:
    """How many of the same kind come before each in an order. *Shape:* (n,), (n,) -> (n,)"""
    rank = order.unique(return_inverse=True)[1]
    first = kind * len(kind)
    keys = (first + rank).sort().values
    return torch.searchsorted(keys, first + rank) - torch.searchsorted(keys, first)


def _doc(batch: EntityBatch) -> Tensor:
    """The document of each entity. *Shape:* (entities,)"""
    sizes = torch.as_tensor(batch.entities_per_doc, device=batch.entity_type.device)
    return torch.arange(len(sizes), device=sizes.device).repeat_interleave(sizes)


def _kind(batch: EntityBatch, types: int) -> Tensor:
    """The same number for the entities of a type in a document. *Shape:* (entities,)"""
    return _doc(batch) * (types + 1) + batch.entity_type


def _bucket(count: Tensor) -> Tensor:
    """*Shape:* (entities,) -> (entities,), from 0 for a count of 1"""
    return (2 * count.clamp(min=1).float().log2()).long().clamp(max=COUNT_BUCKETS - 1)
