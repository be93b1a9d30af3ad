"""Scores that mean something, and names for thresholds.

What an extractor calls 0.9 may be right half of the time, and more often for one relation than for
another. A calibration says for each relation how often triples of a score were right in documents
that the extractor had not learnt from: a triple with a calibrated score of 0.9 is right nine times
in ten, whatever its relation. `spacy_docre.analysis.calibrating` fits it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, NamedTuple, Tuple

from ..errors import Errors
from ..showing import show
from .triples import Triple

# Scores of 0 and 1 have no logit.
EDGE = 1e-6
# Beyond any line that was fitted.
LARGEST = 1e6


class Line(NamedTuple):
    """The logit of the calibrated score as a line over that of the score. It rises, so that the
    order of the triples of a relation stays.

    slope (float): More than 0.
    offset (float): The logit of what was 0.5.
    """

    slope: float
    offset: float

    def __call__(self, score: float) -> float:
        """RETURNS (float): The calibrated score."""
        value = self.slope * logit(score) + self.offset
        # exp of a large number overflows.
        return 1 / (1 + math.exp(-value)) if value >= 0 else 1 - 1 / (1 + math.exp(value))


@dataclass(frozen=True)
class Calibration:
    """What the scores of a component are worth.

    shared (Line): For relations that are not listed, since too little was seen of them.
    relations (Mapping[str, Line]): For the others, by label.
    floor (float): The score, before calibration, that triples need. Nothing is known of lower ones.
    thresholds (Mapping[str, float]): Operating points: thresholds of calibrated scores, by name.
    off (Tuple[str, ...]): Relations that are not returned, whatever their score.
    """

    shared: Line
    relations: Mapping[str, Line] = field(default_factory=dict)
    floor: float = 0.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    off: Tuple[str, ...] = ()

    def score(self, label: str, score: float) -> float:
        """RETURNS (float): The calibrated score of a triple with this label and score."""
        return self.relations.get(label, self.shared)(score)

    def apply(self, triples: Iterable[Triple], threshold: float) -> List[Triple]:
        """Calibrate triples.

        triples (Iterable[Triple]): Triples as an extractor scores them.
        threshold (float): The calibrated score that a triple needs at least.
        RETURNS (List[Triple]): Those that have it and are not off, with calibrated scores. What has
            no score remains without.
        """
        calibrated = (
            triple
            if triple.score is None
            else replace(triple, score=self.score(triple.label, triple.score))
            for triple in triples
            if triple.rank >= self.floor and triple.label not in self.off
        )
        return [triple for triple in calibrated if triple.rank >= threshold]

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {
            "shared": self.shared._asdict(),
            "relations": {label: line._asdict() for label, line in self.relations.items()},
            "floor": self.floor,
            "thresholds": dict(self.thresholds),
            "off": list(self.off),
        }

    @classmethod
    def from_dict(cls, data: Any) -> "Calibration":
        """Read plain data, of which anyone may have written anything.

        data (Any): As `to_dict` returns it.
        RETURNS (Calibration): The calibration.
        RAISES (ValueError): If the data does not have this form.
        """
        fields = ("shared", "relations", "floor", "thresholds", "off")
        _check(isinstance(data, dict) and set(data) == set(fields), "it", "an object of", fields)
        relations, thresholds, off = data["relations"], data["thresholds"], data["off"]
        _check(isinstance(relations, dict), "'relations'", "an object, not", relations)
        _check(isinstance(thresholds, dict), "'thresholds'", "an object, not", thresholds)
        for name, value in {"floor": data["floor"], **thresholds}.items():
            _check(_is_share(value), f"'{name}'", "a number between 0 and 1, not", value)
        texts = isinstance(off, list) and all(isinstance(label, str) for label in off)
        _check(texts, "'off'", "a list of labels, not", off)
        return cls(
            _line("shared", data["shared"]),
            {label: _line(label, line) for label, line in relations.items()},
            float(data["floor"]),
            {name: float(value) for name, value in thresholds.items()},
            tuple(off),
        )


def logit(score: float) -> float:
    """RETURNS (float): The logit of a score, which is finite."""
    score = min(max(score, EDGE), 1 - EDGE)
    return math.log(score) - math.log1p(-score)


def _line(name: str, data: Any) -> Line:
    _check(isinstance(data, dict) and set(data) == set(Line._fields), name, "a line, not", data)
    slope, offset = (data[each] for each in Line._fields)
    _check(
        _is_number(slope) and slope > 0, f"the slope of '{name}'", "a number above 0, not", slope
    )
    _check(_is_number(offset), f"the offset of '{name}'", "a number, not", offset)
    return Line(float(slope), float(offset))


def _is_number(value: Any) -> bool:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return known and -LARGEST <= value <= LARGEST


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _check(holds: bool, what: str, expected: str, value: Any) -> None:
    if not holds:
        shown = ", ".join(value) if isinstance(value, tuple) else show(value)
        raise ValueError(Errors.DRE691.format(what=what, expected=f"{expected} {shown}"))
