"""Triples: what every extractor returns."""

from dataclasses import dataclass, field
from typing import Tuple


@dataclass(frozen=True, order=True)
class Triple:
    """A relation between entities of one document. "Triple" is the field's word;
    an n-ary relation simply has more than two entities.

    entities (Tuple[int, ...]): Indices into `EntityDoc.entities`, one per role of
        the relation, in the order of the schema's roles (head, tail when binary).
    label (str): The relation.
    score (float): Confidence in [0, 1].
    evidence (Tuple[int, ...]): Indices of the sentences that support it, if known.
    """

    entities: Tuple[int, ...]
    label: str
    score: float = field(default=1.0, compare=False)
    evidence: Tuple[int, ...] = field(default=(), compare=False)

    @property
    def head(self) -> int:
        return self.entities[0]

    @property
    def tail(self) -> int:
        return self.entities[1]
