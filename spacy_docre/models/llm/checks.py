"""Checks of settings."""

from typing import Any, Collection

from ...errors import Errors


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """RAISES (ValueError): If a setting is none of those that there are."""
    if value not in choices:
        expected = f"one of {', '.join(choices)}"
        raise ValueError(Errors.DRE610.format(name=name, value=repr(value), expected=expected))


def check_range(name: str, value: Any, least: float, most: float = float("inf")) -> None:
    """RAISES (ValueError): If a setting is too small or too large."""
    if not least <= value <= most:
        expected = f"at least {least}" if most == float("inf") else f"between {least} and {most}"
        raise ValueError(Errors.DRE610.format(name=name, value=value, expected=expected))
