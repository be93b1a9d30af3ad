"""Names of people: which may be the same person's, and which are parts of others."""

import re
from typing import Tuple

from .names import Name, Words

# What the titles that people are addressed by say of them. Titles that say more than one thing of a
# person are left out with the name: who was a senator becomes president.
TITLES = {
    **dict.fromkeys("mr sir lord king prince pope".split(), "male"),  # noqa: SIM905
    **dict.fromkeys("mrs ms miss dame lady queen princess".split(), "female"),  # noqa: SIM905
    **dict.fromkeys(
        """
        mx dr prof professor president saint st rev reverend sen senator rep gov governor capt
        captain col colonel gen general lt sgt judge justice minister chancellor
        """.split(),  # noqa: SIM905
        "",
    ),
}
GENERATIONS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "2nd": "ii", "3rd": "iii"}
# "Vincent van Gogh": what a surname of several words begins with.
PARTICLES = frozenset(
    "van von der den de del della di da dos du la le al el bin ibn ter ten zu zur af av".split()  # noqa: SIM905
)
DEGREES = frozenset(["phd", "md", "jd", "mba", "esq", "obe", "cbe"])
_NUMERAL = re.compile("[IVX]+")


def person_name(words: Words) -> Name:
    """Read a person's name.

    words (Words): The words, in their original case.
    RETURNS (Name): The name without titles before it and the generation after it ("Jr.", "III"),
        which is its mark.
    """
    start, end, gender = 0, len(words), ""
    while start < end - 1 and words[start].lower() in TITLES:
        gender = gender or TITLES[words[start].lower()]
        start += 1
    while start < end - 1 and words[end - 1].lower() in DEGREES:
        end -= 1
    last = words[end - 1]
    mark = GENERATIONS.get(last.lower()) or (last.lower() if _NUMERAL.fullmatch(last) else "")
    if start == end - 1:
        mark = ""
    return Name(_spell_out(words[start : end - bool(mark)]), mark, gender)


def _spell_out(words: Words) -> Words:
    """Part initials that are written as one word: "JRR Tolkien" becomes "J R R Tolkien"."""
    if all(word.isupper() for word in words):  # "AL GORE"
        return words
    *first, last = words
    parted = [
        letters
        for word in first
        for letters in (word if word.isalpha() and word.isupper() and len(word) < 4 else [word])
    ]
    return (*parted, last)


def person_keys(name: Name) -> Tuple[Words, ...]:
    """RETURNS (Tuple[Words, ...]): What a name is found by: its first and its last word, and the
    last one together with the initial of each other one, that of the given name last."""
    *first, last = name.words
    ends = [(word,) for word in {name.words[0], last}]
    return (*ends, *((word[:1], last) for word in reversed(first)))


def is_part_of_person(short: Name, full: Name) -> bool:
    """RETURNS (bool): Whether a name says no more than a fuller one does: a given name or a surname
    alone, initials in the place of names, or fewer of all of them."""
    if short.mark not in ("", full.mark) or _differ(short.gender, full.gender):
        return False
    some, all_ = short.words, full.words
    if (some, short.mark) == (all_, full.mark):
        return bool(full.gender) and not short.gender
    if len(some) == 1:
        return len(some[0]) > 1 and some[0] in (all_[0], all_[-1])
    if len(some) < len(all_) and len(some[0]) > 1 and all_[-len(some) :] == some:
        return True  # a surname of several words
    return len(all_) > 1 and _agree(some, all_, either_way=False)


def may_be_one_person(one: Name, other: Name) -> bool:
    """RETURNS (bool): Whether nothing says that two names are those of two people. Full names that
    have initials, middle names or generations of their own need the same ones; a single word may
    be a part of any name, or another one."""
    if _differ(one.mark, other.mark) or _differ(one.gender, other.gender):
        return False
    return (
        min(len(one.words), len(other.words)) == 1
        or _agree(one.words, other.words)
        or is_part_of_person(one, other)
        or is_part_of_person(other, one)
    )


def _agree(some: Words, all_: Words, either_way: bool = True) -> bool:
    """Whether two full names agree in all that both have."""
    (given, middle, surname), (full_given, full_middle, full_surname) = map(_parts, (some, all_))
    length = min(len(surname), len(full_surname))
    if surname[-length:] != full_surname[-length:]:
        return False
    pairs = [*zip(given, full_given)]
    if middle and (full_middle or not either_way):
        if len(middle) != len(full_middle):
            return False
        pairs.extend(zip(middle, full_middle))
    return all(
        word == full or _is_initial(word, full) or (either_way and _is_initial(full, word))
        for word, full in pairs
    )


def _parts(words: Words) -> Tuple[Words, Words, Words]:
    """Given name, middle names and surname."""
    start = 1
    while start < len(words) - 1 and words[start].lower() not in PARTICLES:
        start += 1
    return words[:1], words[1:start], words[start:]


def _is_initial(word: str, full: str) -> bool:
    return len(word) == 1 and full.startswith(word)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)
