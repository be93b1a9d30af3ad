"""Why a triple was missed, and what is wrong with one that was predicted."""

from collections import defaultdict
from typing import DefaultDict, Dict, Iterable, Set, Tuple

from ..scoring.comparison import Argument, Comparison, Statement

CORRECT = "correct"
# Of gold triples:
ENTITY_MISSED = "entity missed"
CALLED_NA = "pair called NA"
# Of predictions:
NO_GOLD_ENTITY = "no gold entity"
UNRELATED = "pair is unrelated"
# Of both:
WRONG_DIRECTION = "direction wrong"
WRONG_RELATION = "relation wrong"
# Of gold triples whose pair has only correct predictions, and of predictions for a pair of which
# nothing was missed:
ONE_OF_SEVERAL = "another relation of the pair found"
ONE_TOO_MANY = "a further relation of the pair"

MISSED = (ENTITY_MISSED, CALLED_NA, WRONG_RELATION, WRONG_DIRECTION, ONE_OF_SEVERAL)
SPURIOUS = (NO_GOLD_ENTITY, UNRELATED, WRONG_RELATION, WRONG_DIRECTION, ONE_TOO_MANY)

# Entities that are related, in any order.
Pair = Tuple[Argument, ...]


def gold_outcomes(comparison: Comparison) -> Dict[Statement, str]:
    """What became of gold triples.

    comparison (Comparison): A document.
    RETURNS (Dict[Statement, str]): CORRECT, or one of MISSED, for each.
    """
    predicted = by_pair(comparison.predicted)
    outcomes = {}
    for statement in comparison.gold:
        said = predicted[pair_of(statement)]
        if statement in said:
            outcomes[statement] = CORRECT
        elif any(argument not in comparison.detected for argument in statement.arguments):
            outcomes[statement] = ENTITY_MISSED
        elif not said:
            outcomes[statement] = CALLED_NA
        else:
            outcomes[statement] = _compare(statement, said, comparison.gold, ONE_OF_SEVERAL)
    return outcomes


def predicted_outcomes(comparison: Comparison) -> Dict[Statement, str]:
    """What predicted triples are worth.

    comparison (Comparison): A document.
    RETURNS (Dict[Statement, str]): CORRECT, or one of SPURIOUS, for each.
    """
    gold = by_pair(comparison.gold)
    outcomes = {}
    for statement in comparison.predicted:
        true = gold[pair_of(statement)]
        if statement in true:
            outcomes[statement] = CORRECT
        elif any(argument.unmapped for argument in statement.arguments):
            outcomes[statement] = NO_GOLD_ENTITY
        elif not true:
            outcomes[statement] = UNRELATED
        else:
            outcomes[statement] = _compare(statement, true, comparison.predicted, ONE_TOO_MANY)
    return outcomes


def confusions(comparison: Comparison) -> Iterable[Tuple[str, str]]:
    """YIELDS (Tuple[str, str]): The label of a missed triple and that of a wrong prediction for the
    same pair."""
    predicted = by_pair(comparison.predicted - comparison.gold)
    for statement in comparison.gold - comparison.predicted:
        for other in predicted[pair_of(statement)]:
            if other.label != statement.label:
                yield statement.label, other.label


def by_pair(statements: Iterable[Statement]) -> DefaultDict[Pair, Set[Statement]]:
    """RETURNS (DefaultDict[Pair, Set[Statement]]): Statements by the entities they relate."""
    pairs: DefaultDict[Pair, Set[Statement]] = defaultdict(set)
    for statement in statements:
        pairs[pair_of(statement)].add(statement)
    return pairs


def pair_of(statement: Statement) -> Pair:
    """RETURNS (Pair): The entities of a statement, in an order that depends on nothing else."""
    return tuple(sorted(statement.arguments))


def _compare(
    statement: Statement, others: Set[Statement], explained: Iterable[Statement], rest: str
) -> str:
    """Compare a statement with those that the other side makes of the same pair, of which some
    are explained: they are correct."""
    open_ = others.difference(explained)
    if any(other.label == statement.label for other in open_):
        return WRONG_DIRECTION
    return WRONG_RELATION if open_ else rest
