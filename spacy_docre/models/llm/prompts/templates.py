"""Templates of prompts: Jinja templates, in files that a person can read.

Text from documents is only ever the value of a variable. It is never read as a template, and
nothing of it is escaped.
"""

import re
from pathlib import Path
from typing import Any, Collection, Mapping, Tuple

from jinja2 import StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ....errors import Errors

FOLDER = Path(__file__).parent / "templates"
# Fields as Python's `format` writes them, which Jinja would take for text.
OTHER_SYNTAX = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
# What comes with a pipeline is not trusted: a sandbox, without any functions.
SANDBOX = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
SANDBOX.globals.clear()


class Template:
    """A Jinja template.

    text (str): Its text.
    name (str): Where it comes from, for messages.
    fields (Collection[str]): The variables that may occur.
    RAISES (ValueError): If it is no template, or uses other variables.
    """

    def __init__(self, text: str, name: str, fields: Collection[str]) -> None:
        self._made_of = text, name, fields
        self._name = name
        text = text.rstrip("\n")
        other = OTHER_SYNTAX.search(text)
        if other:
            raise self._refusal(f"it has {other[0]}, where Jinja writes {{{{ {other[1]} }}}}")
        try:
            self.fields = find_undeclared_variables(SANDBOX.parse(text))
            self._template = SANDBOX.from_string(text)
        except TemplateError as error:
            raise self._refusal(str(error)) from error
        unknown = sorted(self.fields - set(fields))
        if unknown:
            known = ", ".join(sorted(fields))
            raise self._refusal(f"it uses {', '.join(unknown)}, but there is only {known}")

    def __reduce__(self) -> Tuple[Any, ...]:
        # What Jinja compiles can neither be copied nor pickled.
        return Template, self._made_of

    def fill(self, values: Mapping[str, Any]) -> str:
        """RETURNS (str): The text with values in the place of its variables.
        RAISES (ValueError): If it does with them what is not allowed.
        """
        try:
            return self._template.render(values)
        except (TemplateError, TypeError) as error:
            raise self._refusal(str(error)) from error

    def _refusal(self, problem: str) -> ValueError:
        return ValueError(Errors.DRE602.format(name=self._name, problem=problem))


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
