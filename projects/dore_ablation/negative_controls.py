"""Strategies of negatives that differ from a published one in one respect each, and so show what it
is that makes the difference. They train no better pipelines, and are no part of the package."""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import Set

import numpy as np
from spacy.util import registry

from spacy_docre.models.pairs.candidate_pairs import CandidatePairs, Pair
from spacy_docre.models.pairs.negatives import (
    AsymmetricNegatives,
    Negatives,
    SameEveryPass,
    SampledNegatives,
)

# What their registered names begin with.
PACKAGE = "spacy_docre_ablation"


@dataclass(frozen=True)
class LeftToChance(SameEveryPass):
    """The pairs of another strategy, none of which must be stated: a row may end before them, and
    NA is possible everywhere, as with random negatives.

    strategy (Negatives): The other strategy.
    """

    strategy: Negatives
    states_na: bool = field(default=True, init=False)

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        """See `Negatives`."""
        return self.strategy(candidates, gold, rng)


@dataclass(frozen=True)
class DrawnOnce(LeftToChance):
    """The pairs of another strategy, the same ones at every pass over a document."""

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        """See `Negatives`."""
        # What gold states tells documents apart.
        seed = [len(candidates.classes), *chain.from_iterable(sorted(gold))]
        return self.strategy(candidates, gold, np.random.default_rng(seed))


@registry.misc(f"{PACKAGE}.FreeDiagonalNegatives.v1")
def make_free_diagonal_negatives() -> Negatives:
    """The pairs next to the diagonal, left to chance."""
    return LeftToChance(AsymmetricNegatives(1, 1))


@registry.misc(f"{PACKAGE}.FixedRandomNegatives.v1")
def make_fixed_random_negatives() -> Negatives:
    """A random tenth of the pairs, drawn once."""
    return DrawnOnce(SampledNegatives(0.1))
