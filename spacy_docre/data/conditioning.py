"""Scores of documents that are known to state a relation, such as those of a corpus that was
collected for its relations."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import List

from .triples import Triple


def condition_on_any_relation(triples: Sequence[Triple], threshold: float) -> List[Triple]:
    """Score the triples of a document given that at least one of them holds, and keep those that
    reach a threshold.

    If they hold independently of each other, with their scores as probabilities, then the
    probability of one given any is its own over that of any: 1 minus the product of the
    probabilities that they do not hold. In a document that hardly states a relation scores
    rise, most of all if few pairs share what is certain to be there; in one that clearly does,
    they stay as they are. Their order stays the same.

    triples (Sequence[Triple]): All triples of the document, however low their scores.
    threshold (float): The score that a triple needs at least.
    RETURNS (List[Triple]): The triples that have it, with their new scores.
    """
    if any(triple.rank >= 1 for triple in triples):
        return [triple for triple in triples if triple.rank >= threshold]
    # Of small scores, 1 minus the product would leave nothing but rounding.
    any_holds = -math.expm1(sum(math.log1p(-triple.rank) for triple in triples))
    # Where all scores are 0, which holds cannot be told.
    scored = (
        replace(triple, score=min(1.0, triple.rank / any_holds)) if any_holds else triple
        for triple in triples
    )
    return [triple for triple in scored if triple.rank >= threshold]
