"""Names as they are compared: the words that tell entities apart."""

import re
from typing import NamedTuple, Optional, Tuple

from spacy.symbols import PRON
from spacy.tokens import Doc

from ..data.entities import Mention
from .trimming import trim

Words = Tuple[str, ...]


class Name(NamedTuple):
    """A name, and what its bearer's namesakes may differ in.

    words (Words): The words.
    mark (str): A company's legal form, or a person's generation ("jr", "iii"); "" if none is given.
    gender (str): The gender that a person's title tells; "" if it tells none.
    """

    words: Words
    mark: str = ""
    gender: str = ""


LEGAL_FORMS = frozenset(
    """
    inc incorporated corp corporation co company ltd limited llc llp lp plc gmbh ag kg sa sas
    sarl srl bv nv ab asa oy oyj kk pty pte
    """.split()  # noqa: SIM905
)
SHORT_FORMS = {"incorporated": "inc", "corporation": "corp", "company": "co", "limited": "ltd"}
PRONOUNS = frozenset(
    """
    i me my mine myself you your yours yourself he him his himself she her hers herself it its
    itself we us our ours ourselves they them their theirs themselves this that these those who
    whom whose which one
    """.split()  # noqa: SIM905
)
# Dots go, except in numbers; hyphens part words; other signs (C++, CD4-) tell names apart.
_DOTS = re.compile(r"(?<!\d)\.|\.(?!\d)")
_PREFIXES = re.compile(r"\b([ODLodl])['’](?=\w)")  # "O'Neill" is one word  # noqa: RUF001
_BREAKS = re.compile(r"(?<=\w)\s*[-‐‑–]\s*(?=\w)|[\s,;:\"'“”‘’()\[\]&]+")  # noqa: RUF001


def name_words(doc: Doc, mention: Mention) -> Optional[Words]:
    """The words of a mention, without determiners, punctuation and possessives.

    doc (Doc): The document.
    mention (Mention): The mention.
    RETURNS (Optional[Words]): The words in their original case; None if it is a pronoun or a
        description such as "the company", which may stand for anything.
    """
    start, end = trim(doc, mention)
    tokens = doc[start:end]
    if len(tokens) == 1 and (tokens[0].lower_ in PRONOUNS or tokens[0].pos == PRON):
        may_be_acronym = tokens[0].is_upper and len(tokens[0]) > 1  # "US", "IT"
        if not may_be_acronym:
            return None
    was_introduced = start > mention.start and not doc[start - 1].is_punct
    if was_introduced and not any(char.isupper() or char.isdigit() for char in tokens.text):
        return None
    words = tuple(filter(None, _BREAKS.split(_PREFIXES.sub(r"\1", _DOTS.sub("", tokens.text)))))
    return words or (tokens.text,)


def company_name(words: Words) -> Name:
    """RETURNS (Name): A company's name without its legal form, which is its mark."""
    end = len(words)
    while end > 1 and words[end - 1].lower() in LEGAL_FORMS:
        end -= 1
    forms = [word.lower() for word in words[end:]]
    return Name(words[:end], " ".join(SHORT_FORMS.get(form, form) for form in forms))


def is_part_of_company(short: Name, full: Name) -> bool:
    """RETURNS (bool): Whether a name is another one without its legal form."""
    return short.words == full.words and bool(full.mark) and not short.mark


def may_be_one_company(one: Name, other: Name) -> bool:
    """RETURNS (bool): Whether no legal form tells two names apart."""
    return not one.mark or not other.mark or one.mark == other.mark


def is_acronym(words: Words) -> bool:
    """RETURNS (bool): Whether this may be an acronym: one word in capitals."""
    return len(words) == 1 and len(words[0]) > 1 and words[0].isalpha() and words[0].isupper()


def acronyms(words: Words) -> Tuple[str, ...]:
    """RETURNS (Tuple[str, ...]): What may abbreviate a name: the initials of all its words, and of
    those with a capital. Two letters that leave out a word may abbreviate too much: "BA" is not
    "Bank of America"."""
    if len(words) < 2:
        return ()
    every = "".join(word[0] for word in words).upper()
    capitals = "".join(word[0] for word in words if word[0].isupper())
    return tuple(sorted({every, capitals} if len(capitals) > 2 else {every}))
