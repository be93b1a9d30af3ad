"""Single errors to look at, with the sentences that matter."""

from itertools import groupby
from typing import Dict, List, NamedTuple, Sequence, Tuple

from spacy.tokens import Doc

from ..data.entities import title_of
from ..scoring.comparison import Comparison, Statement
from .outcomes import CORRECT, MISSED, SPURIOUS, gold_outcomes, predicted_outcomes
from .places import closest_sentences

# A piece of text, and the number of the argument it mentions, or -1.
Piece = Tuple[str, int]


class Sample(NamedTuple):
    """An error.

    document (str): The name of the document.
    label (str): The relation.
    names (Tuple[str, ...]): The longest name of each entity.
    score (str): The score of a prediction, "" for a missed triple.
    sentences (List[List[Piece]]): The sentences in which the entities are closest.
    """

    document: str
    label: str
    names: Tuple[str, ...]
    score: str
    sentences: List[List[Piece]]


def sample_errors(
    docs: Sequence[Doc], comparisons: Sequence[Comparison], number: int
) -> Dict[str, Dict[str, List[Sample]]]:
    """Take some errors of each kind: of missed triples the first, and of predictions those with the
    highest scores, of which a model was most certain.

    docs (Sequence[Doc]): The annotated documents.
    comparisons (Sequence[Comparison]): What was found in each.
    number (int): How many to take of each kind.
    RETURNS (Dict[str, Dict[str, List[Sample]]]): The samples by kind, under "Missed" and "Wrong".
    """
    kinds = {"Missed": (MISSED, gold_outcomes), "Wrong": (SPURIOUS, predicted_outcomes)}
    samples: Dict[str, Dict[str, List[Sample]]] = {}
    for title, (reasons, outcomes) in kinds.items():
        found: Dict[str, List[Tuple[float, int, Statement]]] = {reason: [] for reason in reasons}
        for i, comparison in enumerate(comparisons):
            for statement, reason in outcomes(comparison).items():
                if reason != CORRECT:
                    found[reason].append((-comparison.scores.get(statement, 0.0), i, statement))
        samples[title] = {
            reason: [_sample(docs[i], comparisons[i], each) for _, i, each in sorted(some)[:number]]
            for reason, some in found.items()
        }
    return samples


def _sample(doc: Doc, comparison: Comparison, statement: Statement) -> Sample:
    names = tuple(
        max(sorted(comparison.names[argument]), key=len) for argument in statement.arguments
    )
    score = None if statement in comparison.unscored else comparison.scores.get(statement)
    stretch = closest_sentences(comparison, statement)
    sentences = []
    if stretch is not None:
        assert comparison.sentences is not None
        mentioning = {s for a in statement.arguments for s in comparison.sentences[a]}
        for number, sentence in enumerate(doc.sents):
            if stretch[0] <= number <= stretch[1] and number in mentioning:
                sentences.append(_pieces(doc, sentence.start, sentence.end, comparison, statement))
    shown = "" if score is None else f"{score:.2f}"
    return Sample(title_of(doc), statement.label, names, shown, sentences)


def _pieces(
    doc: Doc, start: int, end: int, comparison: Comparison, statement: Statement
) -> List[Piece]:
    """Split a sentence where mentions of the arguments begin and end."""
    owners = [-1] * len(doc)
    for role, argument in enumerate(statement.arguments):
        # Only gold entities are mentioned in terms of this document's tokens.
        if not argument.unmapped:
            for first, last in comparison.entities[argument].mentions:
                owners[first:last] = [role] * (last - first)
    return [
        ("".join(doc[i].text_with_ws for i in tokens), owner)
        for owner, tokens in groupby(range(start, end), key=lambda i: owners[i])
    ]
