"""How a text refers to things: by name, alias, description or pronoun."""

import random
from typing import Dict, List, NamedTuple, Set

from .world import Thing

#: Subject, object and possessive form of each pronoun.
PRONOUNS: Dict[str, Dict[str, str]] = {
    "he": {"subj": "he", "obj": "him", "poss": "his"},
    "she": {"subj": "she", "obj": "her", "poss": "her"},
    "it": {"subj": "it", "obj": "it", "poss": "its"},
}
GENERIC_NOUNS = ("company", "firm")


class Part(NamedTuple):
    """A stretch of text that mentions a thing, or does not.

    text (str): The text.
    mention (bool): Whether it is a mention.
    named (bool): Whether it is a name, and not a description or a pronoun.
    unique (bool): Whether this name belongs to this document alone, as names of
        people, companies and places do and years do not.
    """

    text: str
    mention: bool = False
    named: bool = False
    unique: bool = False


class Discourse:
    """What a reader knows while reading, and so how briefly a thing can be named.

    things (List[Thing]): Everything that the text may mention.
    rng (random.Random): The source of chance.
    pronouns (bool): Whether a pronoun or a description may be all that a sentence says
        of a thing. If not, each sentence names what it speaks about, at first.
    """

    def __init__(self, things: List[Thing], rng: random.Random, pronouns: bool = True) -> None:
        self.things = things
        self.rng = rng
        self.pronouns = pronouns
        self.known: Set[int] = set()
        self.acronyms: Set[int] = set()
        self.jobs: Set[int] = set()
        self.previous: List[Thing] = []
        self.current: List[Thing] = []

    def start_paragraph(self) -> None:
        self.previous = []

    def drop_sentence(self) -> None:
        """Forget the sentence at hand, to tell it in another way."""
        self.current = []

    def end_sentence(self) -> None:
        """Keep the sentence at hand: what it mentions is known from now on."""
        self.known.update(thing.number for thing in self.current)
        self.previous, self.current = self.current, []

    def refer(self, thing: Thing, case: str, *, plainly: bool = False) -> List[Part]:
        """Refer to a thing.

        thing (Thing): The thing.
        case (str): One of the `CASES` of templates.
        plainly (bool): Whether to leave out what a thing is ("the pilot Otto Dunley").
        RETURNS (List[Part]): The text, in parts.
        """
        again = thing in self.current
        parts = self._choose(thing, case, again, plainly)
        if not again:
            self.current.append(thing)
        return parts

    def _choose(self, thing: Thing, case: str, again: bool, plainly: bool) -> List[Part]:
        if again and self._pronoun_fits(thing, case, again):
            return [Part(PRONOUNS[thing.pronoun][case], mention=True)]
        if self.pronouns and not again:
            if case == "at" and self._only_place(thing) and self.rng.random() < 0.75:
                return [Part("there", mention=True)]
            if self._pronoun_fits(thing, case, again) and self.rng.random() < 0.75:
                return [Part(PRONOUNS[thing.pronoun][case], mention=True)]
            if case not in ("named", "at") and self._described(thing) and self.rng.random() < 0.45:
                return self._inflect([Part(self._description(thing), mention=True)], case)
        return self._inflect(self._name(thing, case, again, plainly), case)

    def _name(self, thing: Thing, case: str, again: bool, plainly: bool) -> List[Part]:
        before, name, after = "the " if thing.article else "", thing.name, ""
        if again:
            known = thing.acronym if thing.number in self.acronyms else ""
            name = known or thing.short or thing.name
        elif thing.number in self.known:
            if thing.acronym and thing.number in self.acronyms:
                name = self.rng.choice((name, thing.acronym, thing.acronym))
            elif thing.short:
                name = self.rng.choice((name, thing.short, thing.short))
        elif case != "poss":
            if thing.acronym:
                self.acronyms.add(thing.number)
                after = thing.acronym
            elif plainly:
                pass
            elif thing.kind == "person" and self.rng.random() < 0.25:
                self.jobs.add(thing.number)
                before = f"the {thing.noun} "
            elif thing.kind == "town" and self.rng.random() < 0.2:
                before = f"the {thing.noun} of "
        unique = thing.kind != "time"
        parts = [Part(before), Part(name, mention=True, named=True, unique=unique)]
        if after:
            parts += [Part(" ("), Part(after, mention=True, named=True, unique=True), Part(")")]
        return parts

    def _inflect(self, parts: List[Part], case: str) -> List[Part]:
        if case == "poss":
            return [*parts, Part("'s")]
        return [Part("in "), *parts] if case == "at" else parts

    def _pronoun_fits(self, thing: Thing, case: str, again: bool) -> bool:
        if case not in PRONOUNS.get(thing.pronoun, ()):
            return False
        rivals = [other for other in self.current if other.pronoun == thing.pronoun]
        if again:
            return rivals == [thing]
        before = [other for other in self.previous if other.pronoun == thing.pronoun]
        # "He" must be the only man of the last sentence; "it" what the sentence began
        # with, and the only company, place or product.
        alike = [other for other in before if other.type == thing.type]
        return before[:1] == alike == [thing] and not rivals

    def _only_place(self, thing: Thing) -> bool:
        return [other for other in self.previous if other.type == "LOC"] == [thing]

    def _described(self, thing: Thing) -> bool:
        """Whether "the brewery" or "the company" can only be this thing."""
        if thing.number not in self.known:
            return False
        if thing.kind == "person" and thing.number not in self.jobs:
            return False
        others = [other for other in self.things if other.number != thing.number]
        return all(other.noun != thing.noun for other in others)

    def _description(self, thing: Thing) -> str:
        nouns = [thing.noun]
        if thing.kind == "company" and [t for t in self.things if t.kind == "company"] == [thing]:
            nouns += GENERIC_NOUNS
        return f"the {self.rng.choice(nouns)}"
