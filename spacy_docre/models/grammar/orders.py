"""Orders: in which sequence a document's statements are written.

`row_column` is the order to use. The others exist to show what it is worth.
"""

from typing import Callable, Dict, List, NamedTuple

import numpy as np

from ...errors import Errors
from ..pairs.candidate_pairs import Pair


class Statement(NamedTuple):
    """What is said of a pair.

    pair (Pair): The pair.
    symbol (int): The symbol of a relation, or NA.
    """

    pair: Pair
    symbol: int


Order = Callable[[List[Statement], np.random.Generator], List[Statement]]


def row_column(statements: List[Statement], rng: np.random.Generator) -> List[Statement]:
    """Head by head, within a head tail by tail, within a pair relation by relation.
    A pair comes before the longer tuples that begin with it.
    """
    return sorted(statements)


def random(statements: List[Statement], rng: np.random.Generator) -> List[Statement]:
    """Any order. The relations of one pair need not be neighbours."""
    ordered = sorted(statements)
    return [ordered[i] for i in rng.permutation(len(ordered))]


def annotation(statements: List[Statement], rng: np.random.Generator) -> List[Statement]:
    """The order given: triples as annotated, then negative pairs row by row."""
    return list(statements)


ORDERS: Dict[str, Order] = {"row_column": row_column, "random": random, "annotation": annotation}


def get_order(name: str) -> Order:
    """RETURNS (Order): The order of this name.
    RAISES (ValueError): If there is none.
    """
    if name not in ORDERS:
        raise ValueError(Errors.DRE203.format(what="order", name=name, choices=sorted(ORDERS)))
    return ORDERS[name]
