"""The network of the classifier, from token vectors to the logits of pairs."""

from collections.abc import Sequence
from typing import List, Optional

import torch
from torch import Tensor, nn

from ..dore.cells import TypeTrie
from ..rows import RowNames, relation_rows, type_rows
from ..token_vectors.batch import DISTANCE_BUCKETS, EntityBatch
from ..token_vectors.pooling import mention_vectors, pool_mentions
from ..token_vectors.salience import NEAR, SALIENCE, entity_salience, nearby_mentions
from .bilinear import GroupBilinear
from .joint_context import JointContext
from .objectives import OBJECTIVES
from .settings import Settings


class PairNetwork(nn.Module):
    """Entities are pooled from their mentions, projected as heads and as tails, and each pair of
    a head and a tail is scored by a bilinear form for each relation (ATLOP, Zhou et al. 2021).

    What else a pair knows is what DORE's cells know: types of entities and their distance, as
    in DocRED's baselines (Yao et al. 2019), their closest mentions, how salient they are, and their
    joint context.
    Each adds to the projection, which is the same as projecting one concatenated vector.

    settings (Settings): The shape.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.objective = OBJECTIVES[settings.objective]
        self.trie = TypeTrie(settings.schema)
        width, sides = settings.input_width, 2 * settings.width
        self.entity = nn.Linear(width, sides)
        self.local = nn.Linear(width, sides, bias=False) if settings.closest_mentions else None
        self.joint: Optional[JointContext] = None
        if settings.context_heads:
            self.joint = JointContext(width, heads=settings.context_heads)
            self.context = nn.Linear(width, sides, bias=False)
        self.type_embedding = (
            _embedding(len(settings.types) + 1, sides) if settings.entity_types else None
        )
        self.distance_embedding = (
            _embedding(2 * DISTANCE_BUCKETS + 1, sides) if settings.distance else None
        )
        self.salience: Optional[nn.Linear] = None
        if settings.salience:
            self.salience = nn.Linear(SALIENCE, sides)
            self.nearby = nn.Linear(len(NEAR), sides)
        self.dropout = nn.Dropout(settings.dropout)
        self.bilinear = GroupBilinear(
            settings.width,
            self.objective.outputs(len(settings.labels)),
            groups=settings.groups,
        )

    def row_names(self) -> RowNames:
        """See `spacy_docre.rows`."""
        labels = self.settings.labels
        relations = relation_rows(labels)[-self.objective.outputs(len(labels)) :]
        rows = {"bilinear.output.weight": relations, "bilinear.output.bias": relations}
        if self.type_embedding is not None:
            rows["type_embedding.weight"] = type_rows(tuple(self.settings.types))
        return rows

    def forward(self, tokens: Tensor, batch: EntityBatch, pairs: Sequence[Tensor]) -> Tensor:
        """Score pairs.

        tokens (Tensor): Token vectors of all documents. *Shape:* (tokens, input width)
        batch (EntityBatch): Their entities.
        pairs (Sequence[Tensor]): For each document the head and tail of each pair, as indices
            into its entities. *Shape:* (pairs, 2)
        RETURNS (Tensor): Logits, document by document. *Shape:* (all pairs, outputs)
        """
        mentions = mention_vectors(tokens, batch)
        pooled = pool_mentions(mentions, batch)
        entities = self.entity(pooled)
        if self.type_embedding is not None:
            entities = entities + self.type_embedding(batch.entity_type)
        if self.salience is not None:
            numbers = entity_salience(batch, len(self.settings.types))
            entities = entities + self.salience(numbers.to(entities.dtype))
        head, tail, head_mention, tail_mention, distance = _places(batch, pairs)
        head_part, tail_part = entities.chunk(2, dim=1)
        heads, tails = head_part[head], tail_part[tail]
        if self.local is not None:
            head_part, tail_part = self.local(mentions).chunk(2, dim=1)
            heads, tails = heads + head_part[head_mention], tails + tail_part[tail_mention]
        if self.joint is not None:
            context = self.context(self.joint(tokens, pooled, batch, pairs))
            head_part, tail_part = context.chunk(2, dim=1)
            heads, tails = heads + head_part, tails + tail_part
        if self.distance_embedding is not None:
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
