"""Reading the scores of relations from files of metrics."""

import math
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Tuple

from ..errors import Errors
from ..showing import show

Scores = Dict[str, Any]

# That of `scoring.scorer`, which every command of spaCy would have to wait for.
PREFIX = "docre"

# What tables show as numbers.
NUMBERS = re.compile(rf"{PREFIX}_(\w+_[prf]|gold|predicted|correct|documents)")


def read_metrics(path: Path) -> Dict[str, Scores]:
    """Read the scores of one evaluation.

    path (Path): A JSON file of metrics.
    RETURNS (Dict[str, Scores]): The scores of each component, by what their names begin with in the
        file, or by the name of the component where the file has scores by component; in the scores,
        names begin with `PREFIX` for all of them.
    RAISES (ValueError): If the file has no scores of relations, or others than numbers.
    """
    import srsly

    try:
        metrics: Any = srsly.read_json(path)
    except ValueError as error:
        raise _refuse(path, f"not JSON ({error})") from error
    found = _components(metrics) if isinstance(metrics, dict) else {}
    if not found:
        raise _refuse(path, f"it has no '{PREFIX}_micro_f'")
    for prefix, scores in found.items():
        by_label = scores.get(f"{PREFIX}_per_relation") or {}
        if not isinstance(by_label, dict) or not all(
            isinstance(values, dict) for values in by_label.values()
        ):
            problem = f"'{prefix}_per_relation' is no object of scores by relation"
            raise _refuse(path, problem)
        for field, value in _shown(scores, by_label):
            if not _is_number(value):
                name = prefix + field.removeprefix(PREFIX)
                raise _refuse(path, f"'{name}' is {show(value)}, not a number")
    return found


def _components(metrics: Mapping[str, Any]) -> Dict[str, Scores]:
    """RETURNS (Dict[str, Scores]): The scores of each component that scores relations."""
    prefixes = _prefixes(metrics)
    if prefixes:
        return {prefix: _scores(metrics, prefix, prefixes) for prefix in prefixes}
    # `--per-component` keeps the scores of components apart, whatever these begin with.
    own = {name: scores for name, scores in metrics.items() if isinstance(scores, dict)}
    return {
        name: _scores(scores, prefix, [prefix])
        for name, scores in own.items()
        for prefix in _prefixes(scores)[:1]
    }


def _prefixes(metrics: Mapping[str, Any]) -> List[str]:
    """What names of scores begin with. Other components may have a `_micro_f`, too, but only
    scorers of relations name a protocol."""
    named = [key.removesuffix("_protocol") for key in metrics if key.endswith("_protocol")]
    return [prefix for prefix in dict.fromkeys([PREFIX, *named]) if f"{prefix}_micro_f" in metrics]


def _scores(metrics: Mapping[str, Any], prefix: str, prefixes: List[str]) -> Scores:
    # The scores of "docre_links" are none of "docre".
    longer = tuple(f"{other}_" for other in prefixes if other.startswith(f"{prefix}_"))
    return {
        PREFIX + key.removeprefix(prefix): value
        for key, value in metrics.items()
        if key.startswith(f"{prefix}_") and not key.startswith(longer)
    }


def _shown(scores: Scores, by_label: Mapping[str, Mapping[str, Any]]) -> Iterator[Tuple[str, Any]]:
    """YIELDS (Tuple[str, Any]): What tables show, and should be numbers."""
    for field, value in scores.items():
        if NUMBERS.fullmatch(field):
            yield field, value
    for label, values in by_label.items():
        for key in ("p", "r", "f", "support"):
            yield f"{PREFIX}_per_relation.{label}.{key}", values.get(key)


def _is_number(value: Any) -> bool:
    """None is a score that there was nothing to compute from."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _refuse(path: Path, problem: str) -> ValueError:
    return ValueError(Errors.DRE331.format(path=path, problem=problem))
