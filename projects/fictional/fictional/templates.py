"""Sentence templates: what a sentence says, and ways of saying it.

A template is a sentence with slots. A slot asks for a reference to a thing, `{a}`,
in one of the `CASES`, `{a:poss}`; for a word about it, `{a.noun}`; or for the word
that fits a man or a woman, `{a/son/daughter}`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Tuple, Union

import srsly

from .facts import load_schema
from .world import TYPES

TEMPLATE_DIR = Path(__file__).parent / "sentences"
#: How a thing is referred to: as the subject, as an object, without a pronoun (after
#: "of"), by a name only, as a possessor, or as a place ("in Kelmouth", "there").
CASES = ("subj", "obj", "of", "named", "poss", "at")
WORDS = ("noun", "a_noun")
_SLOT = re.compile(r"\{([a-z])(?::(\w+)|\.(\w+)|/(\w+)/(\w+))?\}")


class Reference(NamedTuple):
    """A slot that mentions a thing."""

    slot: str
    case: str


class Word(NamedTuple):
    """A slot that takes a word about a thing: its noun, or one of two by gender."""

    slot: str
    word: str
    male: str
    female: str


Piece = Union[str, Reference, Word]


class Statement(NamedTuple):
    """A relation between two slots."""

    label: str
    head: str
    tail: str


@dataclass(frozen=True)
class Template:
    """One sentence with slots.

    text (str): As written.
    pieces (Tuple[Piece, ...]): Literal text and slots, in order.
    """

    text: str
    pieces: Tuple[Piece, ...]

    @property
    def mentioned(self) -> FrozenSet[str]:
        """RETURNS (FrozenSet[str]): The slots that the sentence mentions."""
        return frozenset(piece.slot for piece in self.pieces if isinstance(piece, Reference))


@dataclass(frozen=True)
class Group:
    """Templates that say the same.

    slots (Dict[str, str]): The kind of thing that each slot takes.
    states (Tuple[Statement, ...]): What the sentences state. If nothing, they
        state no relation between their slots, or deny one.
    templates (Tuple[Template, ...]): The sentences.
    """

    slots: Mapping[str, str]
    states: Tuple[Statement, ...]
    templates: Tuple[Template, ...]


def parse_template(text: str) -> Template:
    """Parse a template.

    text (str): A sentence with slots.
    RETURNS (Template): The template.
    RAISES (ValueError): If a slot is not well formed.
    """
    pieces: List[Piece] = []
    end = 0
    for match in _SLOT.finditer(text):
        pieces.append(text[end : match.start()])
        slot, case, word, male, female = match.groups(default="")
        if case and case not in CASES:
            raise ValueError(_unusable(text, f"no case '{case}'"))
        if word and word not in WORDS:
            raise ValueError(_unusable(text, f"no word '{word}'"))
        if word or male:
            pieces.append(Word(slot, word, male, female))
        else:
            pieces.append(Reference(slot, case or "subj"))
        end = match.end()
    pieces.append(text[end:])
    if any(isinstance(piece, str) and set(piece) & {"{", "}"} for piece in pieces):
        raise ValueError(_unusable(text, "a brace is not part of a slot"))
    return Template(text, tuple(piece for piece in pieces if piece != ""))


@lru_cache(maxsize=1)
def load_groups() -> Tuple[Group, ...]:
    """RETURNS (Tuple[Group, ...]): All groups of templates that come with the package."""
    return tuple(
        parse_group(entry)
        for path in sorted(TEMPLATE_DIR.glob("*.json"))
        for entry in srsly.read_json(path)
    )


def parse_group(entry: Mapping[str, Any]) -> Group:
    """Create a group from plain data.

    entry (Mapping[str, Any]): The keys are those of `Group`; a statement is a
        relation and two slots, separated by spaces.
    RETURNS (Group): The group.
    RAISES (ValueError): If it uses slots, kinds or relations that do not exist.
    """
    slots: Dict[str, str] = dict(entry["slots"])
    states = tuple(Statement(*state.split()) for state in entry.get("states", ()))
    schema = load_schema()
    for kind in slots.values():
        if kind not in TYPES:
            raise ValueError(_unusable(entry, f"no kind '{kind}'"))
    for label, *arguments in states:
        for role, slot in enumerate(arguments):
            if slot not in slots or not schema[label].allows(role, TYPES[slots[slot]]):
                problem = f"'{slot}' does not fit '{label}'"
                raise ValueError(_unusable(entry, problem))
    templates = tuple(parse_template(text) for text in entry["templates"])
    for template in templates:
        used = {piece.slot for piece in template.pieces if not isinstance(piece, str)}
        if not used <= set(slots):
            problem = f"no slot '{min(used - set(slots))}'"
            raise ValueError(_unusable(template.text, problem))
    return Group(slots, states, templates)


def _unusable(template: Any, problem: str) -> str:
    return f"The sentence template {template!r} cannot be used: {problem}."
