"""Triples: what every extractor returns."""

from dataclasses import dataclass, field
from typing import Tuple

# Where evidence comes from: a corpus, a model, or the mentions that are closest to each other.
ANNOTATED, PREDICTED, CLOSEST = "annotated", "predicted", "closest"
EVIDENCE_FROM = (ANNOTATED, PREDICTED, CLOSEST)


@dataclass(frozen=True, order=True)
class Triple:
    """A relation between entities of one document. "Triple" is the field's word;
    an n-ary relation simply has more than two entities.

    entities (Tuple[int, ...]): Indices into `EntityDoc.entities`, one per role of
        the relation, in the order of the schema's roles (head, tail when binary).
    label (str): The relation.
    score (float): Confidence in [0, 1].
    evidence (Tuple[int, ...]): Indices of the sentences that support it, if known.
    evidence_from (str): Where evidence comes from: "annotated", "predicted" or "closest".
    """

    entities: Tuple[int, ...]
    label: str
    score: float = field(default=1.0, compare=False)
    evidence: Tuple[int, ...] = field(default=(), compare=False)
    evidence_from: str = field(default=ANNOTATED, compare=False, repr=False)

    @property
    def head(self) -> int:
        return self.entities[0]

    @property
    def tail(self) -> int:
        return self.entities[1]
