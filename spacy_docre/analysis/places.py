"""How far apart entities are in a document, and how often they are mentioned."""

from typing import Dict, List, Optional, Tuple

from ..scoring.comparison import Comparison, Statement

SAME_SENTENCE = "same sentence"
NO_SENTENCES = "no sentence boundaries"
DISTANCES = (SAME_SENTENCE, "1", "2", "3-5", ">5", NO_SENTENCES)
MENTIONS = ("1", "2", "3-5", ">5")


def closest_sentences(comparison: Comparison, statement: Statement) -> Optional[Tuple[int, int]]:
    """Where the entities of a statement are closest.

    comparison (Comparison): The document.
    statement (Statement): The statement.
    RETURNS (Optional[Tuple[int, int]]): The first and the last sentence of the smallest stretch of
        text that mentions every entity. None without sentence boundaries.
    """
    if comparison.sentences is None:
        return None
    places: List[Tuple[int, int]] = sorted(
        (sentence, role)
        for role, argument in enumerate(statement.arguments)
        for sentence in comparison.sentences[argument]
    )
    last: Dict[int, int] = {}
    stretches: List[Tuple[int, int]] = []
    for sentence, role in places:
        last[role] = sentence
        if len(last) == len(statement.arguments):
            stretches.append((min(last.values()), sentence))
    return min(stretches, key=lambda stretch: stretch[1] - stretch[0])


def distance_bucket(comparison: Comparison, statement: Statement) -> str:
    """RETURNS (str): One of DISTANCES."""
    stretch = closest_sentences(comparison, statement)
    if stretch is None:
        return NO_SENTENCES
    sentences = stretch[1] - stretch[0]
    return SAME_SENTENCE if sentences == 0 else _bucket(sentences)


def mention_bucket(comparison: Comparison, statement: Statement) -> str:
    """RETURNS (str): One of MENTIONS, for the entity that is mentioned least often."""
    return _bucket(min(len(comparison.entities[a].mentions) for a in statement.arguments))


def _bucket(number: int) -> str:
    if number <= 2:
        return str(number)
    return "3-5" if number <= 5 else ">5"
