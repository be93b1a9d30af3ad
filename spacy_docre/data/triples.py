"""Triples: what every extractor returns."""

from dataclasses import dataclass, field
from typing import Optional, Tuple

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
    score (Optional[float]): Confidence in [0, 1]; None where nobody has told it.
    evidence (Tuple[int, ...]): Indices of the sentences that support it, if known.
    evidence_from (str): Where evidence comes from: "annotated", "predicted" or "closest".
    """

    entities: Tuple[int, ...]
    label: str
    score: Optional[float] = field(default=1.0, compare=False)
    evidence: Tuple[int, ...] = field(default=(), compare=False)
    evidence_from: str = field(default=ANNOTATED, compare=False, repr=False)

    @property
    def head(self) -> int:
        return self.entities[0]

    @property
    def tail(self) -> int:
        return self.entities[1]

    @property
    def rank(self) -> float:
        """The score as thresholds see it: a triple whose score nobody has told passes all of them,
        since whoever stated it did so without one."""
        return rank_of(self.score)


def rank_of(score: Optional[float]) -> float:
    """RETURNS (float): A score as thresholds see it, see `Triple.rank`."""
    return 1.0 if score is None else score
