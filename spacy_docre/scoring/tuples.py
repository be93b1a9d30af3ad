"""Scores of tuples of typed entities, as for results that papers report."""

from collections import defaultdict
from itertools import combinations
from typing import Any, DefaultDict, Dict, FrozenSet, List, Sequence, Set, Tuple

from spacy.scorer import PRFScore

from .comparison import Argument, Comparison, Statement
from .relations import prf

Types = Tuple[str, ...]
NAMES = {2: "binary"}


def score_tuples(comparisons: Sequence[Comparison], arities: Sequence[int]) -> Dict[str, Any]:
    """Score tuples of entities, whatever the label that relates them. A relation of more entities
    states all smaller tuples of its entities, too: one of a task, a method, a dataset and a metric
    states six pairs, one for each pair of types.

    comparisons (Sequence[Comparison]): The documents.
    arities (Sequence[int]): The sizes of the tuples to score.
    RETURNS (Dict[str, Any]): For every size (2 is called "binary", and others "4ary" and so on):
        docre_binary_macro_p/r/f, the mean of the scores of all documents and combinations of
        types for which the document has gold tuples, as SciREX's own evaluation computes it; and
        docre_binary_micro_p/r/f, over the tuples of all documents, as DORE reports it.
        docre_binary_gold is the number of gold tuples.
    """
    scores: Dict[str, Any] = {}
    for arity in arities:
        prefix = f"docre_{NAMES.get(arity, f'{arity}ary')}"
        micro = PRFScore()
        single: List[PRFScore] = []
        for comparison in comparisons:
            gold = _tuples(comparison, comparison.gold, arity)
            predicted = _tuples(comparison, comparison.predicted, arity)
            for types in sorted({*gold, *predicted}):
                score = PRFScore()
                score.score_set(predicted[types], gold[types])
                micro += score
                if gold[types]:
                    single.append(score)
        scores.update(prf(f"{prefix}_micro", micro))
        for key, values in {
            "p": [score.precision for score in single],
            "r": [score.recall for score in single],
            "f": [score.fscore for score in single],
        }.items():
            scores[f"{prefix}_macro_{key}"] = sum(values) / len(values) if values else None
        scores[f"{prefix}_gold"] = micro.tp + micro.fn if len(micro) else None
    return scores


def _tuples(
    comparison: Comparison, statements: FrozenSet[Statement], arity: int
) -> DefaultDict[Types, Set[Tuple[Argument, ...]]]:
    """All tuples of a size that statements contain, by the types of their entities."""
    tuples: DefaultDict[Types, Set[Tuple[Argument, ...]]] = defaultdict(set)
    for statement in statements:
        typed = sorted(
            (comparison.entities[argument].type, argument) for argument in statement.arguments
        )
        for chosen in combinations(typed, arity):
            types, arguments = zip(*chosen)
            tuples[types].add(arguments)
    return tuples
