"""Triples that somebody else proposes, judged by the last stage of a chain: does the text state it,
yes or no?"""

from typing import Dict, List, Optional, Sequence, Tuple

from ...data.entities import EntityDoc
from ...data.triples import Triple, rank_of
from ...errors import Errors
from .chains import Chain
from .prompter import Prompter
from .prompts.passages import Passage
from .questions import Question
from .stages import ROLES, Stage

Verdicts = Dict[Triple, Optional[float]]


def verdict_stage(chain: Chain) -> Stage:
    """RETURNS (Stage): The stage that says yes or no to triples.
    RAISES (ValueError): If the last stage of the chain asks something else.
    """
    stage = chain[-1]
    if stage.answer != "score" or stage.found != set(ROLES):
        raise ValueError(Errors.DRE785.format(stage=stage.name))
    return stage


def verdicts_on(
    prompter: Prompter, docs: Sequence[EntityDoc], proposed: Sequence[Sequence[Triple]]
) -> List[Verdicts]:
    """Ask about triples. Those of a document share its passage.

    prompter (Prompter): Who asks the language model.
    docs (Sequence[EntityDoc]): The documents.
    proposed (Sequence[Sequence[Triple]]): The triples of each document to ask about.
    RETURNS (List[Dict[Triple, Optional[float]]]): For each document the probability of a yes for
        each of its triples, the highest one if several windows of a long document mention its
        entities; None for a yes whose probability nobody tells. A triple whose entities no window
        has together is not there, nor is one without an answer.
    RAISES (ValueError): If the chain does not end with a stage that says yes or no.
    """
    stage = verdict_stage(prompter.settings.chain)
    asked = [number for number, own in enumerate(proposed) if own]
    passages = prompter.passages([docs[number] for number in asked])

    def ask(group: List[Passage]) -> List[Verdicts]:
        pairs: List[Tuple[int, Triple]] = [
            (place, triple)
            for place, passage in enumerate(group)
            for triple in proposed[asked[passage.number]]
            if set(triple.entities) <= passage.names.keys()
        ]
        questions = [_question(stage, group[place], triple, prompter) for place, triple in pairs]
        verdicts: List[Verdicts] = [{} for _ in group]
        if questions:
            answers = prompter.counted_session(group, 0.0).answer(stage, questions)
            for (place, triple), items in zip(pairs, answers, strict=True):
                for item in items:  # one, or none where the answer could not be read
                    score = item.score
                    verdicts[place][triple] = None if score is None else min(1.0, score)
        return verdicts

    found: List[Verdicts] = [{} for _ in docs]
    for passage, verdicts in zip(passages, prompter.by_batch(passages, ask)):
        best = found[asked[passage.number]]
        for triple, score in verdicts.items():
            best[triple] = max(best.get(triple, 0.0), score, key=rank_of)
    return found


def _question(stage: Stage, passage: Passage, triple: Triple, prompter: Prompter) -> Question:
    parts = {
        "relation": prompter.schema.index(triple.label),
        "head": triple.head,
        "tail": triple.tail,
    }
    given = tuple(sorted((role, parts[role]) for role in stage.given))
    return Question(stage, passage, given, candidate=parts[stage.asks[0]])
