"""How commands end, and what they say of what they wrote."""

from pathlib import Path

from wasabi import Printer

from ..showing import visible


def fail(msg: Printer, title: str, error: Exception) -> None:
    """End a command with the message of an error, which may be one of another package."""
    msg.fail(title, visible(str(error), lines=True), exits=1)


def saved(msg: Printer, what: str, path: Path) -> None:
    """Say where something was written."""
    msg.good(what, visible(str(path)))
