"""Settings of models that must lie in a range."""

from typing import Optional

from ..errors import Errors


def check_limits(**limits: Optional[int]) -> None:
    """Check settings that limit something, and so must leave something.

    limits (Optional[int]): Settings that must be at least 1, unless they are None.
    RAISES (ValueError): If one is less.
    """
    for name, value in limits.items():
        if value is not None and value < 1:
            raise ValueError(Errors.DRE523.format(name=name, value=value, expected="1 or more"))


def check_not_negative(**amounts: float) -> None:
    """Check settings that say how many or how much.

    amounts (float): Settings that must be at least 0.
    RAISES (ValueError): If one is less.
    """
    for name, value in amounts.items():
        if value < 0:
            raise ValueError(Errors.DRE523.format(name=name, value=value, expected="0 or more"))


def check_shares(**shares: float) -> None:
    """Check settings that say which share of something.

    shares (float): Settings that must lie between 0 and 1.
    RAISES (ValueError): If one does not.
    """
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueError(
                Errors.DRE523.format(name=name, value=value, expected="between 0 and 1")
            )
