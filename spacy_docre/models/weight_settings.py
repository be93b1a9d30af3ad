"""Settings that weights were learnt under. With others they would mean something else."""

from collections.abc import Mapping
from typing import Any, Optional

from ..errors import Errors


def check_weight_settings(saved: Optional[Mapping[str, Any]], given: Mapping[str, Any]) -> None:
    """Compare the settings that weights were learnt under with those of the config.

    saved (Optional[Mapping[str, Any]]): The former, if there are weights.
    given (Mapping[str, Any]): The latter.
    RAISES (ValueError): If they differ.
    """
    if saved is None:
        return
    changed = sorted(name for name in {*saved, *given} if saved.get(name) != given.get(name))
    if changed:
        raise ValueError(
            Errors.DRE527.format(
                saved={name: saved.get(name) for name in changed},
                given={name: given.get(name) for name in changed},
            )
        )
