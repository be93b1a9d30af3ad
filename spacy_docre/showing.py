"""What comes from data, as people see it: in messages, in tables and in Markdown.

A label may hold what moves the cursor of a terminal, turns the direction of text or is HTML, and a
corpus may have 20,000 labels.
"""

import html
import re
from itertools import islice
from typing import Any, Collection
from unicodedata import category

# Signs that say how text is arranged, and others that nobody sees. Joiners are not among them:
# emoji and many scripts are not legible without.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]"
)
HIDDEN_IN_LINES = re.compile(f"(?![\n\t]){HIDDEN.pattern}")
# An underscore within a word is nothing else to Markdown.
MARKUP = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
MOST = 5
TOO_DEEP = "something nested too deeply to be shown"


def is_blank(text: str) -> bool:
    """RETURNS (bool): Whether there is nothing to see of a text."""
    # What is no text is refused elsewhere, by its kind.
    return isinstance(text, str) and all(category(sign) in INVISIBLE for sign in text)


def visible(text: str, *, lines: bool = False) -> str:
    """Write what nobody would see as an escape. Whatever is legible stays as it is.

    text (str): The text.
    lines (bool): Whether it may have several lines, and tabs.
    RETURNS (str): Text that is safe to print.
    """
    return (HIDDEN_IN_LINES if lines else HIDDEN).sub(_escape, text)


def in_markdown(text: str) -> str:
    """RETURNS (str): Text that Markdown, and HTML in it, show as it is, on one line."""
    return MARKUP.sub(r"\\\g<0>", html.escape(visible(" ".join(text.splitlines())), quote=False))


def shortened(text: str, length: int) -> str:
    """RETURNS (str): A text of no more characters than that."""
    return text if len(text) <= length else text[: length - 1] + "…"


def show(value: Any) -> str:
    """Show a value in a message, however large it is."""
    if value is None:
        return "null"
    try:
        return shortened(ascii(value), 60)
    except RecursionError:
        return TOO_DEEP


def listed(names: Collection[Any], *, most: int = MOST) -> str:
    """List names in a message, however many there are.

    names (Collection[Any]): The names, in the order to list them.
    most (int): How many to list.
    RETURNS (str): The first of them, and the number of the others.
    """
    shown = [shortened(str(name), 60) for name in islice(names, most)]
    others = len(names) - len(shown)
    return ", ".join(shown) + (f" and {others:,} others" if others else "")


def _escape(match: "re.Match[str]") -> str:
    return match[0].encode("unicode_escape").decode("ascii")
