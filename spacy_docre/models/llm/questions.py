"""Questions: what a stage asks about a passage, and what the gold data answer."""

from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from ...data.entities import EntityDoc
from ...data.schema import Schema
from ...data.triples import Triple, rank_of
from .answers.choices import Choices, Values
from .prompts.passages import Passage
from .stages import Stage

Parts = Mapping[str, int]


@dataclass(frozen=True)
class PartialTriple:
    """What is known of a triple so far.

    parts (Tuple[Tuple[str, int], ...]): Relation, as its index in the schema, head and tail.
    score (Optional[float]): The product of the scores of all stages that found it; None if one of
        them told none.
    """

    parts: Tuple[Tuple[str, int], ...] = ()
    score: Optional[float] = 1.0

    def triple(self, schema: Schema) -> Triple:
        """RETURNS (Triple): The triple, of which all parts are known."""
        parts = dict(self.parts)
        label = schema.relations[parts["relation"]].label
        score = None if self.score is None else min(1.0, self.score)
        return Triple((parts["head"], parts["tail"]), label, score)


@dataclass(frozen=True)
class Question:
    """A question.

    stage (Stage): The stage that asks it.
    passage (Passage): The passage it is about.
    given (Tuple[Tuple[str, int], ...]): The parts of a triple that are known.
    relations (Tuple[int, ...]): The relations that may be the answer, where one is asked for.
    score (Optional[float]): That of what is given.
    candidate (Optional[int]): What to say yes or no to.
    scores (Optional[Mapping[int, Optional[float]]]): The scores of the relations that may be the
        answer, where earlier stages found them.
    """

    stage: Stage
    passage: Passage
    given: Tuple[Tuple[str, int], ...] = ()
    relations: Tuple[int, ...] = ()
    score: Optional[float] = 1.0
    candidate: Optional[int] = None
    scores: Optional[Mapping[int, Optional[float]]] = None

    def choices(self, schema: Schema) -> Choices:
        """RETURNS (Choices): The items that an answer may list."""
        entities = tuple(self.passage.names)
        domains = {"relation": self.relations, "head": entities, "tail": entities}
        doc = self.passage.doc
        return Choices(
            dict(self.given), self.stage.asks, domains, lambda parts: fits(parts, doc, schema)
        )

    def partial(self, item: Values, score: Optional[float]) -> PartialTriple:
        """RETURNS (PartialTriple): What is known once an item answers the question."""
        asks, known = self.stage.asks, self.score
        if self.scores is not None:
            known = self.scores[item[asks.index("relation")]]
        parts = {**dict(self.given), **dict(zip(asks, item))}
        product = None if known is None or score is None else known * score
        return PartialTriple(tuple(sorted(parts.items())), product)


def fits(parts: Parts, doc: EntityDoc, schema: Schema) -> bool:
    """RETURNS (bool): Whether some parts of a triple can stand together: head and tail differ,
    and have types that the relation allows. A type that is not known may be any."""
    head, tail, relation = parts.get("head"), parts.get("tail"), parts.get("relation")
    if head is not None and head == tail:
        return False
    if relation is None:
        return True
    allows = schema.relations[relation].allows
    return all(
        entity is None or not doc.entities[entity].type or allows(role, doc.entities[entity].type)
        for role, entity in enumerate((head, tail))
    )


def ask(
    stage: Stage, passage: Passage, partials: Sequence[PartialTriple], schema: Schema
) -> List[Question]:
    """Ask about what earlier stages found.

    stage (Stage): The stage.
    passage (Passage): The passage.
    partials (Sequence[PartialTriple]): What earlier stages found in it.
    schema (Schema): The relations.
    RETURNS (List[Question]): The questions to which there are answers at all.
    """
    everything = tuple(range(len(schema.relations)))
    if stage.together:
        found = {dict(partial.parts)["relation"]: partial.score for partial in partials}
        if not found:
            return []
        best_score = max(found.values(), key=rank_of)
        questions = [Question(stage, passage, (), tuple(sorted(found)), best_score, scores=found)]
    else:
        best: Dict[Tuple[Tuple[str, int], ...], Optional[float]] = {}
        for partial in partials:
            given = tuple((role, value) for role, value in partial.parts if role in stage.given)
            best[given] = max(best.get(given, 0.0), partial.score, key=rank_of)
        questions = [
            Question(stage, passage, given, everything, score) for given, score in best.items()
        ]
    return [q for question in questions for q in _with_candidates(question, schema)]


def _with_candidates(question: Question, schema: Schema) -> Iterator[Question]:
    options = question.choices(schema).options()
    if question.stage.answer == "list":
        if options:
            yield question
        return
    for value in values_of(options):
        yield replace(question, candidate=value)


def values_of(bits: int) -> List[int]:
    """RETURNS (List[int]): The values of a set of bits, in order."""
    return [value for value in range(bits.bit_length()) if bits >> value & 1]


def gold_parts(passage: Passage, schema: Schema) -> List[Dict[str, int]]:
    """RETURNS (List[Dict[str, int]]): The gold triples whose entities the passage mentions,
    sorted by relation, head and tail."""
    found = {
        (schema.index(triple.label), triple.head, triple.tail)
        for triple in passage.doc.gold or ()
        if triple.head in passage.names and triple.tail in passage.names
    }
    return [dict(zip(("relation", "head", "tail"), parts)) for parts in sorted(found)]


def gold_items(question: Question, gold: Sequence[Parts]) -> List[Values]:
    """RETURNS (List[Values]): The items that answer a question, sorted."""
    asks, given = question.stage.asks, question.given
    return sorted(
        {
            tuple(parts[role] for role in asks)
            for parts in gold
            if all(parts[role] == value for role, value in given)
            and ("relation" not in asks or parts["relation"] in question.relations)
        }
    )
