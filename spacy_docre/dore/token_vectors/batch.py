"""Documents as index tensors: everything the network needs to know of a batch besides
the token vectors. All documents lie flat behind one another, so nothing is padded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import List

import numpy
import torch
from torch import Tensor

from ...entities import EntityDoc

# Distances between mentions are told apart up to 2 ** DISTANCE_BUCKETS tokens.
DISTANCE_BUCKETS = 10


@dataclass
class EntityBatch:
    """Entities of a batch of documents.

    tokens_per_doc (List[int]): Tokens of each document.
    entities_per_doc (List[int]): Entities of each document.
    mention_tokens (Tensor): Indices into all tokens of the batch, for each token of
        each mention. *Shape:* (mention tokens,)
    mention_of_token (Tensor): The mention each of them belongs to. *Shape:* (mention tokens,)
    entity_of_mention (Tensor): The entity each mention belongs to. *Shape:* (mentions,)
    entity_index (Tensor): Each entity's position in its document. *Shape:* (entities,)
    entity_type (Tensor): Each entity's type; 0 is an unknown type. *Shape:* (entities,)
    distance (List[Tensor]): For each document the bucketed distance between the closest
        mentions of two entities. *Shape:* (entities, entities)
    """

    tokens_per_doc: List[int]
    entities_per_doc: List[int]
    mention_tokens: Tensor
    mention_of_token: Tensor
    entity_of_mention: Tensor
    entity_index: Tensor
    entity_type: Tensor
    distance: List[Tensor]

    @classmethod
    def of(
        cls, docs: Sequence[EntityDoc], types: Mapping[str, int], device: torch.device
    ) -> "EntityBatch":
        """Build the tensors.

        docs (Sequence[EntityDoc]): The documents.
        types (Mapping[str, int]): Ids of the entity types, from 1.
        device (torch.device): Where the tensors go.
        RETURNS (EntityBatch): The batch.
        """
        starts: List[int] = []
        lengths: List[int] = []
        entity_of_mention: List[int] = []
        entity_index: List[int] = []
        entity_type: List[int] = []
        distance = []
        first_token = 0
        for doc in docs:
            begins = len(starts)
            owners = len(entity_index)
            for index, entity in enumerate(doc.entities):
                for start, end in entity.mentions:
                    starts.append(first_token + start)
                    lengths.append(end - start)
                    entity_of_mention.append(len(entity_index))
                entity_index.append(index)
                entity_type.append(types.get(entity.type, 0))
            distance.append(
                _closest(starts[begins:], lengths[begins:], entity_of_mention[begins:], owners)
            )
            first_token += len(doc.doc)

        mention_of_token = numpy.repeat(numpy.arange(len(starts)), lengths)
        within = numpy.arange(len(mention_of_token)) - numpy.repeat(
            numpy.cumsum([0, *lengths[:-1]]) if lengths else [], lengths
        )
        mention_tokens = numpy.repeat(starts, lengths) + within

        def tensor(values: object) -> Tensor:
            return torch.as_tensor(numpy.asarray(values, dtype="int64"), device=device)

        return cls(
            [len(doc.doc) for doc in docs],
            [len(doc.entities) for doc in docs],
            tensor(mention_tokens),
            tensor(mention_of_token),
            tensor(entity_of_mention),
            tensor(entity_index),
            tensor(entity_type),
            [tensor(matrix) for matrix in distance],
        )


def _closest(
    starts: List[int], lengths: List[int], owners: List[int], first_owner: int
) -> numpy.ndarray:
    """The signed, bucketed distance between the closest mentions of each two entities:
    1 + log2 of the tokens from one to the other, and another DISTANCE_BUCKETS more where the
    second comes first; 0 for overlapping mentions.

    RETURNS (numpy.ndarray): *Shape:* (entities, entities)
    """
    if not starts:
        return numpy.zeros((0, 0), dtype="int64")
    begin = numpy.asarray(starts)
    end = begin + numpy.asarray(lengths)
    # Mentions lie entity by entity, so each entity is a run of rows and of columns.
    runs = numpy.searchsorted(
        numpy.asarray(owners) - first_owner, numpy.arange(owners[-1] + 1 - first_owner)
    )
    ahead = numpy.maximum(begin[None, :] - end[:, None] + 1, 0)  # second after first
    big = numpy.iinfo("int64").max // 4
    forward = numpy.where(begin[None, :] >= begin[:, None], ahead, big)
    forward = numpy.minimum.reduceat(numpy.minimum.reduceat(forward, runs, axis=0), runs, axis=1)
    backward = forward.T
    gap = numpy.minimum(forward, backward)
    bucket = numpy.minimum(
        numpy.floor(numpy.log2(numpy.maximum(gap, 1))).astype("int64") + 1, DISTANCE_BUCKETS
    )
    bucket[gap == 0] = 0
    return numpy.where((backward < forward) & (bucket > 0), bucket + DISTANCE_BUCKETS, bucket)
