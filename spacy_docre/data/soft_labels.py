"""Soft labels: how probable a teacher finds each relation of each pair of entities, so that a
student learns more from it than what it decides. They lie beside the triples of a document, sparse:
what is not there has probability 0."""

from collections.abc import Iterable, Sequence
from typing import Any, Dict, List, Optional, Tuple

from ..errors import Errors
from .plain_data import LARGEST, as_dicts, as_indices, as_score, as_text, get
from .triples import Triple


def check_floor(floor: Optional[float]) -> None:
    """RAISES (ValueError): If the least probability of soft labels is none."""
    if floor is not None and not 0 <= floor <= 1:
        raise ValueError(Errors.DRE790.format(value=floor))


def with_decisions(labels: Iterable[Triple], triples: Iterable[Triple]) -> Tuple[Triple, ...]:
    """Add what a teacher decides to its soft labels, where these lack it.

    labels (Iterable[Triple]): The soft labels.
    triples (Iterable[Triple]): What the teacher states.
    RETURNS (Tuple[Triple, ...]): All of them, sorted.
    """
    known = dict.fromkeys(labels)
    for triple in triples:
        known.setdefault(Triple(triple.entities, triple.label, triple.score))
    return tuple(sorted(known))


def soft_to_plain(labels: Sequence[Triple]) -> List[Dict[str, Any]]:
    """RETURNS (List[Dict[str, Any]]): Soft labels as plain data, see `storage`.

    RAISES (ValueError): If a label or a probability could not be saved.
    """
    return [
        {
            "label": as_text(triple.label, f"soft[{i}].label"),
            "entities": [int(index) for index in triple.entities],
            "score": as_score(float(triple.rank), f"soft[{i}].score"),
        }
        for i, triple in enumerate(labels)
    ]


def soft_from_plain(data: Any) -> Tuple[Triple, ...]:
    """RETURNS (Tuple[Triple, ...]): Soft labels of plain data.

    RAISES (ValueError): If they are not in that form.
    """
    return tuple(
        Triple(
            as_indices(get(entry, "entities", field), f"{field}.entities", LARGEST),
            as_text(get(entry, "label", field), f"{field}.label"),
            as_score(get(entry, "score", field), f"{field}.score"),
        )
        for field, entry in as_dicts(data, "soft")
    )
