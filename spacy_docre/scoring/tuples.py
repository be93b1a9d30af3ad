"""Scores of tuples of entities in roles, as for results that papers report."""

from collections import defaultdict
from itertools import combinations
from typing import Any, DefaultDict, Dict, FrozenSet, List, Sequence, Set, Tuple

from spacy.scorer import PRFScore

from .comparison import Argument, Comparison, Statement
from .prf import prf

Roles = Tuple[str, ...]
NAMES = {2: "binary"}


def score_tuples(comparisons: Sequence[Comparison], arities: Sequence[int]) -> Dict[str, Any]:
    """Score tuples of entities, whatever the label that relates them. A relation of more entities
    states all smaller tuples of its entities, too: one of a task, a method, a dataset and a metric
    states six pairs, one for each pair of roles. Where relations have no roles but head and tail,
    the types of the entities take their place.

    comparisons (Sequence[Comparison]): The documents.
    arities (Sequence[int]): The sizes of the tuples to score.
    RETURNS (Dict[str, Any]): For every size (2 is called "binary", and others "4ary" and so on):
        docre_binary_macro_p/r/f, the mean of the scores of all documents and combinations of
        roles for which the document has gold tuples, as SciREX's own evaluation computes it; and
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
            for roles in sorted({*gold, *predicted}):
                score = PRFScore()
                score.score_set(predicted[roles], gold[roles])
                micro += score
                if gold[roles]:
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
) -> DefaultDict[Roles, Set[Tuple[Argument, ...]]]:
    """All tuples of a size that statements contain, by the roles of their entities."""
    tuples: DefaultDict[Roles, Set[Tuple[Argument, ...]]] = defaultdict(set)
    for statement in statements:
        types = [comparison.entities[argument].type for argument in statement.arguments]
        roles = comparison.roles.get(statement.label, types)
        for chosen in combinations(sorted(zip(roles, statement.arguments)), arity):
            filled, arguments = zip(*chosen)
            tuples[filled].add(arguments)
    return tuples
