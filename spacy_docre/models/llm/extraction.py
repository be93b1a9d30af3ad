"""From passages to triples, along the chain of stages."""

from collections.abc import Iterator
from typing import Dict, List, Protocol, Sequence, Tuple

from ...data.schema import Schema
from ...data.triples import Triple, rank_of
from .answers.lists import Item
from .chains import Chain
from .prompts.passages import Passage
from .questions import PartialTriple, Question, ask
from .stages import Stage


class Session(Protocol):
    """Answers questions about a batch of passages."""

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage.

        stage (Stage): The stage.
        questions (Sequence[Question]): Its questions, about passages of the batch.
        RETURNS (List[List[Item]]): For each question the items of its answer. The answer to
            a question with a candidate holds the candidate, whatever its score; nothing if it
            could not be read.
        """
        ...


def run_chain(
    chain: Chain,
    session: Session,
    passages: Sequence[Passage],
    schema: Schema,
    threshold: float,
) -> Iterator[List[List[PartialTriple]]]:
    """Ask the questions of all stages, one stage after the other for all passages. The score of
    a triple is the product of those of its stages, so what falls below the threshold on the
    way is not followed.

    chain (Tuple[Stage, ...]): The stages.
    session (Session): Who answers.
    passages (Sequence[Passage]): The passages.
    schema (Schema): The relations.
    threshold (float): The score that a triple needs.
    YIELDS (List[List[PartialTriple]]): For each stage what is known of each passage after it, in
        the order found. After the last one these are triples.
    """
    partials: List[List[PartialTriple]] = [[PartialTriple()] for _ in passages]
    for stage in chain:
        questions = [
            (number, question)
            for number, passage in enumerate(passages)
            for question in ask(stage, passage, partials[number], schema)
        ]
        partials = [[] for _ in passages]
        answers = session.answer(stage, [question for _, question in questions])
        for (number, question), items in zip(questions, answers):
            found = (question.partial(values, score) for values, score in items)
            partials[number].extend(
                partial for partial in found if rank_of(partial.score) >= threshold
            )
        yield partials


def merge_windows(
    passages: Sequence[Passage],
    partials: Sequence[Sequence[PartialTriple]],
    schema: Schema,
    docs: int,
) -> List[List[Triple]]:
    """Put together what was found in the windows of documents. Of a triple that was found
    several times the best score counts.

    passages (Sequence[Passage]): The passages.
    partials (Sequence[Sequence[PartialTriple]]): What was found in each.
    schema (Schema): The relations.
    docs (int): The number of documents.
    RETURNS (List[List[Triple]]): The triples of each document.
    """
    merged: List[Dict[Tuple, Triple]] = [{} for _ in range(docs)]
    for passage, found in zip(passages, partials):
        best = merged[passage.number]
        for triple in (partial.triple(schema) for partial in found):
            key = (triple.entities, triple.label)
            if key not in best or best[key].rank < triple.rank:
                best[key] = triple
    return [list(best.values()) for best in merged]
