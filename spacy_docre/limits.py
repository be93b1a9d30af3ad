"""Settings of models that limit something, and so must leave something."""

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
