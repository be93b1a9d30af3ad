"""Paradigms: chains of stages that lead from a document to its facts.

"AutoRE: Document-Level Relation Extraction with Large Language Models" (arXiv 2403.14888),
Section 3.1, calls them D-F, D-RS-F, D-R-F and D-R-H-F, or RHF.
"""

from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

from spacy.util import registry

from ..errors import Errors
from .stages import ROLES, Stage

Chain = Tuple[Stage, ...]

PROMPTS = {
    ("relations", "list"): "relations",
    ("relations", "score"): "relation_holds",
    ("heads", "list"): "heads",
    ("heads", "score"): "head_holds",
    ("facts", "list"): "tails",
    ("facts", "score"): "tail_holds",
}


@registry.misc("spacy_docre.Chain.v1")
def make_chain(*stages: Stage) -> Chain:
    """Put stages into a chain.

    stages (Stage): The stages, in order.
    RETURNS (Tuple[Stage, ...]): The chain.
    RAISES (ValueError): If a stage needs what no earlier one finds, or no triple comes out.
    """
    found: set = set()
    for stage in stages:
        missing = sorted(set(stage.given) - found)
        if missing:
            problem = f"no earlier stage finds the {' and the '.join(missing)}"
            raise ValueError(Errors.DRE607.format(name=stage.name, problem=problem))
        found.update(stage.asks)
    if found != set(ROLES) or len({stage.name for stage in stages}) < len(stages):
        raise ValueError(Errors.DRE608.format(names=[stage.name for stage in stages]))
    last = stages[-1]
    if set(last.known) | set(last.asks) != set(ROLES):
        raise ValueError(Errors.DRE608.format(names=[stage.name for stage in stages]))
    return tuple(stages)


@registry.misc("spacy_docre.RHFChain.v1")
def make_rhf_chain(
    relations: str = "list",
    heads: str = "list",
    facts: str = "list",
    negatives: Optional[List[float]] = None,
    shares: Optional[List[float]] = None,
    learn_rate_factors: Optional[List[float]] = None,
    prompts: Optional[List[str]] = None,
    questions: Optional[List[int]] = None,
) -> Chain:
    """Relations, then the heads of each, then the facts of each relation and head.

    relations (str): "list" to generate the relations, "score" to ask about each.
    heads (str): The same for heads.
    facts (str): The same for tails.
    negatives (Optional[List[float]]): For each stage, see `Stage`, as all that follow.
    shares (Optional[List[float]]): For each stage.
    learn_rate_factors (Optional[List[float]]): For each stage.
    prompts (Optional[List[str]]): For each stage, in place of those of this package.
    questions (Optional[List[int]]): For each stage.
    RETURNS (Tuple[Stage, ...]): The chain.
    """
    answers = {"relations": relations, "heads": heads, "facts": facts}
    stages = [
        Stage("relations", (), ("relation",), _prompt("relations", answers), relations),
        Stage("heads", ("relation",), ("head",), _prompt("heads", answers), heads),
        Stage("facts", ("relation", "head"), ("tail",), _prompt("facts", answers), facts),
    ]
    return make_chain(*_adjust(stages, negatives, shares, learn_rate_factors, prompts, questions))


@registry.misc("spacy_docre.DRFChain.v1")
def make_drf_chain(
    relations: str = "list",
    negatives: Optional[List[float]] = None,
    shares: Optional[List[float]] = None,
    learn_rate_factors: Optional[List[float]] = None,
    prompts: Optional[List[str]] = None,
    questions: Optional[List[int]] = None,
) -> Chain:
    """Relations, then the facts of each. For the settings see `make_rhf_chain`."""
    stages = [
        Stage(
            "relations",
            (),
            ("relation",),
            _prompt("relations", {"relations": relations}),
            relations,
        ),
        Stage("facts", ("relation",), ("head", "tail"), "facts_of_relation"),
    ]
    return make_chain(*_adjust(stages, negatives, shares, learn_rate_factors, prompts, questions))


@registry.misc("spacy_docre.DRSFChain.v1")
def make_drsf_chain(
    relations: str = "list",
    negatives: Optional[List[float]] = None,
    shares: Optional[List[float]] = None,
    learn_rate_factors: Optional[List[float]] = None,
    prompts: Optional[List[str]] = None,
    questions: Optional[List[int]] = None,
) -> Chain:
    """Relations, then the facts of all of them. For the settings see `make_rhf_chain`."""
    stages = [
        Stage(
            "relations",
            (),
            ("relation",),
            _prompt("relations", {"relations": relations}),
            relations,
        ),
        Stage(
            "facts",
            ("relation",),
            ("head", "relation", "tail"),
            "facts_of_relations",
            together=True,
        ),
    ]
    return make_chain(*_adjust(stages, negatives, shares, learn_rate_factors, prompts, questions))


@registry.misc("spacy_docre.DFChain.v1")
def make_df_chain(
    share: float = 1.0, learn_rate_factor: float = 1.0, prompt: str = "facts"
) -> Chain:
    """All facts at once. For the settings see `Stage`."""
    stage = Stage("facts", (), ("head", "relation", "tail"), prompt)
    return make_chain(replace(stage, share=share, learn_rate_factor=learn_rate_factor))


def _prompt(stage: str, answers: dict) -> str:
    # A wrong answer is refused by the stage itself.
    return PROMPTS.get((stage, answers[stage]), stage)


def _adjust(
    stages: List[Stage],
    negatives: Optional[Sequence[float]],
    shares: Optional[Sequence[float]],
    learn_rate_factors: Optional[Sequence[float]],
    prompts: Optional[Sequence[str]],
    questions: Optional[Sequence[int]],
) -> List[Stage]:
    settings = {
        "negatives": negatives,
        "share": shares,
        "learn_rate_factor": learn_rate_factors,
        "prompt": prompts,
        "questions": questions,
    }
    for name, values in settings.items():
        if values is None:
            continue
        if len(values) != len(stages):
            expected = f"a list with a value for each of the {len(stages)} stages"
            raise ValueError(Errors.DRE610.format(name=name, value=list(values), expected=expected))
        changes: List[Dict[str, Any]] = [{name: value} for value in values]
        stages = [replace(stage, **change) for stage, change in zip(stages, changes)]
    return stages
