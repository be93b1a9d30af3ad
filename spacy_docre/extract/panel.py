"""Teachers that speak as one: the mean of what each says of the same entities, which are those that
the first of them finds."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, List, Optional, Tuple

from ..data.consistency import keep_consistent
from ..data.schema import Schema
from ..data.soft_labels import mean_labels
from ..data.storage import StoredRelations, clear_relations, load_relations, store_relations
from ..data.triples import Triple
from ..errors import Errors
from .pipeline import find_extractor, load_pipeline

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from ..pipe import RelationExtractor
    from .run import Options


@dataclass(frozen=True)
class Panel:
    """What further teachers say of documents.

    attr (str): The attribute that holds the relations of the first teacher.
    schema (Optional[Schema]): The relations that the first teacher knows.
    threshold (float): The mean probability from which they state a relation.
    floor (Optional[float]): The probability from which soft labels are kept.
    others (List[Tuple[Language, RelationExtractor]]): The further teachers.
    """

    attr: str
    schema: Optional[Schema]
    threshold: float
    floor: Optional[float]
    others: "List[Tuple[Language, RelationExtractor]]"

    @classmethod
    def load(cls, first: "RelationExtractor", options: "Options") -> "Panel":
        """Load the further teachers of a command.

        first (RelationExtractor): The first teacher.
        options (Options): The command.
        RETURNS (Panel): All others.
        RAISES (ValueError): If one was not trained for the same relations, or no threshold for the
            mean is known.
        """
        named = options.threshold is None or isinstance(options.threshold, str)
        if options.others and first.calibration and named:
            raise ValueError(Errors.DRE430)
        others = []
        for name in options.others:
            nlp = load_pipeline(name)
            pipe = find_extractor(nlp, name)
            if different := sorted(set(first.labels) ^ set(pipe.labels)):
                raise ValueError(Errors.DRE792.format(name=name, different=different))
            others.append((nlp, pipe))
        threshold = first.threshold_of(options.threshold)
        return cls(first.attr, first.schema, threshold, options.soft, others)

    def __call__(self, doc: "Doc") -> None:
        """Add what the others say to what the first teacher has written to a document."""
        if not self.others:
            return
        assert self.schema is not None  # or there would be no document
        first = load_relations(doc, attr=self.attr)
        labels = mean_labels(
            [votes_of(first), *(self._ask(nlp, pipe, doc) for nlp, pipe in self.others)]
        )
        evidence = {triple: triple for triple in first.triples}
        stated = [
            Triple(t.entities, t.label, t.score, known.evidence, known.evidence_from)
            for t, known in ((t, evidence.get(t, t)) for t in labels)
            if t.rank >= self.threshold
        ]
        store_relations(
            doc,
            first.entities,
            keep_consistent(stated, self.schema),
            roles=first.roles,
            words=first.words,
            soft=None if self.floor is None else labels,
            attr=self.attr,
        )

    def _ask(self, nlp: "Language", pipe: "RelationExtractor", doc: "Doc") -> Tuple[Triple, ...]:
        """Ask another teacher about the entities that the document has."""
        from spacy.tokens import Doc
        from spacy.training import Example

        from ..component.gold_entities import with_gold_entities
        from ..models.extractor import extract

        reference = Doc(nlp.vocab).from_bytes(doc.to_bytes())
        predicted = reference.copy()
        clear_relations(predicted, attr=self.attr)
        for _, component in nlp.pipeline:
            if component is not pipe:
                predicted = component(predicted)
        assert pipe.schema is not None
        ask = partial(
            extract,
            pipe.model,
            schema=pipe.schema,
            threshold=pipe.threshold_of(),
            at_least_one=pipe.cfg["at_least_one"],
            calibration=pipe.calibration,
            soft=self.floor,
        )
        (example,) = with_gold_entities(
            [Example(predicted, reference)],
            ask,
            pipe.set_annotations,
            attr=self.attr,
            batch_size=1,
        )
        return votes_of(load_relations(example.predicted, attr=pipe.attr))


def votes_of(stored: StoredRelations) -> Tuple[Triple, ...]:
    """RETURNS (Tuple[Triple, ...]): The soft labels of a teacher, or its decisions as such where it
    has no distribution."""
    if stored.soft is not None:
        return stored.soft
    return tuple(Triple(triple.entities, triple.label, 1.0) for triple in stored.triples)
