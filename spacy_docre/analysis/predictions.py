"""Run a pipeline over annotated documents, to compare what it finds with what they state."""

import warnings
from pathlib import Path
from typing import Iterable, List, Optional, Sequence

from spacy.language import Language
from spacy.training import Corpus, Example

from ..component.settings import Threshold
from ..data.doc_bins import reading
from ..errors import Errors, Warnings
from ..pipe import RelationExtractor
from ..scoring.comparison import Comparison, compare_all


def read_examples(nlp: Language, files: Iterable[Path]) -> List[Example]:
    """Read annotated documents as an evaluation does.

    nlp (Language): The pipeline.
    files (Iterable[Path]): The .spacy files.
    RETURNS (List[Example]): The documents.
    RAISES (ValueError): If one of the files holds something else.
    """
    examples: List[Example] = []
    for file in files:
        with reading(file):
            examples.extend(Corpus(file)(nlp))
    return examples


def compare_predictions(
    nlp: Language,
    pipe: RelationExtractor,
    examples: Sequence[Example],
    *,
    threshold: Optional[Threshold] = None,
    gold_entities: Optional[bool] = None,
) -> List[Comparison]:
    """Extract relations as an evaluation does, and compare them with the reference.

    nlp (Language): The pipeline.
    pipe (RelationExtractor): Its component.
    examples (Sequence[Example]): The documents, as a corpus reader yields them. Predictions are
        written to them.
    threshold (Optional[Union[float, str]]): The score from which to keep a triple; the component's
        if None.
    gold_entities (Optional[bool]): Whether to extract relations of gold entities; as
        `use_gold_entities` of the component says if None.
    RETURNS (List[Comparison]): The documents whose reference has relations.
    RAISES (ValueError): If no document has.
    """
    if gold_entities is None:
        gold_entities = pipe.use_gold_entities
    docs = nlp.pipe(
        (example.predicted for example in examples),
        component_cfg={pipe.name: {"threshold": threshold}},
        # What is extracted below, from gold entities, need not be extracted here, from others.
        disable=[pipe.name] if gold_entities else [],
    )
    for example, doc in zip(examples, docs):
        example.predicted = doc
    scored = pipe.as_scored(examples, threshold=threshold, gold_entities=gold_entities)
    for example, other in zip(examples, scored):
        example.predicted = other.predicted
    symmetric = pipe.schema.symmetric if pipe.schema else frozenset()
    comparisons = compare_all(examples, attr=pipe.attr, symmetric=symmetric)
    if not comparisons:
        raise ValueError(Errors.DRE421.format(attr=pipe.attr))
    return comparisons


def warn_of_unscored(pipe: RelationExtractor, comparisons: Sequence[Comparison]) -> None:
    """Warn of predictions whose score nobody has told: no threshold tells them apart.

    pipe (RelationExtractor): The component that made them.
    comparisons (Sequence[Comparison]): The documents.
    """
    count = sum(len(comparison.unscored) for comparison in comparisons)
    if count:
        total = sum(len(comparison.predicted) for comparison in comparisons)
        message = Warnings.DRW691.format(name=pipe.name, count=count, total=total)
        warnings.warn(message, stacklevel=2)
