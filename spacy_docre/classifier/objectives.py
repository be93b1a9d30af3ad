"""What the outputs of the classifier mean: how they are learnt, and which score they give."""

from typing import Dict, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Errors


class Objective(Protocol):
    """A way to decide which of its possible relations a pair has."""

    def outputs(self, relations: int) -> int:
        """RETURNS (int): How many outputs a network needs for this number of relations."""
        ...

    def losses(self, logits: Tensor, gold: Tensor, allowed: Tensor) -> Tensor:
        """The loss of each pair.

        logits (Tensor): *Shape:* (pairs, outputs)
        gold (Tensor): Which relations hold. *Shape:* (pairs, relations)
        allowed (Tensor): Which relations the schema allows. *Shape:* (pairs, relations)
        RETURNS (Tensor): *Shape:* (pairs,)
        """
        ...

    def scores(self, logits: Tensor) -> Tensor:
        """The score in [0, 1] of each relation against NA; from 0.5 a relation is more probable.

        *Shape:* (pairs, outputs) -> (pairs, relations)
        """
        ...


class AdaptiveThreshold:
    """Adaptive thresholding (ATLOP, Zhou et al. 2021): one more class, output 0, learns
    for each pair the logit that its relations exceed and all others stay below. It is NA: pairs
    without relations put it above all.
    """

    def outputs(self, relations: int) -> int:
        """See `Objective`."""
        return 1 + relations

    def losses(self, logits: Tensor, gold: Tensor, allowed: Tensor) -> Tensor:
        """See `Objective`."""
        # Gold relations compete with the threshold, and the threshold with the others.
        never = float("-inf")
        positive = logits.masked_fill(F.pad(~gold, (1, 0), value=False), never)
        negative = logits.masked_fill(F.pad(gold | ~allowed, (1, 0), value=False), never)
        said = positive.log_softmax(1)[:, 1:].masked_fill(~gold, 0.0).sum(1)
        return -said - negative.log_softmax(1)[:, 0]

    def scores(self, logits: Tensor) -> Tensor:
        """See `Objective`."""
        return torch.sigmoid(logits[:, 1:] - logits[:, :1])


class Binary:
    """One yes or no for each relation (DocRED's baselines, Yao et al. 2019)."""

    def outputs(self, relations: int) -> int:
        """See `Objective`."""
        return relations

    def losses(self, logits: Tensor, gold: Tensor, allowed: Tensor) -> Tensor:
        """See `Objective`."""
        each = F.binary_cross_entropy_with_logits(logits, gold.to(logits.dtype), reduction="none")
        return each.masked_fill(~allowed, 0.0).sum(1)

    def scores(self, logits: Tensor) -> Tensor:
        """See `Objective`."""
        return torch.sigmoid(logits)


OBJECTIVES: Dict[str, Objective] = {"adaptive": AdaptiveThreshold(), "binary": Binary()}


def check_objective(objective: str) -> None:
    """RAISES (ValueError): If there is no such objective."""
    if objective not in OBJECTIVES:
        raise ValueError(Errors.DRE511.format(objective=objective, known=sorted(OBJECTIVES)))
