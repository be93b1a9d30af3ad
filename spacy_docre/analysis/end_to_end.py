"""Where quality is lost on the way from raw text to triples: in the mentions, in which of them are
one entity, or in the relations."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any, Dict, List, NamedTuple, Set, Tuple

from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import filter_spans

from ..data.alignment import gold_entity_doc
from ..data.annotated_attrs import gold_attr
from ..data.entities import EntityDoc
from ..data.storage import has_relations
from ..pipe import RelationExtractor
from ..scoring.relations import score_comparisons
from .predictions import compare_predictions

Items = Callable[[EntityDoc], Set[Hashable]]


class EndToEnd(NamedTuple):
    """Scores of each step, for the same documents.

    mentions (PRFScore): Mentions in the text, each with its span and its type.
    clusters (PRFScore): Entities of these, each with exactly its mentions.
    coreference (PRFScore): Pairs of mentions that are one entity.
    given_mentions (PRFScore): Such pairs among the gold mentions, as the component's sources put
        them together.
    triples (Dict[str, Dict[str, Any]]): The scores of triples, see `score_comparisons`, given
        "entities", "mentions" and "text".
    """

    mentions: PRFScore
    clusters: PRFScore
    coreference: PRFScore
    given_mentions: PRFScore
    triples: Dict[str, Dict[str, Any]]


def score_end_to_end(
    nlp: Language, pipe: RelationExtractor, examples: Sequence[Example]
) -> EndToEnd:
    """Score a pipeline given gold entities, given gold mentions, and given nothing but text.

    nlp (Language): The pipeline.
    pipe (RelationExtractor): Its component.
    examples (Sequence[Example]): Documents, of which those count that are annotated with
        relations. Those predicted are written to.
    RETURNS (EndToEnd): The scores.
    RAISES (ValueError): If no document is annotated with relations.
    """
    attr = gold_attr((example.reference for example in examples), pipe.attr)
    # Of others nobody knows which entities they have.
    examples = [each for each in examples if has_relations(each.reference, attr=attr)]
    gold = [gold_entity_doc(example, attr=attr) for example in examples]
    marked = [Example(_marked(doc), example.reference) for doc, example in zip(gold, examples)]
    recognisers = [name for name in nlp.pipe_names if "doc.ents" in nlp.get_pipe_meta(name).assigns]
    triples = {}
    with _use_gold_entities(pipe, True):
        triples["entities"] = _score_triples(nlp, pipe, examples)
    with _use_gold_entities(pipe, False):
        with nlp.select_pipes(disable=recognisers):
            triples["mentions"] = _score_triples(nlp, pipe, marked)
        # What was predicted above has gold entities.
        raw = [Example(nlp.make_doc(example.text), example.reference) for example in examples]
        triples["text"] = _score_triples(nlp, pipe, raw)
    found = [pipe.entity_doc(example.predicted) for example in raw]
    own = [pipe.entity_doc(example.predicted) for example in marked]
    return EndToEnd(
        _score(found, gold, _mentions),
        _score(found, gold, _clusters),
        _score(found, gold, _pairs),
        _score(own, gold, _pairs),
        triples,
    )


@contextmanager
def _use_gold_entities(pipe: RelationExtractor, value: bool) -> Iterator[None]:
    before = pipe.use_gold_entities
    pipe.use_gold_entities = value
    try:
        yield
    finally:
        pipe.use_gold_entities = before


def _score_triples(
    nlp: Language, pipe: RelationExtractor, examples: Sequence[Example]
) -> Dict[str, Any]:
    symmetric = pipe.schema.symmetric if pipe.schema else frozenset()
    return score_comparisons(compare_predictions(nlp, pipe, examples), symmetric=symmetric)


def _marked(gold: EntityDoc) -> Doc:
    """The text with its gold mentions as a recogniser would write them: of two that overlap, the
    longer one."""
    words = [token.text for token in gold.doc]
    spaces = [bool(token.whitespace_) for token in gold.doc]
    doc = Doc(gold.doc.vocab, words=words, spaces=spaces)
    doc.ents = filter_spans(
        Span(doc, start, end, label=entity.type)
        for entity in gold.entities
        for start, end in entity.mentions
    )
    return doc


def _score(found: Sequence[EntityDoc], gold: Sequence[EntityDoc], items: Items) -> PRFScore:
    score = PRFScore()
    for ours, theirs in zip(found, gold):
        score.score_set(items(ours), items(theirs))
    return score


def _mentions(doc: EntityDoc) -> Set[Hashable]:
    return {
        (place, entity.type)
        for entity, places in zip(doc.entities, _places(doc))
        for place in places
    }


def _clusters(doc: EntityDoc) -> Set[Hashable]:
    return {frozenset(places) for places in _places(doc)}


def _pairs(doc: EntityDoc) -> Set[Hashable]:
    return {pair for places in _places(doc) for pair in combinations(sorted(places), 2)}


def _places(doc: EntityDoc) -> List[List[Tuple[int, int]]]:
    """Where in the text the mentions of each entity are: tokens may differ."""
    return [
        [(doc.doc[start].idx, doc.doc[end - 1].idx + len(doc.doc[end - 1])) for start, end in each]
        for each in (entity.mentions for entity in doc.entities)
    ]
