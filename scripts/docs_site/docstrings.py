"""Read docstrings in spaCy's style, which the generator of the site does not know.

`name (Type): text` becomes an entry of "Args:" (of "Attributes:" in a class), `RETURNS (Type):` one
of "Returns:", `RAISES (Error):` one of "Raises:", as Google's style writes them.
"""

import re

from griffe import Extension

ENTRY = re.compile(r"^(\*{0,2}\w+(?:, \w+)*) \((.+?)\): ?(.*)$")
RESULT = re.compile(r"^(RETURNS|YIELDS|RAISES) \((.+?)\): ?(.*)$")
TITLES = {"RETURNS": "Returns", "YIELDS": "Yields", "RAISES": "Raises"}


class SpacyDocstrings(Extension):
    """Rewrites the docstring of each object before it is parsed."""

    def on_object(self, *, obj, **kwargs):
        if obj.docstring:
            obj.docstring.value = google(obj.docstring.value, obj.is_class)


def google(text, of_class=False):
    """RETURNS (str): A docstring of spaCy's style in Google's."""
    prose, entry = [], None
    sections: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        result, argument = RESULT.match(line), ENTRY.match(line)
        if result:
            kind, name, rest = result.groups()
            entry = [f"    {name}: {rest}"]
            sections.setdefault(TITLES[kind], []).append(entry)
        elif argument:
            names, kind, rest = argument.groups()
            entry = [f"    {names} ({kind}): {rest}"]
            sections.setdefault("Attributes" if of_class else "Args", []).append(entry)
        elif entry is not None and line.startswith("    "):
            entry.append(f"    {line}")
        else:
            entry = None
            prose.append(line)
    for title, entries in sections.items():
        prose += ["", f"{title}:", *(line for each in entries for line in each)]
    return "\n".join(prose)
