"""The scorer as a registered function, for the config of a pipeline."""

import warnings
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterable, Optional, Sequence, Union

import spacy
from spacy.training import Example
from spacy.util import SimpleFrozenList

from ..errors import Warnings
from ..storage import DEFAULT_ATTR
from .facts import TrainFact, read_facts
from .relations import score_relations

# None keeps a score out of the table that training prints.
DEFAULT_SCORE_WEIGHTS: Dict[str, Optional[float]] = {
    "docre_micro_f": 1.0,
    "docre_micro_p": 0.0,
    "docre_micro_r": 0.0,
    "docre_ign_p": None,
    "docre_ign_f": None,
    "docre_same_sentence_p": None,
    "docre_same_sentence_r": None,
    "docre_same_sentence_f": None,
    "docre_cross_sentence_p": None,
    "docre_cross_sentence_r": None,
    "docre_cross_sentence_f": None,
    "docre_per_relation": None,
    "docre_gold": None,
    "docre_predicted": None,
    "docre_correct": None,
}


@spacy.registry.scorers("spacy_docre.relations_scorer.v1")
def make_relations_scorer(
    attr: Optional[str] = None,
    train_facts: Optional[Union[str, Path]] = None,
    symmetric: Sequence[str] = SimpleFrozenList(),
) -> Callable[..., Dict[str, Any]]:
    """Create a scorer of relations.

    attr (Optional[str]): The name of the attribute; the pipe's if None.
    train_facts (Optional[Union[str, Path]]): The training data in .spacy format, or a file
        of facts, for the `docre_ign` scores. Read when first needed; where the file is not
        there, those scores are None, with a warning.
    symmetric (Sequence[str]): Labels of relations whose entities have no order; those of the
        pipe's schema if empty.
    RETURNS (Callable[..., Dict[str, Any]]): The scorer, see `score_relations`.
    """
    cache: Dict[str, Optional[FrozenSet[TrainFact]]] = {}

    # The pipe adds its settings, of which its attribute and its schema's symmetric relations
    # concern scores. What the config says here comes first.
    def score(examples: Iterable[Example], **cfg: Any) -> Dict[str, Any]:
        name = attr or cfg.get("attr", DEFAULT_ATTR)
        if train_facts is not None and not cache:
            # Pipelines travel without their training data, and are evaluated all the same.
            if Path(train_facts).is_file():
                cache["facts"] = frozenset(read_facts(train_facts, attr=name))
            else:
                cache["facts"] = None
                warnings.warn(Warnings.DRW402.format(path=train_facts), stacklevel=2)
        return score_relations(
            examples,
            attr=name,
            train_facts=cache.get("facts"),
            symmetric=frozenset(symmetric or cfg.get("symmetric", ())),
        )

    return score
