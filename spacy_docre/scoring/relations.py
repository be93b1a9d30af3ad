"""Score relations against the reference."""

import warnings
from collections import defaultdict
from typing import (
    Any,
    Collection,
    Container,
    DefaultDict,
    Dict,
    Iterable,
    Optional,
    Sequence,
)

from spacy.scorer import PRFScore
from spacy.training import Example

from ..data.storage import DEFAULT_ATTR
from ..errors import Warnings
from .comparison import Comparison, Statement, compare_all
from .evidence import score_evidence
from .facts import TrainFact
from .prf import prf


def score_relations(
    examples: Iterable[Example],
    *,
    attr: str = DEFAULT_ATTR,
    train_facts: Optional[Collection[TrainFact]] = None,
    symmetric: Container[str] = (),
) -> Dict[str, Any]:
    """Score predicted relations. Every triple counts once per document, and is correct if
    the reference has the same label with the same entities in the same order. Predicted
    entities need not be those of the reference: `map_entities` finds their counterparts,
    and a triple with an entity that has none is wrong.

    examples (Iterable[Example]): The documents. Those whose reference was never annotated
        with relations are left out.
    attr (str): The name of the attribute.
    train_facts (Optional[Collection[TrainFact]]): What the training data state, as a set,
        for the `docre_ign` scores: correct predictions that are such a fact, for any of the
        names of their entities, leave both counts of precision, while recall stays as it is.
        This is what DocRED's own evaluation does; wrong predictions always count.
    symmetric (Container[str]): Labels of relations whose entities have no order. A pair
        that is annotated in both directions then counts once.
    RETURNS (Dict[str, Any]): The scores, None where there was nothing to score:
        docre_micro_p/r/f; docre_ign_p/f; docre_per_relation, by label, with p, r, f and
        support; docre_same_sentence_p/r/f and docre_cross_sentence_p/r/f, where a relation is
        within a sentence if some sentence mentions all of its entities, and documents
        without sentence boundaries are left out; docre_evidence_p/r/f, see `score_evidence`;
        docre_gold, docre_predicted and
        docre_correct, the numbers of triples; docre_documents, the number of documents.
    RAISES (ValueError): If the texts of an example differ.
    """
    comparisons = compare_all(examples, attr=attr, symmetric=symmetric)
    return score_comparisons(comparisons, train_facts=train_facts, symmetric=symmetric)


def score_comparisons(
    comparisons: Sequence[Comparison],
    *,
    train_facts: Optional[Collection[TrainFact]] = None,
    symmetric: Container[str] = (),
) -> Dict[str, Any]:
    """What `score_relations` returns, for documents that were compared already.

    comparisons (Sequence[Comparison]): The documents.
    train_facts (Optional[Collection[TrainFact]]): See `score_relations`.
    symmetric (Container[str]): The labels that were symmetric in the comparison.
    RETURNS (Dict[str, Any]): The scores.
    """
    micro, unseen, same, cross = PRFScore(), PRFScore(), PRFScore(), PRFScore()
    per_relation: DefaultDict[str, PRFScore] = defaultdict(PRFScore)
    documents = len(comparisons)
    unsegmented = sum(comparison.sentences is None for comparison in comparisons)
    facts = None if train_facts is None else frozenset(train_facts)
    for comparison in comparisons:
        predicted, gold = comparison.predicted, comparison.gold
        micro.score_set(set(predicted), set(gold))
        for statement in predicted | gold:
            scores = [per_relation[statement.label]]
            if comparison.sentences is not None:
                scores.append(same if comparison.within_sentence(statement) else cross)
            for score in scores:
                score.tp += statement in predicted and statement in gold
                score.fp += statement in predicted and statement not in gold
                score.fn += statement in gold and statement not in predicted
        if facts is not None:
            known = {s for s in predicted & gold if _is_known(s, comparison, facts, symmetric)}
            unseen.score_set(set(predicted) - known, set(gold))
    if 0 < unsegmented < documents:
        warnings.warn(Warnings.DRW401.format(count=unsegmented, total=documents), stacklevel=2)
    return {
        **prf("docre_micro", micro),
        **_ign(micro, unseen, facts is not None),
        **prf("docre_same_sentence", same),
        **prf("docre_cross_sentence", cross),
        **score_evidence(comparisons),
        "docre_per_relation": {
            label: {**score.to_dict(), "support": score.tp + score.fn}
            for label, score in sorted(per_relation.items())
        }
        if documents
        else None,
        "docre_gold": micro.tp + micro.fn if documents else None,
        "docre_predicted": micro.tp + micro.fp if documents else None,
        "docre_correct": micro.tp if documents else None,
        "docre_documents": documents or None,
    }


def _is_known(
    statement: Statement,
    comparison: Comparison,
    facts: Collection[TrainFact],
    symmetric: Container[str],
) -> bool:
    if len(statement.arguments) != 2:
        return False
    label = statement.label
    heads, tails = (comparison.names[argument] for argument in statement.arguments)
    return any(
        (head, tail, label) in facts or (label in symmetric and (tail, head, label) in facts)
        for head in heads
        for tail in tails
    )


def _ign(micro: PRFScore, unseen: PRFScore, known: bool) -> Dict[str, Optional[float]]:
    if not known or not len(micro):
        return {"docre_ign_p": None, "docre_ign_f": None}
    precision, recall = unseen.precision, micro.recall
    total = precision + recall
    f = 2 * precision * recall / total if total else 0.0
    return {"docre_ign_p": precision, "docre_ign_f": f}
