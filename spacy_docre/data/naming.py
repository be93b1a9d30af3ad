"""What an entity is called: the mention that names it best."""

from typing import Sequence

from spacy.symbols import ADP, CCONJ, DET, PART, PRON, PROPN, PUNCT
from spacy.tokens import Span, Token

from ..sources.names import PRONOUNS
from ..sources.trimming import LEADING_WORDS, trim
from .entities import Mention

# From worst to best.
PRONOUN, NOUN_PHRASE, NAME = range(3)
# Words of names that have no capital: "Bank of America", "Vincent van Gogh".
SMALL_WORDS = frozenset(
    """
    of and for in on at to the a an & - de la le du des del der die das den von van zu und et di
    da do dos y e al bin ibn el
    """.split()  # noqa: SIM905
)


def best_name(mentions: Sequence[Span]) -> Span:
    """The longest name; where there is none, the longest noun phrase, and else the longest pronoun.
    The earliest of those that are equally long.

    mentions (Sequence[Span]): The mentions of an entity, in text order.
    RETURNS (Span): One of them.
    """
    if len(mentions) == 1:
        return mentions[0]
    longest_first = sorted(mentions, key=lambda mention: len(mention.text), reverse=True)
    # The first one is a name nearly always, and the others need not be looked at.
    names = (mention for mention in longest_first if _kind(mention) == NAME)
    return next(names, None) or max(longest_first, key=_kind)


def _kind(mention: Span) -> int:
    if all(map(_is_pronoun, mention)):
        return PRONOUN
    return NAME if _is_name(mention) else NOUN_PHRASE


def _is_pronoun(token: Token) -> bool:
    may_be_acronym = token.is_upper and len(token) > 1  # "US", "IT"
    in_closed_class = token.lower_ in PRONOUNS or token.lower_ in LEADING_WORDS
    return not may_be_acronym and (token.pos == PRON or in_closed_class)


def _is_name(mention: Span) -> bool:
    """Whether each word that matters has a capital, or a script without capitals, and, where the
    parts of speech are known, one of them is a proper noun."""
    start, end = trim(mention.doc, Mention(mention.start, mention.end))
    words = [token for token in mention.doc[start:end] if not _is_small(token)]
    tagged = any(token.pos for token in words)
    return (
        bool(words)
        and not any(token.text.islower() for token in words)
        and (not tagged or any(token.pos == PROPN for token in words))
    )


def _is_small(token: Token) -> bool:
    return (
        token.pos in (ADP, CCONJ, DET, PART, PUNCT)
        or token.is_punct
        or token.is_space
        or token.text in SMALL_WORDS
    )
