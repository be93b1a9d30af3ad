"""Scores of relations as strings, for comparison with systems that know no entities."""

from typing import Any, Container, Dict, Iterable, Set

from spacy.scorer import PRFScore
from spacy.tokens import Doc
from spacy.training import Example

from ..data.annotated_attrs import gold_attr
from ..data.storage import has_relations
from .facts import TrainFact, train_facts
from .prf import prf


def score_strings(
    examples: Iterable[Example], *, attr: str, symmetric: Container[str] = ()
) -> Dict[str, Any]:
    """Score relations as triples of strings: head, relation, tail. A relation between entities
    states one triple for each pair of a name of its head and a name of its tail, so that
    entities with many names count more: so AutoRE counts facts (arXiv 2403.14888). Equal strings
    count once in a document. Nothing is mapped: an entity need only be called what it is called
    in the gold data.

    examples (Iterable[Example]): The documents. Those whose reference was never annotated
        with relations are left out. Relations of more than two entities state no triples.
    attr (str): The name of the attribute.
    symmetric (Container[str]): Labels of relations whose entities have no order.
    RETURNS (Dict[str, Any]): docre_string_p/r/f, micro-averaged, and the numbers docre_string_gold
        and docre_string_predicted.
    """
    score = PRFScore()
    examples = list(examples)
    gold = gold_attr((example.reference for example in examples), attr)
    for example in examples:
        if has_relations(example.reference, attr=gold):
            score.score_set(
                set(_facts(example.predicted, attr, symmetric)),
                set(_facts(example.reference, gold, symmetric)),
            )
    return {
        **prf("docre_string", score),
        "docre_string_gold": score.tp + score.fn if len(score) else None,
        "docre_string_predicted": score.tp + score.fp if len(score) else None,
    }


def _facts(doc: Doc, attr: str, symmetric: Container[str]) -> Set[TrainFact]:
    return {
        (min(head, tail), max(head, tail), label) if label in symmetric else (head, tail, label)
        for head, tail, label in train_facts([doc], attr=attr)
    }
