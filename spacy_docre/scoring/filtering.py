"""Scores without predictions that only say less precisely what the gold data say."""

import warnings
from typing import Any, Dict, FrozenSet, List, Optional, Sequence

from spacy.scorer import PRFScore

from ..errors import Warnings
from .comparison import Comparison, Statement
from .hypernyms import MeshTree
from .prf import prf

POSITIONS = {"head": 0, "tail": 1}


def score_filtered(
    comparisons: Sequence[Comparison], tree: Optional[MeshTree], *, general: str = "tail"
) -> Dict[str, Any]:
    """Score relations with hypernym filtering, as is usual for chemicals and the diseases that
    they induce: a prediction is neither right nor wrong if the gold data do not state it, but state
    it of a more special concept, with all else equal. A gold triple always counts. These are the
    pairs that the data of EoG (Christopoulou et al. 2019) mark as not to be included.

    comparisons (Sequence[Comparison]): The documents, whose entities have ids.
    tree (Optional[MeshTree]): Which concepts are more general. Without it all scores are None.
    general (str): The argument that may be more general, "head" or "tail".
    RETURNS (Dict[str, Any]): docre_filtered_p/r/f, and docre_filtered_left_out, the number of
        predictions that do not count.
    """
    score = PRFScore()
    left_out = 0
    if tree is not None:
        position = POSITIONS[general]
        _warn_unknown(comparisons, tree, position)
        for comparison in comparisons:
            ignored = more_general(comparison, tree, position)
            left_out += len(ignored)
            score.score_set(set(comparison.predicted - ignored), set(comparison.gold))
    return {
        **prf("docre_filtered", score),
        "docre_filtered_left_out": left_out if tree is not None and comparisons else None,
    }


def more_general(comparison: Comparison, tree: MeshTree, position: int) -> FrozenSet[Statement]:
    """The predictions of a document that only say less precisely what the gold data say.

    comparison (Comparison): The document.
    tree (MeshTree): Which concepts are more general.
    position (int): The position of the argument that may be more general.
    RETURNS (FrozenSet[Statement]): The statements.
    """
    special: Dict[Statement, List[str]] = {}
    for statement in comparison.gold:
        id = comparison.entities[statement.arguments[position]].id
        special.setdefault(_without(statement, position), []).append(id)
    return frozenset(
        statement
        for statement in comparison.predicted - comparison.gold
        # An entity that is not in the gold data is wrong, whatever it is called.
        if not statement.arguments[position].unmapped
        and any(
            tree.is_more_general(comparison.entities[statement.arguments[position]].id, id)
            for id in special.get(_without(statement, position), ())
        )
    )


def _without(statement: Statement, position: int) -> Statement:
    arguments = statement.arguments
    return Statement(statement.label, arguments[:position] + arguments[position + 1 :])


def _warn_unknown(comparisons: Sequence[Comparison], tree: MeshTree, position: int) -> None:
    """Where the ids are those of another vocabulary, nothing would be filtered in silence."""
    ids = {
        comparison.entities[statement.arguments[position]].id
        for comparison in comparisons
        for statement in comparison.gold
    }
    if ids and not any(id in tree for id in ids):
        example = min(ids)
        warnings.warn(Warnings.DRW410.format(count=len(ids), example=example), stacklevel=2)
