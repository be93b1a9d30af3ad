"""Documents as index tensors: everything the network needs to know of a batch besides
the token vectors. All documents lie flat behind one another, so nothing is padded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple

import numpy
import torch
from torch import Tensor

from ...data.entities import EntityDoc

# Distances between mentions are told apart up to 2 ** DISTANCE_BUCKETS tokens.
DISTANCE_BUCKETS = 10
# Distances between mentions are computed in slices of about this many numbers.
SLICE = 4_000_000


class Layout(NamedTuple):
    """Where the mentions of a document lie among the vectors that stand for it, if these are not
    the vectors of its tokens.

    length (int): The number of its vectors.
    mentions (Sequence[Sequence[Tuple[int, int]]]): For each entity the first vector of each
        mention, and the one after the last.
    """

    length: int
    mentions: Sequence[Sequence[Tuple[int, int]]]

    @classmethod
    def of_tokens(cls, doc: EntityDoc) -> "Layout":
        """RETURNS (Layout): One vector for each token."""
        return cls(len(doc.doc), [entity.mentions for entity in doc.entities])


@dataclass
class EntityBatch:
    """Entities of a batch of documents. What is called a token here may be any vector that a
    text was read as, see `Layout`.

    tokens_per_doc (List[int]): Tokens of each document.
    entities_per_doc (List[int]): Entities of each document.
    mention_tokens (Tensor): Indices into all tokens of the batch, for each token of
        each mention. *Shape:* (mention tokens,)
    mention_of_token (Tensor): The mention each of them belongs to. *Shape:* (mention tokens,)
    mention_start (Tensor): The first token of each mention, as an index into all tokens of the
        batch. *Shape:* (mentions,)
    entity_of_mention (Tensor): The entity each mention belongs to. *Shape:* (mentions,)
    entity_index (Tensor): Each entity's position in its document. *Shape:* (entities,)
    entity_type (Tensor): Each entity's type; 0 is an unknown type. *Shape:* (entities,)
    distance (List[Tensor]): For each document the bucketed distance between the closest
        mentions of two entities. *Shape:* (entities, entities)
    closest (List[Tensor]): For each document the mention of the first entity that is closest
        to the second, as an index into all mentions. *Shape:* (entities, entities)
    """

    tokens_per_doc: List[int]
    entities_per_doc: List[int]
    mention_tokens: Tensor
    mention_of_token: Tensor
    mention_start: Tensor
    entity_of_mention: Tensor
    entity_index: Tensor
    entity_type: Tensor
    distance: List[Tensor]
    closest: List[Tensor]

    @classmethod
    def of(
        cls,
        docs: Sequence[EntityDoc],
        types: Mapping[str, int],
        device: torch.device,
        layouts: Optional[Sequence[Layout]] = None,
    ) -> "EntityBatch":
        """Build the tensors.

        docs (Sequence[EntityDoc]): The documents.
        types (Mapping[str, int]): Ids of the entity types, from 1.
        device (torch.device): Where the tensors go.
        layouts (Optional[Sequence[Layout]]): Where mentions lie; at their tokens if None.
        RETURNS (EntityBatch): The batch.
        """
        layouts = layouts or [Layout.of_tokens(doc) for doc in docs]
        starts: List[int] = []
        lengths: List[int] = []
        entity_of_mention: List[int] = []
        entity_index: List[int] = []
        entity_type: List[int] = []
        distance = []
        closest = []
        first_token = 0
        for doc, layout in zip(docs, layouts):
            begins = len(starts)
            owners = len(entity_index)
            for index, (entity, mentions) in enumerate(zip(doc.entities, layout.mentions)):
                for start, end in mentions:
                    starts.append(first_token + start)
                    lengths.append(end - start)
                    entity_of_mention.append(len(entity_index))
                entity_index.append(index)
                entity_type.append(types.get(entity.type, 0))
            buckets, nearest = _closest(
                numpy.asarray(starts[begins:]),
                numpy.asarray(lengths[begins:]),
                numpy.asarray(entity_of_mention[begins:]) - owners,
            )
            distance.append(buckets)
            closest.append(nearest + begins)
            first_token += layout.length

        mention_of_token = numpy.repeat(numpy.arange(len(starts)), lengths)
        within = numpy.arange(len(mention_of_token)) - numpy.repeat(
            numpy.cumsum([0, *lengths[:-1]]) if lengths else [], lengths
        )
        mention_tokens = numpy.repeat(starts, lengths) + within

        def tensor(values: object) -> Tensor:
            return torch.as_tensor(numpy.asarray(values, dtype="int64"), device=device)

        return cls(
            [layout.length for layout in layouts],
            [len(doc.entities) for doc in docs],
            tensor(mention_tokens),
            tensor(mention_of_token),
            tensor(starts),
            tensor(entity_of_mention),
            tensor(entity_index),
            tensor(entity_type),
            [tensor(matrix) for matrix in distance],
            [tensor(matrix) for matrix in closest],
        )


def _closest(
    starts: numpy.ndarray, lengths: numpy.ndarray, owners: numpy.ndarray
) -> Tuple[numpy.ndarray, numpy.ndarray]:
    """The closest mentions of each two entities of a document: how far apart they are, and
    which mention of the first entity it is.

    The distance is 1 + log2 of the tokens from one to the other, and DISTANCE_BUCKETS more
    where the second comes first; 0 for overlapping mentions.

    starts (numpy.ndarray): The first token of each mention, entity by entity. *Shape:* (mentions,)
    lengths (numpy.ndarray): Its number of tokens. *Shape:* (mentions,)
    owners (numpy.ndarray): Its entity. *Shape:* (mentions,)
    RETURNS (Tuple[numpy.ndarray, numpy.ndarray]): *Shapes:* (entities, entities) each
    """
    count = len(starts)
    if not count:
        nothing = numpy.zeros((0, 0), dtype="int64")
        return nothing, nothing
    ends = starts + lengths
    runs = numpy.searchsorted(owners, numpy.arange(owners[-1] + 1))
    keys = []
    # As many entities at a time as keep the matrix of their mentions small.
    for some in numpy.array_split(runs, min(len(runs), 1 + count * count // SLICE)):
        stop = runs[runs > some[-1]]
        rows = numpy.arange(some[0], stop[0] if len(stop) else count)[:, None]
        gap = numpy.maximum(starts - ends[rows], starts[rows] - ends) + 1
        # Side and mention ride along with the distance, so that one minimum finds all three.
        key = (numpy.maximum(gap, 0) * 2 + (starts < starts[rows])) * count + rows
        key = numpy.minimum.reduceat(key, runs, axis=1)
        keys.append(numpy.minimum.reduceat(key, some - some[0], axis=0))
    distance, mention = numpy.divmod(numpy.concatenate(keys), count)
    gap, behind = numpy.divmod(distance, 2)
    bucket = numpy.log2(numpy.maximum(gap, 1)).astype("int64") + 1
    bucket = numpy.minimum(bucket, DISTANCE_BUCKETS) + behind * DISTANCE_BUCKETS
    return numpy.where(gap == 0, 0, bucket), mention
