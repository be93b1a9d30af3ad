"""Chains of stages, which lead from a document to its facts.

The one that is asked if no other is named is RHF: "AutoRE: Document-Level Relation Extraction with
Large Language Models" (arXiv 2403.14888). The paper's other paradigms are in
`projects/autore_ablation`.
"""

from typing import Any, Dict, Mapping, Tuple

from spacy.util import registry

from ...errors import Errors
from .stages import ROLES, Stage

Chain = Tuple[Stage, ...]

# Of each stage of RHF what is given, what is asked for, and the prompts for a list and for a score.
RHF = {
    "relations": ((), ("relation",), {"list": "relations", "score": "relation_holds"}),
    "heads": (("relation",), ("head",), {"list": "heads", "score": "head_holds"}),
    "facts": (("relation", "head"), ("tail",), {"list": "tails", "score": "tail_holds"}),
}
SETTINGS = ("answer", "prompt", "share", "negatives", "questions")


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
    names = [stage.name for stage in stages]
    if len(set(names)) < len(names) or not stages or stages[-1].found != set(ROLES):
        raise ValueError(Errors.DRE608.format(names=names))
    return tuple(stages)


@registry.misc("spacy_docre.RHFChain.v1")
def make_rhf_chain(
    relations: Dict[str, Any] = {},  # noqa: B006
    heads: Dict[str, Any] = {},  # noqa: B006
    facts: Dict[str, Any] = {},  # noqa: B006
) -> Chain:
    """Relations, then the heads of each, then the facts of each relation and head.

    relations (Dict[str, Any]): Settings of the first stage, where it shall have others: `answer`,
        `prompt`, `share`, `negatives` and `questions`, see `Stage`.
    heads (Dict[str, Any]): The same for the second stage.
    facts (Dict[str, Any]): The same for the last stage.
    RETURNS (Tuple[Stage, ...]): The chain.
    RAISES (ValueError): If there is no such setting, or it has another value.
    """
    settings = {"relations": relations, "heads": heads, "facts": facts}
    return make_chain(*(_rhf_stage(name, settings[name]) for name in RHF))


@registry.misc("spacy_docre.ListedRHFChain.v1")
def make_listed_rhf_chain() -> Chain:
    """RHF for models that were not trained for it: the first question names all relations.

    RETURNS (Tuple[Stage, ...]): The chain.
    """
    return make_rhf_chain(relations={"prompt": "relations_listed"})


@registry.misc("spacy_docre.OneRequestChain.v1")
def make_one_request_chain(prompt: str = "facts_listed") -> Chain:
    """All facts in one answer.

    prompt (str): The name of a template of this package, or the path of a file.
    RETURNS (Tuple[Stage, ...]): The chain.
    """
    return make_chain(Stage("facts", (), ("head", "relation", "tail"), prompt))


@registry.misc("spacy_docre.VerdictChain.v1")
def make_verdict_chain(prompt: str = "tail_holds") -> Chain:
    """The end of a chain, for what somebody else proposes: does the text state it, yes or no?

    prompt (str): The name of a template of this package, or the path of a file.
    RETURNS (Tuple[Stage, ...]): The chain, which finds nothing by itself.
    """
    return (Stage("verdict", ("relation", "head"), ("tail",), prompt, answer="score"),)


def _rhf_stage(name: str, settings: Mapping[str, Any]) -> Stage:
    unknown = sorted(settings.keys() - set(SETTINGS))
    if unknown:
        problem = f"it has no {', '.join(unknown)}, but {', '.join(SETTINGS)}"
        raise ValueError(Errors.DRE607.format(name=name, problem=problem))
    given, asks, prompts = RHF[name]
    # A wrong answer is refused by the stage itself.
    prompt = prompts.get(settings.get("answer", "list"), "")
    return Stage(name, given, asks, **{"prompt": prompt, **settings})
