"""Every public name leads somewhere, and every name that leads somewhere is public."""

import configparser
import importlib
import re
from pathlib import Path

import pytest
from spacy import registry

ROOT = Path(__file__).parent.parent
NAME = re.compile(r'"(spacy_docre\.\w+\.v\d+)"')
REGISTERED = re.compile(r'registry\.(\w+)\(\s*"(spacy_docre\.\w+\.v\d+)"')


def entry_points():
    """The (group, name, target) of each entry point that setup.cfg declares."""
    # No "=" inside names, and "[" begins no section in them, so the rules of .ini files do.
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read(ROOT / "setup.cfg")
    for group, lines in parser["options.entry_points"].items():
        for line in lines.strip().splitlines():
            name, target = line.split("=")
            yield group, name.strip(), target.strip()


ENTRY_POINTS = sorted(entry_points())
SOURCES = sorted((ROOT / "spacy_docre").rglob("*.py"))
CONFIGS = sorted((ROOT / "configs").rglob("*.cfg"))


def registry_of(group):
    # Schedules are thinc's, and what spaCy has in common with it is in the same registry.
    package, _, name = group.partition("_")
    assert package in ("spacy", "thinc")
    if name == "span_getters":
        pytest.importorskip("spacy_transformers")
    return getattr(registry, name)


@pytest.mark.parametrize(("group", "name", "target"), ENTRY_POINTS)
def test_a_declared_name_resolves_to_its_function(group, name, target):
    module, function = target.split(":")
    expected = getattr(importlib.import_module(module), function)
    assert registry_of(group).get(name) is expected


def test_each_name_is_declared_once():
    names = [(group, name) for group, name, _ in ENTRY_POINTS]
    assert len(set(names)) == len(names)


def test_what_is_registered_is_declared():
    declared = {(group, name) for group, name, _ in ENTRY_POINTS}
    registered = {
        (f"thinc_{group}" if group == "schedules" else f"spacy_{group}", name)
        for path in SOURCES
        for group, name in REGISTERED.findall(path.read_text(encoding="utf8"))
    }
    assert len(registered) > 10, "the pattern no longer finds what it looks for"
    assert registered <= declared


def test_names_in_code_and_configs_exist():
    # What a project registers is there for those who run it with `--code`.
    projects = (ROOT / "projects").rglob("*.py")
    declared = {name for path in projects for _, name in REGISTERED.findall(path.read_text("utf8"))}
    declared |= {name for _, name, _ in ENTRY_POINTS}
    mentioned = {
        name for path in [*SOURCES, *CONFIGS] for name in NAME.findall(path.read_text("utf8"))
    }
    assert mentioned <= declared
