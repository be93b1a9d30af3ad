"""What the outputs of the classifier mean: how they are learnt, and which score they give."""

import torch
import torch.nn.functional as F
from torch import Tensor


def adaptive_losses(logits: Tensor, gold: Tensor, allowed: Tensor) -> Tensor:
    """Adaptive thresholding (ATLOP, Zhou et al. 2021): one more class, output 0, learns for each
    pair the logit that its relations exceed and all others stay below. It is NA: pairs without
    relations put it above all.

    logits (Tensor): *Shape:* (pairs, 1 + relations)
    gold (Tensor): Which relations hold. *Shape:* (pairs, relations)
    allowed (Tensor): Which relations the schema allows. *Shape:* (pairs, relations)
    RETURNS (Tensor): The loss of each pair. *Shape:* (pairs,)
    """
    # Gold relations compete with the threshold, and the threshold with the others.
    never = float("-inf")
    positive = logits.masked_fill(F.pad(~gold, (1, 0), value=False), never)
    negative = logits.masked_fill(F.pad(gold | ~allowed, (1, 0), value=False), never)
    said = positive.log_softmax(1)[:, 1:].masked_fill(~gold, 0.0).sum(1)
    return -said - negative.log_softmax(1)[:, 0]


def taught_losses(logits: Tensor, soft: Tensor, allowed: Tensor) -> Tensor:
    """The cross-entropy of scores and those of a teacher, relation by relation.

    logits (Tensor): *Shape:* (pairs, 1 + relations)
    soft (Tensor): How probable the teacher finds relations. *Shape:* (pairs, relations)
    allowed (Tensor): Which relations the schema allows. *Shape:* (pairs, relations)
    RETURNS (Tensor): The loss of each pair. *Shape:* (pairs,)
    """
    against_na = logits[:, 1:] - logits[:, :1]
    losses = F.binary_cross_entropy_with_logits(against_na, soft, reduction="none")
    return losses.masked_fill(~allowed, 0.0).sum(1)


def adaptive_scores(logits: Tensor) -> Tensor:
    """The score in [0, 1] of each relation against NA; from 0.5 a relation is more probable.

    *Shape:* (pairs, 1 + relations) -> (pairs, relations)
    """
    return torch.sigmoid(logits[:, 1:] - logits[:, :1])
