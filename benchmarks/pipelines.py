"""The pipeline to measure: a saved one, or one with random weights."""

from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, cast

import documents
import spacy
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_config, load_model_from_config
from wasabi import msg

from spacy_docre.pipe import RelationExtractor

# The number of relations and of facts for each entity in Re-DocRED.
LABELS = [f"relation {number}" for number in range(96)]
FACTS_PER_ENTITY = 1.5


class Parts:
    """The parts of a pipeline that are timed.

    nlp (Language): The pipeline.
    name (str): The name of the relation extractor.
    """

    def __init__(self, nlp: Language, name: str = "docre") -> None:
        self.nlp = nlp
        self.docre = cast(RelationExtractor, nlp.get_pipe(name))
        # A component of its own if it is shared, else a layer of the relation extractor.
        self.shared: Optional[TrainablePipe] = None
        for _, pipe in nlp.pipeline:
            if name in getattr(pipe, "listening_components", ()):
                self.shared = cast(TrainablePipe, pipe)
        (self.tok2vec,) = self.docre.model.layers

    @property
    def entity_types(self) -> Sequence[str]:
        """RETURNS (Sequence[str]): The entity types that the pipeline knows; one, if none."""
        return (self.docre.schema.entity_types if self.docre.schema else ()) or ("MISC",)

    def encode(self, docs: List[Doc]) -> None:
        """The encoder's forward pass alone."""
        (self.tok2vec if self.shared is None else self.shared).predict(docs)

    def extract(self, docs: List[Doc]) -> int:
        """Everything: the encoder, entities, the relation extractor, and storing.

        RETURNS (int): The number of triples.
        """
        if self.shared is not None:
            self.shared.set_annotations(docs, self.shared.predict(docs))
        predictions = self.docre.predict(docs)
        self.docre.set_annotations(docs, predictions)
        return sum(len(triples) for _, triples in predictions)

    def find_entities(self, docs: List[Doc]) -> int:
        """RETURNS (int): The number of entities."""
        return sum(len(self.docre.entity_doc(doc).entities) for doc in docs)


def load(
    pipeline: Optional[Path],
    config: Optional[Path],
    overrides: Dict[str, object],
    seed: int,
    gold: Optional[Path] = None,
) -> Parts:
    """Load a saved pipeline, or build one with random weights.

    pipeline (Optional[Path]): The directory of a saved pipeline.
    config (Optional[Path]): Else, the config of one to build; the component's default, on
        spaCy's CNN, if None.
    overrides (Dict[str, object]): Values that replace those of the config.
    seed (int): The seed of the documents that size a built pipeline.
    gold (Optional[Path]): Annotated documents to learn relations and types from, else random.
    RETURNS (Parts): The pipeline and its parts.
    """
    if pipeline is not None:
        return Parts(spacy.load(pipeline))
    if config is not None:
        nlp = load_model_from_config(
            load_config(config, overrides, interpolate=True), auto_fill=True
        )
    else:
        nlp = spacy.blank("en")
        nlp.add_pipe("docre")
    if gold is not None:
        sample = documents.read(gold, nlp, limit=0)
    else:
        sample = documents.make(nlp, docs=10, tokens=200, entities=20, labels=LABELS, seed=seed)
    examples = [Example(doc.copy(), doc) for doc in sample]
    nlp.initialize(lambda: examples)
    parts = Parts(nlp)
    make_quiet(parts, sample[:10])
    return parts


def make_quiet(parts: Parts, docs: List[Doc]) -> None:
    """Set the threshold so that random weights return about as many triples as trained ones:
    as they are, they fill every pair, and decoding costs what it never costs in use.

    parts (Parts): The pipeline.
    docs (List[Doc]): Documents to count triples in.
    """
    wanted = FACTS_PER_ENTITY * parts.find_entities(docs)
    least, most = 0.0, 1.0
    for _ in range(16):
        parts.docre.cfg["threshold"] = middle = (least + most) / 2
        least, most = (middle, most) if parts.extract(docs) > wanted else (least, middle)
    msg.info(f"Untrained: the threshold is {middle:.4f}, for {FACTS_PER_ENTITY} facts per entity")


def by_batch(action: Callable[[List[Doc]], object], docs: List[Doc], size: int) -> Callable:
    """RETURNS (Callable): Runs the action on all documents, batch by batch."""
    batches = [docs[start : start + size] for start in range(0, len(docs), size)]
    return lambda: [action(batch) for batch in batches]
