"""Names as they are compared: the words that tell entities apart."""

import re
from typing import Optional, Tuple

from spacy.symbols import PRON
from spacy.tokens import Doc

from ..entities import Mention
from .trimming import trim

Name = Tuple[str, ...]

TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof professor sir dame lord lady president king queen prince princess
    pope saint st rev reverend sen senator rep gov governor capt captain col colonel gen general
    lt sgt judge justice minister chancellor
    """.split()  # noqa: SIM905
)
LEGAL_FORMS = frozenset(
    """
    inc incorporated corp corporation co company ltd limited llc llp lp plc gmbh ag kg sa sas
    sarl srl bv nv ab asa oy oyj kk pty pte
    """.split()  # noqa: SIM905
)
PRONOUNS = frozenset(
    """
    i me my mine myself you your yours yourself he him his himself she her hers herself it its
    itself we us our ours ourselves they them their theirs themselves this that these those who
    whom whose which one
    """.split()  # noqa: SIM905
)
# Dots go, except in numbers; hyphens part words; other signs (C++, CD4-) tell names apart.
_DOTS = re.compile(r"(?<!\d)\.|\.(?!\d)")
_BREAKS = re.compile(r"(?<=\w)\s*[-‐‑–]\s*(?=\w)|[\s,;:\"'“”‘’()\[\]&]+")  # noqa: RUF001


def name_words(doc: Doc, mention: Mention) -> Optional[Name]:
    """The words of a mention, without determiners, punctuation and possessives.

    doc (Doc): The document.
    mention (Mention): The mention.
    RETURNS (Optional[Name]): The words in their original case; None if it is a pronoun or a
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
    words = tuple(filter(None, _BREAKS.split(_DOTS.sub("", tokens.text))))
    return words or (tokens.text,)


def without_titles(words: Name) -> Name:
    """RETURNS (Name): A person's name without titles before it."""
    start = 0
    while start < len(words) - 1 and words[start].lower() in TITLES:
        start += 1
    return words[start:]


def without_legal_form(words: Name) -> Name:
    """RETURNS (Name): A company's name without its legal form."""
    end = len(words)
    while end > 1 and words[end - 1].lower() in LEGAL_FORMS:
        end -= 1
    return words[:end]


def is_acronym(words: Name) -> bool:
    """RETURNS (bool): Whether this may be an acronym: one word in capitals."""
    return len(words) == 1 and len(words[0]) > 1 and words[0].isalpha() and words[0].isupper()


def acronyms(words: Name) -> Tuple[str, ...]:
    """RETURNS (Tuple[str, ...]): What may abbreviate a name: the initials of all its words,
    and of those with a capital."""
    if len(words) < 2:
        return ()
    every = "".join(word[0] for word in words).upper()
    capitals = "".join(word[0] for word in words if word[0].isupper())
    return tuple(sorted({initials for initials in (every, capitals) if len(initials) > 1}))


def is_part_of(words: Name, fuller: Name) -> bool:
    """RETURNS (bool): Whether all words occur in the fuller name, in the same order."""
    rest = iter(fuller)
    return len(words) < len(fuller) and all(word in rest for word in words)
