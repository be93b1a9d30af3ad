"""Where a chain loses recall and precision: each stage given what is right, and each stage given
what the stages before it found."""

from collections.abc import Iterable
from typing import (
    TYPE_CHECKING,
    Any,
    Container,
    Dict,
    FrozenSet,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from spacy.scorer import PRFScore
from spacy.training import Example

from ...data.alignment import gold_entity_doc
from ...data.annotated_attrs import gold_attr
from ...data.calibration import Calibration
from ...data.entities import EntityDoc
from ...data.storage import store_relations
from ...data.symmetry import add_directions, merge_directions
from ...data.triples import Triple, rank_of
from ...scoring.strings import score_strings
from ..extractor import Triples, finish
from .architecture import prompter_of
from .extraction import merge_windows
from .prompter import Prompter
from .prompts.passages import Passage
from .questions import PartialTriple, ask, gold_parts
from .stages import Stage

if TYPE_CHECKING:
    from ...pipe import RelationExtractor

Found = FrozenSet[Tuple[str, int]]
# A document, what is known, and what was found.
Key = Tuple[int, Found, Found]


class StageScores(NamedTuple):
    """The scores of a stage.

    name (str): The stage.
    given_gold (PRFScore): Its answers to the questions that follow from the gold triples.
    in_chain (PRFScore): All parts of triples that are known after it, in the chain.
    """

    name: str
    given_gold: PRFScore
    in_chain: PRFScore

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {
            "name": self.name,
            "given_gold": self.given_gold.to_dict(),
            "in_chain": self.in_chain.to_dict(),
        }


class Analysis(NamedTuple):
    """What the stages of a chain find.

    stages (List[StageScores]): The scores of each stage. The last one's score in the chain is that
        of the triples, end to end, of which those of symmetric relations count once.
    triples (List[List[Triple]]): The triples of each document.
    """

    stages: List[StageScores]
    triples: List[Triples]


class ChainScores(NamedTuple):
    """The scores of a chain.

    stages (List[StageScores]): Those of each stage.
    strings (Dict[str, Any]): Those of its triples by strings, see `score_strings`.
    """

    stages: List[StageScores]
    strings: Dict[str, Any]

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {"stages": [each.to_dict() for each in self.stages], **self.strings}


def score_chain(pipe: "RelationExtractor", examples: Iterable[Example]) -> ChainScores:
    """Score a chain, and write what it finds to the predicted documents.

    pipe (RelationExtractor): The component.
    examples (Iterable[Example]): Documents. Those without gold relations are left out.
    RETURNS (ChainScores): The scores.
    RAISES (ValueError): If the component asks no language model.
    """
    prompter = prompter_of(pipe.model)
    examples = list(examples)
    attr = gold_attr((example.reference for example in examples), pipe.attr)
    docs = [gold_entity_doc(example, attr=attr) for example in examples]
    docs = [doc for doc in docs if doc.gold is not None]
    found = analyse(
        prompter,
        docs,
        pipe.threshold_of(),
        at_least_one=pipe.cfg["at_least_one"],
        calibration=pipe.calibration,
    )
    for doc, triples in zip(docs, found.triples, strict=True):
        store_relations(doc.doc, doc.entities, triples, attr=pipe.attr)
    symmetric = prompter.schema.symmetric
    return ChainScores(found.stages, score_strings(examples, attr=pipe.attr, symmetric=symmetric))


def analyse(
    prompter: Prompter,
    docs: Sequence[EntityDoc],
    threshold: float,
    *,
    at_least_one: bool = False,
    calibration: Optional[Calibration] = None,
) -> Analysis:
    """Score the stages of a chain.

    prompter (Prompter): Who asks the language model.
    docs (Sequence[EntityDoc]): Documents with gold triples.
    threshold (float): The score that an answer needs.
    at_least_one (bool): Whether each document is known to state a relation. The chain follows
        everything, then, and only triples need the score.
    calibration (Optional[Calibration]): What the scores of triples are worth, which need the
        threshold, then. Those of stages stay as they are, and need its floor.
    RETURNS (Analysis): The scores, and the triples.
    """
    schema = prompter.schema
    once = [merge_directions(doc.gold or (), doc, schema) for doc in docs]
    # Stages learn both directions of symmetric relations, and are asked for them.
    docs = [add_directions(doc, schema) for doc in docs]
    least = threshold if calibration is None else calibration.floor
    enough = 0.0 if at_least_one else least
    passages = prompter.passages(docs)
    chain = prompter.settings.chain
    gold = _gold(docs, prompter)
    # For each passage, after each stage, what is known.
    steps = prompter.run_chain(passages, enough)
    found = merge_windows(passages, [partials[-1] for partials in steps], schema, len(docs))
    triples = [
        finish(
            each,
            doc,
            schema,
            threshold=threshold,
            at_least_one=at_least_one,
            calibration=calibration,
        )
        for each, doc in zip(found, docs, strict=True)
    ]
    scores = []
    for number, stage in enumerate(chain):
        given_gold, in_chain = PRFScore(), PRFScore()
        given_gold.score_set(*_given_gold(stage, prompter, passages, gold, least))
        if number == len(chain) - 1:
            in_chain.score_set(_stated(triples), _stated(once))
        else:
            known = {
                (passage.number, frozenset(partial.parts))
                for passage, partials in zip(passages, steps)
                for partial in partials[number]
            }
            in_chain.score_set(known, {(n, _only(parts, stage.found)) for n, parts in gold})
        scores.append(StageScores(stage.name, given_gold, in_chain))
    return Analysis(scores, triples)


def _gold(docs: Sequence[EntityDoc], prompter: Prompter) -> Set[Tuple[int, Found]]:
    """The gold triples of whole documents: what windows do not reach counts as lost."""
    return {
        (number, frozenset(parts.items()))
        for number, doc in enumerate(docs)
        for parts in gold_parts(Passage(doc, number, 0, len(doc.doc)), prompter.schema)
    }


def _stated(triples: Sequence[Sequence[Triple]]) -> Set[Tuple[int, Triple]]:
    """The triples of all documents. Equal triples may differ in their scores."""
    return {(number, triple) for number, own in enumerate(triples) for triple in own}


def _given_gold(
    stage: Stage,
    prompter: Prompter,
    passages: Sequence[Passage],
    gold: Set[Tuple[int, Found]],
    threshold: float,
) -> Tuple[Set[Key], Set[Key]]:
    """What a stage answers if all that is given is right, and what it should answer."""

    def answer(group: List[Passage]) -> List[Set[Key]]:
        questions = []
        for place, passage in enumerate(group):
            known = {
                _only(parts, stage.given) for number, parts in gold if number == passage.number
            }
            inside = [partial for partial in known if _mentioned(partial, passage)]
            partials = [PartialTriple(tuple(sorted(parts))) for parts in sorted(inside, key=sorted)]
            if not stage.given:
                partials = [PartialTriple()]
            questions += [
                (place, question) for question in ask(stage, passage, partials, prompter.schema)
            ]
        found: List[Set[Key]] = [set() for _ in group]
        session = prompter.session(group, threshold)
        answers = session.answer(stage, [question for _, question in questions])
        for (place, question), items in zip(questions, answers):
            for values, score in items:
                if rank_of(score) >= threshold:
                    item = frozenset(zip(stage.asks, values))
                    found[place].add((group[place].number, frozenset(question.given), item))
        return found

    predicted = set().union(*prompter.by_batch(passages, answer)) if passages else set()
    right = {
        (number, _only(parts, stage.known), _only(parts, stage.asks)) for number, parts in gold
    }
    return predicted, right


def _only(parts: Found, roles: Container[str]) -> Found:
    return frozenset((role, value) for role, value in parts if role in roles)


def _mentioned(parts: Found, passage: Passage) -> bool:
    return all(role == "relation" or value in passage.names for role, value in parts)
