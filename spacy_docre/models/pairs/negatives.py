"""Negatives: which pairs without a relation a training sequence states as NA.

A strategy is called anew at every pass over a document, so what it draws differs from
one pass to the next.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import List, Optional, Protocol, Set, runtime_checkable

import numpy as np
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from ...data.entities import EntityDoc
from ...errors import Errors
from .candidate_pairs import CandidatePairs, Pair, TypeTrie


@runtime_checkable
class Negatives(Protocol):
    """A strategy.

    states_na (bool): Whether it ever fills a pair with NA, so that the grammar needs it.
    """

    @property
    def states_na(self) -> bool: ...

    def drawn(self, rng: np.random.Generator) -> "Negatives":
        """RETURNS (Negatives): The strategy for one pass over a document: itself, or one of those
        it consists of."""
        ...

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        """RETURNS (Optional[ndarray]): The pairs that are stated in any case, as NA or
        otherwise, so that there is no choice to learn. No other pair is ever NA. None if
        chance decides which pairs are. Where relations have more than two entities, a matrix
        of True stands for all pairs. Shape: (entities, entities)
        """
        ...

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        """Choose the pairs of a document to fill with NA.

        candidates (CandidatePairs): The pairs of the document.
        gold (Collection[Pair]): The pairs that gold triples fill.
        rng (Generator): The source of randomness.
        RETURNS (Set[Pair]): Pairs outside of `gold`.
        """
        ...


class SameEveryPass:
    """A strategy that is the same at every pass, whose pairs are left to chance."""

    def drawn(self: Negatives, rng: np.random.Generator) -> Negatives:
        return self

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        return None


@dataclass(frozen=True)
class NoNegatives(SameEveryPass):
    """Positive pairs only. Nothing can be scored against NA then."""

    states_na: bool = field(default=False, init=False)

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        return np.zeros((len(candidates.classes), len(candidates.classes)), dtype=bool)

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        return set()


@dataclass(frozen=True)
class AllNegatives(SameEveryPass):
    """Every pair."""

    states_na: bool = field(default=True, init=False)

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        return _every(candidates)

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        filled = set(gold)
        return {pair for pair in candidates if pair not in filled}


@dataclass(frozen=True)
class SampledNegatives(SameEveryPass):
    """A random share of the pairs, up to a limit. With a limit it suits n-ary
    relations: what it costs depends on the limit, not on the number of pairs. With a share of
    1, documents within the limit have all their pairs stated.

    share (float): The share of the pairs that gold triples leave free. Where it is not
        a whole number of pairs it is rounded up or down at random.
    limit (Optional[int]): The largest number of pairs, or None for no limit.
    """

    share: float
    limit: Optional[int] = None
    states_na: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        check_setting(self, "share", 0 <= self.share <= 1, "between 0 and 1")
        check_setting(self, "limit", self.limit is None or self.limit >= 0, "0 or more")

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        within = self.limit is None or candidates.count <= self.limit
        return _every(candidates) if self.share == 1 and within else None

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        count = int(self.share * (candidates.count - len(set(gold))) + rng.random())
        if self.limit is not None:
            count = min(count, self.limit)
        return candidates.sample(count, rng, without=gold)


@dataclass(frozen=True)
class AsymmetricNegatives(SameEveryPass):
    """Pairs near the diagonal, a different number on each side of it.

    above (int): How far the tail may follow the head, in entities.
    below (int): How far the tail may precede the head.
    """

    above: int
    below: int
    states_na: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        check_setting(self, "above", self.above >= 0, "0 or more")
        check_setting(self, "below", self.below >= 0, "0 or more")

    def due(self, candidates: CandidatePairs) -> np.ndarray:
        arities = {relation.arity for relation in candidates.trie.schema.relations}
        if arities - {2}:
            name = type(self).__name__
            raise ValueError(Errors.DRE209.format(strategy=name, arity=max(arities)))
        index = np.arange(len(candidates.classes))
        ahead = index[None, :] - index[:, None]
        return (-self.below <= ahead) & (ahead <= self.above) & candidates.mask()

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        return {tuple(pair) for pair in np.argwhere(self.due(candidates)).tolist()} - set(gold)


@dataclass(frozen=True)
class DynamicNegatives:
    """One of four strategies, drawn anew at every call with equal chances: none, a
    diagonal band, an asymmetric band, and its flip.

    diagonal (int): The width of the diagonal band on both sides.
    near (int): The width of the asymmetric band on its narrow side.
    far (int): Its width on the wide side.
    """

    diagonal: int
    near: int
    far: int
    states_na: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        for name in ("diagonal", "near", "far"):
            check_setting(self, name, getattr(self, name) >= 0, "0 or more")

    @property
    def strategies(self) -> List[Negatives]:
        return [
            NoNegatives(),
            AsymmetricNegatives(self.diagonal, self.diagonal),
            AsymmetricNegatives(self.near, self.far),
            AsymmetricNegatives(self.far, self.near),
        ]

    def drawn(self, rng: np.random.Generator) -> Negatives:
        strategies = self.strategies
        return strategies[rng.integers(len(strategies))]

    def due(self, candidates: CandidatePairs) -> Optional[np.ndarray]:
        # Rows are generated as those that were learnt with the diagonal band.
        return self.strategies[1].due(candidates)

    def __call__(
        self, candidates: CandidatePairs, gold: Collection[Pair], rng: np.random.Generator
    ) -> Set[Pair]:
        return self.drawn(rng)(candidates, gold, rng)


@registry.misc("spacy_docre.NoNegatives.v1")
def make_no_negatives() -> Negatives:
    """State positive pairs only."""
    return NoNegatives()


@registry.misc("spacy_docre.AllNegatives.v1")
def make_all_negatives() -> Negatives:
    """State every pair."""
    return AllNegatives()


@registry.misc("spacy_docre.SampledNegatives.v1")
def make_sampled_negatives(share: float = 0.1, limit: Optional[int] = 200) -> Negatives:
    """State a random share of the negative pairs, up to a limit, or without one if it is None."""
    return SampledNegatives(share, limit)


@registry.misc("spacy_docre.DiagonalNegatives.v1")
def make_diagonal_negatives(width: int = 1) -> Negatives:
    """State the negative pairs whose head and tail are close in order of appearance."""
    return AsymmetricNegatives(width, width)


@registry.misc("spacy_docre.AsymmetricNegatives.v1")
def make_asymmetric_negatives(width: int = 1, other: int = 3, flip: bool = False) -> Negatives:
    """State the negative pairs up to `width` above and `other` below the diagonal, or
    the other way round.
    """
    return AsymmetricNegatives(other, width) if flip else AsymmetricNegatives(width, other)


@registry.misc("spacy_docre.DynamicNegatives.v1")
def make_dynamic_negatives(diagonal: int = 1, width: int = 1, other: int = 3) -> Negatives:
    """At each pass choose between no negatives, a diagonal band, an asymmetric band and
    its flip.
    """
    return DynamicNegatives(diagonal, width, other)


def _every(candidates: CandidatePairs) -> np.ndarray:
    """All pairs are due. Shape: (entities, entities)"""
    if candidates.trie.max_arity == 2:
        return candidates.mask()
    return np.ones((len(candidates.classes), len(candidates.classes)), dtype=bool)


def check_negatives(negatives: Negatives, trie: TypeTrie) -> None:
    """RAISES (ValueError): If a strategy does not serve the relations of a schema, which is better
    said before training than in the middle of it."""
    negatives.due(CandidatePairs(trie, EntityDoc(Doc(Vocab()))))


def check_setting(strategy: object, name: str, holds: bool, expected: str) -> None:
    """RAISES (ValueError): If a setting of a strategy is not as expected."""
    if not holds:
        raise ValueError(
            Errors.DRE208.format(
                strategy=type(strategy).__name__,
                name=name,
                value=getattr(strategy, name),
                expected=expected,
            )
        )
