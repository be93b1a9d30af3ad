"""Templates of prompts: files that a person can read, filled in one pass.

What is filled in is never read again, so that text from documents, whatever it holds, cannot
become part of a template.
"""

import re
from pathlib import Path
from typing import Collection, Mapping

from ..errors import Errors

FIELD = re.compile(r"\{(\w+)\}")
FOLDER = Path(__file__).parent / "prompts"


class Template:
    """Text with fields such as `{passage}`. Other braces are text.

    text (str): The text.
    name (str): Where it comes from, for messages.
    fields (Collection[str]): The fields that may occur.
    RAISES (ValueError): If other fields occur.
    """

    def __init__(self, text: str, name: str, fields: Collection[str]) -> None:
        # Literal text and names of fields alternate.
        self._pieces = FIELD.split(text.rstrip("\n"))
        unknown = sorted(set(self._pieces[1::2]) - set(fields))
        if unknown:
            raise ValueError(
                Errors.DRE602.format(name=name, unknown=unknown, fields=sorted(fields))
            )

    def fill(self, values: Mapping[str, str]) -> str:
        """RETURNS (str): The text with values in the place of its fields."""
        pieces = list(self._pieces)
        pieces[1::2] = [values[name] for name in pieces[1::2]]
        return "".join(pieces)

    def uses(self, field: str) -> bool:
        """RETURNS (bool): Whether a field occurs."""
        return field in self._pieces[1::2]


def is_own(prompt: str) -> bool:
    """RETURNS (bool): Whether this is the name of a template of this package, and no path."""
    return re.fullmatch(r"\w+", prompt) is not None


def read_template(prompt: str) -> str:
    """Read the text of a template.

    prompt (str): The name of a template of this package, or the path of a file.
    RETURNS (str): The text.
    RAISES (ValueError): If it cannot be read.
    """
    path = FOLDER / f"{prompt}.txt" if is_own(prompt) else Path(prompt)
    try:
        return path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(sorted(file.stem for file in FOLDER.glob("*.txt")))
        raise ValueError(Errors.DRE601.format(prompt=prompt, error=error, names=names)) from error
