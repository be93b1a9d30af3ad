"""The part of a mention that names: without determiners, possessives and punctuation."""

from spacy.symbols import DET, PUNCT
from spacy.tokens import Doc, Token

from ..data.entities import Mention

# For documents without part-of-speech tags; with them, any language's determiners count.
LEADING_WORDS = frozenset(
    "the a an this that these those my your his her its our their whose some any".split()  # noqa: SIM905
)
POSSESSIVE_MARKERS = frozenset(["'s", "’s", "'", "’"])  # noqa: RUF001


def trim(doc: Doc, mention: Mention) -> Mention:
    """Leave out what comes before and after a name: "the Acme company's" becomes
    "Acme company".

    doc (Doc): The document.
    mention (Mention): The mention.
    RETURNS (Mention): What remains; the whole mention if nothing would.
    """
    start, end = mention
    while start < end and _introduces(doc[start]):
        start += 1
    while start < end and _follows(doc[end - 1]):
        end -= 1
    return Mention(start, end) if start < end else mention


def _introduces(token: Token) -> bool:
    return (
        token.lower_ in LEADING_WORDS
        or token.pos in (DET, PUNCT)
        or token.is_punct
        or token.is_space
    )


def _follows(token: Token) -> bool:
    return (
        token.lower_ in POSSESSIVE_MARKERS or token.pos == PUNCT or token.is_punct or token.is_space
    )
