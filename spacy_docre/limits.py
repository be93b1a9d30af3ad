"""Settings that limit something."""

from typing import Optional

from .errors import Errors


def check_limits(**limits: Optional[int]) -> None:
    """Check settings.

    limits (Optional[int]): Settings that must be at least 1, unless they are None.
    RAISES (ValueError): If one is less.
    """
    for name, value in limits.items():
        if value is not None and value < 1:
            raise ValueError(Errors.DRE523.format(name=name, value=value, expected="1 or more"))


def check_threshold(value: Optional[float]) -> None:
    """RAISES (ValueError): If a threshold is not between 0 and 1. None is the usual one."""
    if value is not None and not 0 <= value <= 1:
        raise ValueError(Errors.DRE026.format(setting="threshold", value=value))
