"""What all pages share: their templates' rules, and their styles."""

import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..showing import visible

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def make_environment(package: str) -> Environment:
    """Whatever a template of this environment shows of documents, labels and file names is escaped,
    and arranges no other text.

    package (str): The package that has the templates.
    RETURNS (Environment): The environment.
    """
    environment = Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment


def read_asset(name: str, *, minify: bool = False) -> Markup:
    """Read a script or a style of this package, to be part of a page.

    name (str): The name of the file.
    minify (bool): Leave out comments and indentation.
    RETURNS (Markup): Its text.
    """
    text = (files("spacy_docre.rendering") / name).read_text(encoding="utf8")
    if minify:
        lines = (line.strip() for line in COMMENT.sub("", text).splitlines())
        text = "\n".join(line for line in lines if line and not line.startswith("//"))
    return Markup(text)


def _visible(value: Any) -> Any:
    # What is HTML already has no text of a document as it was.
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return visible(value, lines=True) if is_text else value
