"""The network of the pair scorer, from the vectors of a text to the logits of pairs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional

import torch
from torch import Tensor, nn

from ....errors import Errors
from ...named_rows import RowNames, relation_rows, type_rows
from ...pairs.batch import DISTANCE_BUCKETS, EntityBatch
from ...pairs.features import PairFeatures
from ...pairs.pooling import mention_vectors, pool_mentions
from ...pairs.salience import (
    COUNT_BUCKETS,
    NEAR,
    SALIENCE,
    count_vectors,
    entity_salience,
    nearby_mentions,
)
from ...sizes import Sizes
from .group_bilinear import GroupBilinear


@dataclass(frozen=True)
class PairShape:
    """The shape of a network.

    features (PairFeatures): What pairs know.
    groups (int): Groups of the bilinear form, a divisor of the width of the vectors.
    dropout (float): Dropout rate.
    """

    features: PairFeatures = field(default_factory=PairFeatures)
    groups: int = 8
    dropout: float = 0.1

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What weights are learnt under."""
        return {k: v for k, v in asdict(self).items() if k != "dropout"}


class PairNetwork(nn.Module):
    """Entities are pooled from their mentions, projected as heads and as tails, and each pair of
    a head and a tail is scored by a bilinear form for each relation (ATLOP, Zhou et al. 2021).

    What else a pair knows is what DORE's pairs know: types of entities and their distance, as
    in DocRED's baselines (Yao et al. 2019), their closest mentions, and how salient they are. Each
    adds to the projection, which is the same as projecting one concatenated vector.

    sizes (Sizes): What it is for.
    shape (PairShape): Its shape.
    """

    def __init__(self, sizes: Sizes, shape: PairShape) -> None:
        super().__init__()
        self.sizes = sizes
        features = shape.features
        width, sides = sizes.width, 2 * sizes.width
        if width % shape.groups:
            raise ValueError(Errors.DRE512.format(width=width, groups=shape.groups))
        self.entity = nn.Linear(width, sides)
        self.local = nn.Linear(width, sides, bias=False) if features.closest_mentions else None
        self.type_embedding = _embedding(len(sizes.types) + 1, sides)
        self.distance_embedding = _embedding(2 * DISTANCE_BUCKETS + 1, sides)
        self.counts = _embedding(2 * COUNT_BUCKETS, sides) if features.counts else None
        self.salience: Optional[nn.Linear] = None
        if features.salience:
            self.salience = nn.Linear(SALIENCE, sides)
            self.nearby = nn.Linear(len(NEAR), sides)
        self.dropout = nn.Dropout(shape.dropout)
        # The first output is that of NA.
        self.bilinear = GroupBilinear(width, 1 + len(sizes.labels), groups=shape.groups)

    def row_names(self) -> RowNames:
        """See `spacy_docre.models.named_rows`."""
        relations = relation_rows(self.sizes.labels)
        return {
            "bilinear.output.weight": relations,
            "bilinear.output.bias": relations,
            "type_embedding.weight": type_rows(tuple(self.sizes.types)),
        }

    def forward(self, tokens: Tensor, batch: EntityBatch, pairs: Sequence[Tensor]) -> Tensor:
        """Score pairs.

        tokens (Tensor): Token vectors of all documents. *Shape:* (tokens, input width)
        batch (EntityBatch): Their entities.
        pairs (Sequence[Tensor]): For each document the head and tail of each pair, as indices
            into its entities. *Shape:* (pairs, 2)
        RETURNS (Tensor): Logits, document by document. *Shape:* (all pairs, outputs)
        """
        mentions = mention_vectors(tokens, batch)
        entities = self.entity(pool_mentions(mentions, batch))
        entities = entities + self.type_embedding(batch.entity_type)
        if self.counts is not None:
            entities = entities + count_vectors(self.counts, batch, len(self.sizes.types))
        if self.salience is not None:
            numbers = entity_salience(batch, len(self.sizes.types))
            entities = entities + self.salience(numbers.to(entities.dtype))
        head, tail, head_mention, tail_mention, distance = _places(batch, pairs)
        head_part, tail_part = entities.chunk(2, dim=1)
        heads, tails = head_part[head], tail_part[tail]
        if self.local is not None:
            head_part, tail_part = self.local(mentions).chunk(2, dim=1)
            heads, tails = heads + head_part[head_mention], tails + tail_part[tail_mention]
        head_part, tail_part = self.distance_embedding(distance).chunk(2, dim=1)
        heads, tails = heads + head_part, tails + tail_part
        if self.salience is not None:
            near = nearby_mentions(batch, pairs).to(heads.dtype)
            head_part, tail_part = self.nearby(near).chunk(2, dim=1)
            heads, tails = heads + head_part, tails + tail_part
        return self.bilinear(self.dropout(torch.tanh(heads)), self.dropout(torch.tanh(tails)))


def _places(batch: EntityBatch, pairs: Sequence[Tensor]) -> Tensor:
    """For each pair its head and tail and the closest mentions of the two, as indices into those
    of the whole batch, and their distance. *Shape:* (5, all pairs)
    """
    places: List[Tensor] = []
    first = 0
    for doc, ends in enumerate(pairs):
        head, tail = ends[:, 0], ends[:, 1]
        closest, distance = batch.closest[doc], batch.distance[doc]
        mentions = [closest[head, tail], closest[tail, head]]
        places.append(torch.stack([head + first, tail + first, *mentions, distance[head, tail]]))
        first += batch.entities_per_doc[doc]
    return torch.cat(places, dim=1)


def _embedding(count: int, width: int) -> nn.Embedding:
    embedding = nn.Embedding(count, width)
    nn.init.normal_(embedding.weight, std=0.1)
    return embedding
