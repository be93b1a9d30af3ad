"""What there is to learn from a passage: questions with their gold answers, and negatives."""

from dataclasses import dataclass, replace
from typing import Dict, List, Sequence, Set, Tuple

import numpy

from ...data.schema import Schema
from .answers.choices import Values
from .prompts.passages import Passage
from .questions import PartialTriple, Parts, Question, ask, gold_items, gold_parts, values_of
from .stages import Stage

# How often a negative question is about a relation that the document states elsewhere.
NEAR = 0.5
# How often to draw before there seem to be no more negatives.
PATIENCE = 20


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question and its answer.

    question (Question): The question.
    items (Tuple[Tuple[int, ...], ...]): The items of the answer.
    """

    question: Question
    items: Tuple[Values, ...]


def draw_questions(
    stage: Stage, passage: Passage, schema: Schema, rng: numpy.random.Generator
) -> List[AnsweredQuestion]:
    """Draw what a stage learns from a passage in one pass: the questions that earlier stages
    lead to if they find everything, and some to which the answer is empty.

    stage (Stage): The stage.
    passage (Passage): The passage, of a document with gold triples.
    schema (Schema): The relations.
    rng (numpy.random.Generator): Draws negatives and shuffles the questions.
    RETURNS (List[AnsweredQuestion]): The questions, with their answers.
    """
    if rng.random() >= stage.share:
        return []
    gold = gold_parts(passage, schema)
    partials = _partials(stage, passage, gold, schema, rng)
    # What is the same for all candidates is asked for once, and the candidates are drawn.
    plain = replace(stage, answer="list")
    found: List[AnsweredQuestion] = []
    for question in ask(plain, passage, partials, schema):
        question = replace(question, stage=stage)
        items = gold_items(question, gold)
        if stage.answer == "list":
            found.append(AnsweredQuestion(question, tuple(items)))
            continue
        right = {item[0] for item in items}
        options = values_of(question.choices(schema).options())
        wrong = [value for value in options if value not in right]
        number = min(len(wrong), max(1, round(stage.negatives * len(right))))
        drawn = rng.permutation(len(wrong))[:number]
        for candidate in [*sorted(right), *(wrong[i] for i in drawn)]:
            asked = replace(question, candidate=candidate)
            found.append(AnsweredQuestion(asked, tuple(items)))
    drawn = rng.permutation(len(found))
    return [found[i] for i in (drawn[: stage.questions] if stage.questions else drawn)]


def _partials(
    stage: Stage,
    passage: Passage,
    gold: Sequence[Parts],
    schema: Schema,
    rng: numpy.random.Generator,
) -> List[PartialTriple]:
    """What earlier stages would have found, and what they might find wrongly."""
    if not stage.given:
        return [PartialTriple()]
    right = {tuple((role, parts[role]) for role in sorted(stage.given)) for parts in gold}
    number = round(stage.negatives * len(right))
    wanted = number if right and stage.negatives == 0 else max(1, number)
    wrong: Set[Tuple[Tuple[str, int], ...]] = set()
    stated = sorted({parts["relation"] for parts in gold})
    entities = list(passage.names)
    for _ in range(PATIENCE * wanted):
        if len(wrong) >= wanted or not entities:
            break
        values: Dict[str, int] = {}
        for role in sorted(stage.given):
            if role != "relation":
                values[role] = entities[rng.integers(len(entities))]
            elif stated and len(stage.given) > 1 and rng.random() < NEAR:
                values[role] = stated[rng.integers(len(stated))]
            else:
                values[role] = int(rng.integers(len(schema.relations)))
        drawn = tuple(values.items())
        if drawn not in right:
            wrong.add(drawn)
    return [PartialTriple(parts) for parts in sorted(right) + sorted(wrong)]
