"""Every numbered message is one that something says, and nothing says another."""

import re
from pathlib import Path

import pytest

from baselines.lexical.errors import Errors as LexicalErrors
from baselines.lexical.errors import Warnings as LexicalWarnings
from spacy_docre.errors import Errors, Warnings

ROOT = Path(__file__).parents[1]
ROOMS = ("spacy_docre", "baselines", "projects")
SAID = {
    number
    for room in ROOMS
    for file in (ROOT / room).rglob("*.py")
    if file.name != "errors.py"
    for number in re.findall(r"(?:(?:Errors|Warnings)\.|\")(DR[EW]\d+)", file.read_text("utf8"))
}
NUMBERED = {
    name
    for each in (Errors, Warnings, LexicalErrors, LexicalWarnings)
    for name in vars(each)
    if name.startswith("DR")
}


def test_every_message_that_is_said_exists():
    assert sorted(SAID - NUMBERED) == []


def test_every_message_that_exists_is_said():
    assert sorted(NUMBERED - SAID) == []


@pytest.mark.parametrize(("kind", "prefix"), [(Errors, "DRE"), (Warnings, "DRW")])
def test_errors_and_warnings_are_told_apart_by_their_numbers(kind, prefix):
    names = [name for name in vars(kind) if name.startswith("DR")]
    assert all(re.fullmatch(rf"{prefix}\d{{3}}", name) for name in names)
