"""The `docre` component: it turns documents into entity documents, hands them to its extractor
and writes the triples into `doc._.relations`. It never asks which extractor it has."""

import warnings
from collections import Counter
from functools import partial
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.util import minibatch
from spacy.vocab import Vocab
from thinc.api import Optimizer, set_dropout_rate
from thinc.types import Floats1d

from .component.base import SchemaPipe
from .component.call_thresholds import note_threshold, noted_threshold
from .component.failures import annotate_each
from .component.gold_entities import with_gold_entities
from .component.settings import Threshold
from .component.unknown_types import count_unknown_types
from .component.workers import use_one_thread_in_workers
from .data.alignment import align_gold, check_gold, gold_entity_doc
from .data.annotated_attrs import annotated_attrs, gold_attr, name_attrs
from .data.consistency import warn_of_contradictions
from .data.entities import EntityDoc, name_of
from .data.relations import register_extension
from .data.schema import BINARY_ROLES, Schema
from .data.soft_labels import check_floor
from .data.storage import DEFAULT_ATTR, store_relations
from .defaults import DEFAULT_CONFIG, DEFAULT_SCORE_WEIGHTS
from .errors import Errors, Warnings
from .models.extractor import (
    Extractor,
    Triples,
    begin_learning,
    extract,
    hooks_of,
    initialize_extractor,
)
from .sources.chain import EntityFinder
from .training.steps import fit_to_steps
from .trust import unlock


@Language.factory(
    "docre",
    assigns=["doc._.relations"],
    requires=["doc.ents"],
    default_config=DEFAULT_CONFIG,
    default_score_weights=DEFAULT_SCORE_WEIGHTS,
)
def make_docre(
    nlp: Language,
    name: str,
    model: Extractor,
    sources: EntityFinder,
    threshold: Threshold,
    at_least_one: bool,
    attr: str,
    use_gold_entities: bool,
    scorer: Optional[Callable],
) -> "RelationExtractor":
    """Create a component for document-level relation extraction."""
    pipe = RelationExtractor(
        nlp.vocab,
        model,
        name,
        sources=sources,
        threshold=threshold,
        at_least_one=at_least_one,
        attr=attr,
        use_gold_entities=use_gold_entities,
        scorer=scorer,
    )
    pipe.upstream.home = nlp
    return pipe


class RelationExtractor(SchemaPipe):
    """Extract relations between the entities of a document, across sentences."""

    def __init__(
        self,
        vocab: Vocab,
        model: Extractor,
        name: str = "docre",
        *,
        sources: EntityFinder,
        threshold: Threshold = 0.5,
        at_least_one: bool = False,
        attr: str = DEFAULT_ATTR,
        use_gold_entities: bool = True,
        scorer: Optional[Callable] = None,
    ) -> None:
        """Initialize the component.

        vocab (Vocab): The shared vocabulary.
        model (Extractor): The extractor, see `spacy_docre.models.extractor`.
        name (str): The name of the component instance, under which losses are reported.
        sources (EntityFinder): Where entities come from.
        threshold (Union[float, str]): The score in [0, 1] from which a triple is kept, or the name
            of an operating point of a calibrated component.
        at_least_one (bool): Whether each document with two entities is known to state a relation.
            Scores are given that, then. For extractors that score each pair whatever they say
            of others, since they are asked for all triples.
        attr (str): The attribute that receives relations, as in `doc._.relations`.
        use_gold_entities (bool): Train and score on the entities of the reference. If false, other
            components of the pipeline must predict entities, and must be listed in
            `annotating_components` for training.
        scorer (Optional[Callable]): The scoring method.
        RAISES (ValueError): If a setting is not what it must be.
        """
        settings = {
            "threshold": threshold,
            "at_least_one": at_least_one,
            "attr": attr,
            "use_gold_entities": use_gold_entities,
        }
        super().__init__(vocab, model, name, scorer, settings)
        self.sources = sources
        self.lost_triples = 0
        self.unknown_types: Counter[str] = Counter()
        self._gold_attr: Optional[str] = None
        register_extension(attr)

    def entity_doc(self, doc: Doc) -> EntityDoc:
        """Collect the entities of a document from the component's sources.

        doc (Doc): The document.
        RETURNS (EntityDoc): The document and its entities in order of first appearance.
        """
        return EntityDoc(doc, self.sources(doc))

    def __call__(
        self, doc: Doc, *, threshold: Optional[Threshold] = None, soft: Optional[float] = None
    ) -> Doc:
        """Extract relations from a document, which is changed in place. See `pipe`."""
        for annotated in self.pipe([doc], threshold=threshold, soft=soft):
            return annotated
        return None  # type: ignore[return-value]  # as any component where it failed

    def pipe(
        self,
        stream: Iterable[Doc],
        *,
        batch_size: int = 128,
        threshold: Optional[Threshold] = None,
        soft: Optional[float] = None,
    ) -> Iterator[Doc]:
        """Extract relations from documents. The error handler gets those alone that fail.

        stream (Iterable[Doc]): The documents, which are changed in place.
        batch_size (int): The number of documents to extract together.
        threshold (Optional[Union[float, str]]): The score that a triple needs in this call, or the
            name of an operating point; the component's if None. Called through `nlp`, it is
            `component_cfg={"docre": {"threshold": …}}`.
        soft (Optional[float]): To teach others: the probability from which soft labels are written,
            too, where the extractor has a distribution over pairs of entities.
        YIELDS (Doc): The documents, in order.
        """
        self.threshold_of(threshold)
        check_floor(soft)
        use_one_thread_in_workers()
        handle = self.get_error_handler()
        together = partial(self._extract, threshold=threshold, soft=soft)
        for docs in minibatch(stream, size=batch_size):
            note_threshold(self.name, docs, threshold)
            if self.schema is None:  # which is no fault of a document
                handle(self.name, self, docs, ValueError(Errors.DRE025.format(name=self.name)))
                continue
            for doc, error in annotate_each(docs, self.entity_doc, together, self.set_annotations):
                if error is None:
                    yield doc
                else:
                    handle(self.name, self, [doc], error)

    def predict(
        self, docs: Iterable[Doc], *, threshold: Optional[Threshold] = None
    ) -> List[Tuple[EntityDoc, Triples]]:
        """Extract triples from documents, without changing them.

        docs (Iterable[Doc]): The documents.
        threshold (Optional[Union[float, str]]): The score that a triple needs, or the name of an
            operating point; the component's if None.
        RETURNS (List[Tuple[EntityDoc, List[Triple]]]): For each document its entities and triples.
        RAISES (ValueError): If the component was not initialized, or the threshold is not between
            0 and 1.
        """
        return self._extract([self.entity_doc(doc) for doc in docs], threshold=threshold)

    def _extract(
        self,
        docs: Sequence[EntityDoc],
        *,
        threshold: Optional[Threshold] = None,
        soft: Optional[float] = None,
    ) -> List[Tuple[EntityDoc, Triples]]:
        if self.schema is None:
            raise ValueError(Errors.DRE025.format(name=self.name))
        needed = self.threshold_of(threshold)
        count_unknown_types(self.unknown_types, docs, self.schema, name=self.name)
        if docs:
            self.upstream.check(self, docs[0].doc.vocab)
        return extract(
            self.model,
            docs,
            self.schema,
            threshold=needed,
            at_least_one=self.cfg["at_least_one"],
            calibration=self.calibration,
            soft=soft,
        )

    def set_annotations(
        self, docs: Iterable[Doc], predictions: Sequence[Tuple[EntityDoc, Triples]]
    ) -> None:
        """Write predicted triples to documents.

        docs (Iterable[Doc]): The documents.
        predictions (Sequence[Tuple[EntityDoc, List[Triple]]]): As `predict` returns them.
        """
        assert self.schema is not None
        # Other packages may have redefined the attribute since.
        register_extension(self.attr)
        roles = {
            relation.label: relation.roles
            for relation in self.schema.relations
            if relation.roles != BINARY_ROLES
        }
        words = self.schema.words
        for doc, (entity_doc, triples) in zip(docs, predictions):
            store_relations(
                doc,
                entity_doc.entities,
                triples,
                roles=roles,
                words=words,
                soft=entity_doc.soft,
                attr=self.attr,
            )

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optional[Optimizer] = None,
        losses: Optional[Dict[str, float]] = None,
    ) -> Dict[str, float]:
        """Learn from a batch of examples.

        examples (Iterable[Example]): The examples.
        drop (float): The dropout rate of layers that spaCy controls.
        sgd (Optional[Optimizer]): The optimizer. Without one, gradients are only accumulated.
        losses (Optional[Dict[str, float]]): Losses to add to, by component name.
        RETURNS (Dict[str, float]): The updated losses.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, "RelationExtractor.update")
        if self.schema is None:
            raise ValueError(Errors.DRE025.format(name=self.name))
        if not examples:
            return losses
        # All examples of the training say it better than those of a batch.
        attr = self._gold_attr or gold_attr((e.reference for e in examples), self.attr)
        docs = [self._learnable(example, self.schema, attr) for example in examples]
        set_dropout_rate(self.model, drop)
        # Even a batch with nothing to learn passes through, since a shared encoder
        # waits for the gradients of all its listeners.
        doc_losses, backprop = begin_learning(self.model, docs, self.schema)
        # Only now is it sure that the component learns: what it knew stays if the batch is refused.
        self.forget_calibration()
        self.upstream.learn(self, docs[0].doc.vocab)
        loss, gradient = self.get_loss(examples, doc_losses)
        backprop(gradient)
        if sgd not in (None, False):
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def get_loss(self, examples: Iterable[Example], scores: Floats1d) -> Tuple[float, Floats1d]:
        """The mean loss of a batch and its gradient. The extractor has computed the losses.

        examples (Iterable[Example]): The examples.
        scores (Floats1d): The losses of the documents. *Shape:* (docs,)
        RETURNS (Tuple[float, Floats1d]): The mean, and its gradient. *Shape:* (docs,)
        """
        gradient = self.model.ops.alloc1f(len(scores)) + 1.0 / max(1, len(scores))
        # Without anything to learn, an extractor may not know the device.
        losses = self.model.ops.asarray1f(scores)
        return float(self.model.ops.xp.vdot(losses, gradient)), gradient

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Optional[Language] = None,
        labels: Optional[Dict[str, Any]] = None,
    ) -> None:
        """Learn the schema and size the model.

        get_examples (Callable[[], Iterable[Example]]): Returns examples with gold relations.
        nlp (Optional[Language]): The pipeline the component is part of.
        labels (Optional[Dict[str, Any]]): A schema as plain data, for example read from JSON with
            `spacy.read_labels.v1`. Without one it is what the extractor has of its own, or is
            learnt from all examples.
        RAISES (ValueError): If there are no relations, or the schema lacks one of the examples.
        """
        validate_get_examples(get_examples, "RelationExtractor.initialize")
        examples = list(get_examples())
        self._gold_attr = gold_attr((example.reference for example in examples), self.attr)
        docs = [gold_entity_doc(example, attr=self._gold_attr) for example in examples]
        unlock(self.model, self.scorer)
        if labels is not None:
            self.schema = Schema.from_dict(labels)
        else:
            self.schema = hooks_of(self.model).own_schema(self.model) or Schema.learn(docs)
        if not self.schema.relations:
            others = annotated_attrs(example.reference for example in examples)
            if set(others) - {self._gold_attr}:
                raise ValueError(Errors.DRE085.format(attr=self.attr, others=name_attrs(others)))
            raise ValueError(Errors.DRE027.format(name=self.name))
        for doc in docs:
            check_gold(doc, self.schema)
        warn_of_contradictions(docs, self.schema)
        self.calibration = None
        initialize_extractor(self.model, docs, self.schema)
        self.upstream.initialize(nlp)
        if nlp is not None:
            fit_to_steps(nlp)

    def as_scored(
        self,
        examples: Iterable[Example],
        *,
        threshold: Optional[Threshold] = None,
        batch_size: int = 64,
        gold_entities: Optional[bool] = None,
    ) -> List[Example]:
        """Extract relations of gold entities, if the component is to be scored on those: the
        pipeline, which does not know them, has not done it.

        examples (Iterable[Example]): Examples that passed through the pipeline.
        threshold (Optional[Union[float, str]]): The score that a triple needs; that of the call
            which passed the examples through the component if None.
        batch_size (int): The number of documents to extract together.
        gold_entities (Optional[bool]): Whether it is; as `use_gold_entities` says if None.
        RETURNS (List[Example]): See `with_gold_entities`.
        """
        if not (self.use_gold_entities if gold_entities is None else gold_entities):
            return list(examples)
        examples = list(examples)
        if threshold is None:
            threshold = noted_threshold(self.name, (example.predicted for example in examples))
        attr = gold_attr((example.reference for example in examples), self.attr)
        extract = partial(self._extract, threshold=threshold)
        return with_gold_entities(
            examples, extract, self.set_annotations, attr=attr, batch_size=batch_size
        )

    def score(self, examples: Iterable[Example], **kwargs: Any) -> Dict[str, Any]:
        """Score examples.

        examples (Iterable[Example]): The examples, with predicted documents.
        RETURNS (Dict[str, Any]): The scores.
        """
        if self.scorer is None:
            return {}
        examples = self.as_scored(
            list(examples),
            threshold=kwargs.get("threshold"),
            batch_size=kwargs.get("batch_size", 64),
        )
        settings = {**self.cfg, "labels": self.labels, **kwargs}
        if self.schema is not None:
            settings["symmetric"] = sorted(self.schema.symmetric)
        return self.scorer(examples, **settings)

    def _learnable(self, example: Example, schema: Schema, attr: str) -> EntityDoc:
        gold = gold_entity_doc(example, attr=attr)
        check_gold(gold, schema)
        if self.use_gold_entities:
            return gold
        aligned, lost = align_gold(self.entity_doc(example.predicted), gold, schema)
        if lost and not self.lost_triples:
            doc = name_of(example.reference)
            warnings.warn(Warnings.DRW001.format(name=self.name, doc=doc, count=lost), stacklevel=2)
        self.lost_triples += lost
        return aligned
