"""Bring the predicted and the gold relations of a document into one set of names."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Container, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Tuple

from spacy.tokens import Doc
from spacy.training import Example

from ..data.annotated_attrs import gold_attr
from ..data.entities import Entity, name_of
from ..data.mapping import EntityMapping, Offsets, map_entities
from ..data.storage import DEFAULT_ATTR, StoredRelations, has_relations, load_relations
from ..data.triples import rank_of
from ..errors import Errors
from .facts import mention_text


class Argument(NamedTuple):
    """An entity: of the gold document, or of the predicted one if it has no gold
    counterpart."""

    unmapped: bool
    position: int


class Statement(NamedTuple):
    """A triple that can be compared across the two documents."""

    label: str
    arguments: Tuple[Argument, ...]


@dataclass(frozen=True)
class Comparison:
    """The statements of a document, each once.

    gold (FrozenSet[Statement]): The statements of the reference.
    predicted (FrozenSet[Statement]): The statements of the prediction.
    names (Dict[Argument, FrozenSet[str]]): The texts of the mentions of every entity.
    sentences (Optional[Dict[Argument, FrozenSet[int]]]): The sentences that mention it, or
        None if the reference has no sentence boundaries.
    entities (Dict[Argument, Entity]): The entity: the gold one where there is one, and else
        the predicted one, with the tokens of its own document.
    detected (FrozenSet[Argument]): The entities that the prediction knows.
    scores (Dict[Statement, float]): The score of every predicted statement, as thresholds see it.
    roles (Dict[str, Tuple[str, ...]]): Role names by label, where they are not head and tail.
    gold_evidence (Dict[Statement, FrozenSet[int]]): The sentences of the reference that state a
        gold statement, where annotators named them.
    evidence (Dict[Statement, FrozenSet[int]]): Those that the prediction names, in numbers of the
        reference.
    unscored (FrozenSet[Statement]): The predicted statements whose score nobody has told.
    """

    gold: FrozenSet[Statement]
    predicted: FrozenSet[Statement]
    names: Dict[Argument, FrozenSet[str]]
    sentences: Optional[Dict[Argument, FrozenSet[int]]]
    entities: Dict[Argument, Entity]
    detected: FrozenSet[Argument]
    scores: Dict[Statement, float]
    roles: Dict[str, Tuple[str, ...]]
    gold_evidence: Dict[Statement, FrozenSet[int]]
    evidence: Dict[Statement, FrozenSet[int]]
    unscored: FrozenSet[Statement] = frozenset()

    def within_sentence(self, statement: Statement) -> bool:
        """Whether some sentence mentions all entities of a statement.

        RAISES (ValueError): If there are no sentence boundaries.
        """
        if self.sentences is None:
            raise ValueError(Errors.DRE403)
        sentences = [self.sentences[argument] for argument in statement.arguments]
        return bool(frozenset.intersection(*sentences))


def compare_all(
    examples: Iterable[Example],
    *,
    attr: str = DEFAULT_ATTR,
    symmetric: Container[str] = (),
    mapping: EntityMapping = map_entities,
    in_tokens: bool = False,
) -> List[Comparison]:
    """Compare all examples whose reference was annotated with relations.

    examples (Iterable[Example]): The examples. For the other arguments see `compare`.
    RETURNS (List[Comparison]): The comparisons.
    RAISES (ValueError): If the documents of an example have different texts.
    """
    examples = list(examples)
    gold = gold_attr((example.reference for example in examples), attr)
    return [
        compare(
            example,
            attr=attr,
            gold_attr=gold,
            symmetric=symmetric,
            mapping=mapping,
            in_tokens=in_tokens,
        )
        for example in examples
        if has_relations(example.reference, attr=gold)
    ]


def compare(
    example: Example,
    *,
    attr: str = DEFAULT_ATTR,
    gold_attr: Optional[str] = None,
    symmetric: Container[str] = (),
    mapping: EntityMapping = map_entities,
    in_tokens: bool = False,
) -> Comparison:
    """Compare the relations of the two documents of an example.

    example (Example): The documents, both with relations in `storage`.
    attr (str): The name of the attribute.
    gold_attr (Optional[str]): That of the reference; the same if None.
    symmetric (Container[str]): Labels of relations whose arguments have no order.
    mapping (EntityMapping): Which gold entity a predicted one stands for.
    in_tokens (bool): Whether to map mentions as tokens of the reference, as protocols do that
        measure how far mentions overlap, and not as characters.
    RETURNS (Comparison): The comparison.
    RAISES (ValueError): If the documents have different texts.
    """
    predicted, reference = example.predicted, example.reference
    ours, theirs = _offsets(predicted), _offsets(reference)
    if _letters(predicted) != _letters(reference):
        raise ValueError(Errors.DRE401.format(doc=name_of(reference)))
    found = load_relations(predicted, attr=attr)
    gold = load_relations(reference, attr=gold_attr or attr)
    found_mentions = [_mentions(entity, ours) for entity in found.entities]
    gold_mentions = [_mentions(entity, theirs) for entity in gold.entities]
    if in_tokens:
        ours_compared = [_around(mentions, theirs, tokens=True) for mentions in found_mentions]
        theirs_compared = [_around(mentions, theirs, tokens=True) for mentions in gold_mentions]
    else:
        # No prediction can end inside a token.
        ours_compared = found_mentions
        theirs_compared = [_around(mentions, ours) for mentions in gold_mentions]
    mapped = mapping(ours_compared, theirs_compared, _keys(found), _keys(gold))
    gold_arguments = [Argument(False, i) for i in range(len(gold.entities))]
    found_arguments = [
        Argument(True, i) if index is None else Argument(False, index)
        for i, index in enumerate(mapped)
    ]
    # Gold entities are described by gold mentions, so they come second.
    mentions = {
        **dict(zip(found_arguments, found_mentions)),
        **dict(zip(gold_arguments, gold_mentions)),
    }
    names = {
        **dict(zip(found_arguments, (_names(predicted, entity) for entity in found.entities))),
        **dict(zip(gold_arguments, (_names(reference, entity) for entity in gold.entities))),
    }
    scores = _statements(found, found_arguments, symmetric)
    return Comparison(
        frozenset(_statements(gold, gold_arguments, symmetric)),
        frozenset(scores),
        names,
        _sentences(reference, theirs, mentions),
        {
            **dict(zip(found_arguments, found.entities)),
            **dict(zip(gold_arguments, gold.entities)),
        },
        frozenset(found_arguments),
        {statement: rank_of(score) for statement, score in scores.items()},
        {**found.roles, **gold.roles},
        _evidence(gold, gold_arguments, symmetric, None),
        _evidence(
            found, found_arguments, symmetric, _renumbered(predicted, ours, reference, theirs)
        ),
        frozenset(statement for statement, score in scores.items() if score is None),
    )


def _statements(
    stored: StoredRelations, arguments: List[Argument], symmetric: Container[str]
) -> Dict[Statement, Optional[float]]:
    """The statements of a document, with the highest score of those that are the same."""
    statements: Dict[Statement, Optional[float]] = {}
    for triple in stored.triples:
        filled = [arguments[index] for index in triple.entities]
        if triple.label in symmetric:
            filled.sort()
        statement = Statement(triple.label, tuple(filled))
        statements[statement] = max(triple.score, statements.get(statement, 0.0), key=rank_of)
    return statements


def _evidence(
    stored: StoredRelations,
    arguments: List[Argument],
    symmetric: Container[str],
    numbers: Optional[List[int]],
) -> Dict[Statement, FrozenSet[int]]:
    """The evidence of statements that have any, with other numbers of sentences if there are."""
    evidence: Dict[Statement, FrozenSet[int]] = {}
    for triple in stored.triples:
        sentences = frozenset(
            triple.evidence if numbers is None else (numbers[i] for i in triple.evidence)
        )
        if sentences:
            filled = [arguments[index] for index in triple.entities]
            if triple.label in symmetric:
                filled.sort()
            statement = Statement(triple.label, tuple(filled))
            evidence[statement] = evidence.get(statement, frozenset()) | sentences
    return evidence


def _renumbered(
    predicted: Doc, ours: List[int], reference: Doc, theirs: List[int]
) -> Optional[List[int]]:
    """For each sentence of the prediction the one of the reference in which it begins. None where
    the prediction has no sentences of its own, and so numbers those of the reference."""
    if not (predicted.has_annotation("SENT_START") and reference.has_annotation("SENT_START")):
        return None
    starts = [theirs[sentence.start] for sentence in reference.sents]
    return [bisect_right(starts, ours[sentence.start]) - 1 for sentence in predicted.sents]


def _offsets(doc: Doc) -> List[int]:
    """For every token, and for the end, the number of characters before it. Whitespace is
    not counted: it is what may differ between a prediction and its reference."""
    offsets = [0]
    for token in doc:
        offsets.append(offsets[-1] + len("".join(token.text.split())))
    return offsets


def _letters(doc: Doc) -> str:
    return "".join(doc.text.split())


def _mentions(entity: Entity, offsets: List[int]) -> FrozenSet[Offsets]:
    return frozenset((offsets[start], offsets[end]) for start, end in entity.mentions)


def _around(
    mentions: Iterable[Offsets], offsets: List[int], *, tokens: bool = False
) -> FrozenSet[Offsets]:
    """The tokens that mentions touch, as their numbers or as offsets. Offsets repeat where a token
    has no letters."""
    touched = {
        (bisect_right(offsets, start) - 1, bisect_left(offsets, end)) for start, end in mentions
    }
    return frozenset(touched if tokens else ((offsets[i], offsets[j]) for i, j in touched))


def _keys(stored: StoredRelations) -> List[Tuple[str, str]]:
    return [(entity.type, entity.id) for entity in stored.entities]


def _names(doc: Doc, entity: Entity) -> FrozenSet[str]:
    return frozenset(mention_text(doc, mention) for mention in entity.mentions)


def _sentences(
    doc: Doc, offsets: List[int], mentions: Dict[Argument, FrozenSet[Offsets]]
) -> Optional[Dict[Argument, FrozenSet[int]]]:
    if not doc.has_annotation("SENT_START"):
        return None
    starts = [offsets[sentence.start] for sentence in doc.sents]
    # Like `Span.sent`, a mention belongs to the sentence in which it starts.
    return {
        argument: frozenset(bisect_right(starts, start) - 1 for start, _ in places)
        for argument, places in mentions.items()
    }
