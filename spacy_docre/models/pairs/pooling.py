"""From token vectors to vectors of mentions and of entities."""

import torch
from torch import Tensor

from .batch import EntityBatch


def mention_vectors(tokens: Tensor, batch: EntityBatch) -> Tensor:
    """The mean over the tokens of each mention.

    tokens (Tensor): All tokens of the batch. *Shape:* (tokens, width)
    batch (EntityBatch): The entities.
    RETURNS (Tensor): *Shape:* (mentions, width)
    """
    mentions = len(batch.entity_of_mention)
    total = tokens.new_zeros(mentions, tokens.shape[1]).index_add(
        0, batch.mention_of_token, tokens[batch.mention_tokens]
    )
    count = torch.bincount(batch.mention_of_token, minlength=mentions).clamp(min=1)
    return total / count.unsqueeze(1)


def pool_mentions(mentions: Tensor, batch: EntityBatch) -> Tensor:
    """The logsumexp over the mentions of each entity (ATLOP, Zhou et al. 2021).

    mentions (Tensor): All mentions of the batch. *Shape:* (mentions, width)
    batch (EntityBatch): The entities.
    RETURNS (Tensor): *Shape:* (entities, width)
    """
    owner = batch.entity_of_mention
    shape = (len(batch.entity_index), mentions.shape[1])
    peak = mentions.new_zeros(shape).scatter_reduce(
        0, owner.unsqueeze(1).expand_as(mentions), mentions.detach(), "amax", include_self=False
    )
    mass = mentions.new_zeros(shape).index_add(0, owner, (mentions - peak[owner]).exp())
    return mass.log() + peak
