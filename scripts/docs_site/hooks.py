"""What the site adds to the pages in `docs`: commands and messages, and links to the sources."""

import os
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)\s#]*)(#[^)\s]*)?\)")
FENCE = re.compile(r"(^```.*?^```)", re.M | re.S)


def on_page_markdown(markdown, page, config, files):
    """Fill in lists that the code has, and lead links to files beyond `docs` to the repository."""
    for marker, make in LISTS.items():
        if marker in markdown:
            markdown = markdown.replace(marker, make())
    folder = Path(page.file.abs_src_path).parent
    parts = FENCE.split(markdown)
    parts[::2] = [LINK.sub(lambda m: _lead(m, folder, config), part) for part in parts[::2]]
    return "".join(parts)


def _lead(match, folder, config):
    target = Path(os.path.normpath(folder / match[2]))
    if target.is_relative_to(config.docs_dir):
        return match[0]
    path = target.relative_to(ROOT).as_posix()
    if config.repo_url:
        return f"[{match[1]}]({config.repo_url.rstrip('/')}/blob/main/{path}{match[3] or ''})"
    return f"{match[1]} (`{path}`)" if path not in match[1] else match[1]


def configs():
    """RETURNS (str): The training configs, with the comment that each begins with."""
    lines = ["| Config | Description |", "|---|---|"]
    for path in sorted((ROOT / "configs").rglob("*.cfg")):
        comment = re.match(r"(?:#.*\n)*", path.read_text("utf8"))
        assert comment is not None  # it may be empty
        text = " ".join(line.lstrip("# ") for line in comment[0].splitlines())
        lines.append(f"| `{path.relative_to(ROOT).as_posix()}` | {_cell(text)} |")
    return "\n".join(lines)


def commands():
    """RETURNS (str): The commands of the package with their arguments, from their own help."""
    import typer
    from spacy.cli._util import app
    from spacy.util import registry

    registry.cli.get_all()
    group: Any = typer.main.get_command(app)
    lines = []
    for name in sorted(each for each in group.commands if each.startswith("docre-")):
        command = group.commands[name]
        lines += [f"## `{name}`", "", command.help or "", ""]
        lines += ["| Argument | Default | Description |", "|---|---|---|"]
        for parameter in command.params:
            if parameter.name == "help":
                continue
            names = ", ".join(f"`{each}`" for each in parameter.opts)
            names = names if parameter.param_type_name == "option" else f"`{parameter.name}`"
            default = parameter.default
            plain = not callable(default) and default not in (None, "", False, ())
            shown = f"`{getattr(default, 'value', default)}`" if plain else ""
            lines.append(f"| {names} | {shown} | {_cell(parameter.help or '')} |")
        lines.append("")
    return "\n".join(lines)


def messages():
    """RETURNS (str): All errors and warnings, by number."""
    from spacy_docre.errors import Errors, Warnings

    lines = []
    for title, kind in (("Errors", Errors), ("Warnings", Warnings)):
        lines += [f"## {title}", "", "| Number | Message |", "|---|---|"]
        for number in sorted(vars(kind)):
            if number.startswith("DR"):
                text = str(vars(kind)[number]).replace("{{", "{").replace("}}", "}")
                lines.append(f"| `{number}` | {_cell(text)} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text):
    """Text as a table's cell shows it, with its code as code."""
    parts = re.split(r"(`[^`]*`)", text.replace("\n", " "))
    parts[::2] = [re.sub(r"([\\*_<>\[\]{}#])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts).replace("|", "&#124;")


LISTS = {
    "<!-- configs -->": configs,
    "<!-- commands -->": commands,
    "<!-- messages -->": messages,
}
