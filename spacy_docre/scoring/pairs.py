"""Scores of pairs: whether two entities are related, not how."""

from typing import Any, Dict, FrozenSet, Sequence, Tuple

from spacy.scorer import PRFScore

from .comparison import Argument, Comparison, Statement
from .prf import prf


def score_pairs(comparisons: Sequence[Comparison]) -> Dict[str, Any]:
    """Score which entities are related. Neither the relation nor its direction counts.

    comparisons (Sequence[Comparison]): The documents.
    RETURNS (Dict[str, Any]): docre_pair_p/r/f, micro-averaged.
    """
    score = PRFScore()
    for comparison in comparisons:
        score.score_set(set(_pairs(comparison.predicted)), set(_pairs(comparison.gold)))
    return prf("docre_pair", score)


def _pairs(statements: FrozenSet[Statement]) -> FrozenSet[Tuple[Argument, ...]]:
    return frozenset(tuple(sorted(statement.arguments)) for statement in statements)
