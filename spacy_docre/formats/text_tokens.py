"""Tokens of a text, with a boundary wherever a mention begins or ends.

Files that count characters know nothing of tokens. A mention of "beta" in the token
"beta-blocker" would have to grow or be lost; instead the token is split, so that mentions lie
exactly where the file says.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from types import SimpleNamespace
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from spacy.pipeline import Sentencizer
from spacy.tokens import Doc
from spacy.util import get_lang_class, registry
from spacy.vocab import Vocab

from ..errors import Errors
from .base import DocumentError

Tokenize = Callable[[str], Doc]


class CharacterPlaces:
    """Where the characters of a text lie in the tokens of a document.

    doc (Doc): A document with a token boundary at every place that is asked for.
    """

    def __init__(self, doc: Doc) -> None:
        self._starts: Dict[int, int] = {token.idx: token.i for token in doc}
        self._ends: Dict[int, int] = {token.idx + len(token): token.i + 1 for token in doc}

    def tokens(self, start: int, end: int) -> Tuple[int, int]:
        """RETURNS (Tuple[int, int]): The first token and the one after the last."""
        return self._starts[start], self._ends[end]

    def find(self, start: int, end: int) -> Optional[Tuple[int, int]]:
        """RETURNS (Optional[Tuple[int, int]]): The same, or None if there is no such boundary."""
        known = start in self._starts and end in self._ends
        return self.tokens(start, end) if known else None


def tokenize(text: str, ranges: Sequence[Tuple[int, int]], tokenizer: Tokenize, where: str) -> Doc:
    """Split a text into tokens so that each range of characters is a range of tokens.

    text (str): The text.
    ranges (Sequence[Tuple[int, int]]): First character and the one after the last, neither at
        the edge of whitespace.
    tokenizer (Tokenize): Proposes the tokens.
    where (str): The document, for messages.
    RETURNS (Doc): The document, whose text is the given one to the character.
    RAISES (DocumentError): If the tokenizer changes the text.
    """
    doc = tokenizer(text)
    if doc.text != text:
        raise DocumentError(Errors.DRE363.format(where=where))
    cuts = sorted({place for pair in ranges for place in pair})
    words: List[str] = []
    spaces: List[bool] = []
    for token in doc:
        start, end = token.idx, token.idx + len(token)
        inner = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
        pieces = [text[a:b] for a, b in zip([start, *inner], [*inner, end])]
        words.extend(pieces)
        spaces.extend([False] * (len(pieces) - 1) + [bool(token.whitespace_)])
    if len(words) == len(doc):
        return doc
    return Doc(doc.vocab, words=words, spaces=spaces)


def set_sentences(
    doc: Doc, starts: Iterable[int] = (), together: Iterable[Tuple[int, int]] = ()
) -> None:
    """Set sentence boundaries by spaCy's rules for punctuation.

    doc (Doc): The document.
    starts (Iterable[int]): Tokens that begin a sentence whatever the rules say.
    together (Iterable[Tuple[int, int]]): Ranges of tokens that no boundary may divide.
    """
    for start, end in together:
        for i in range(start + 1, end):
            doc[i].is_sent_start = False
    for i in starts:
        doc[i].is_sent_start = True
    # Keeps what is set already.
    Sentencizer(overwrite=False)(doc)


def trim(text: str, start: int, end: int) -> Tuple[int, int]:
    """Leave out whitespace at both ends of a range of characters, which no token can
    begin or end with."""
    covered = text[start:end]
    return start + len(covered) - len(covered.lstrip()), end - len(covered) + len(covered.rstrip())


# Only the last one: the tokenizer keeps the vocabulary alive.
@lru_cache(maxsize=1)
def default_tokenizer(vocab: Vocab) -> Tokenize:
    """The tokenizer of a vocabulary's language. `spacy.blank` would make the same one, but
    imports the components of every installed package.

    vocab (Vocab): A vocabulary; without a language, the multi-language tokenizer is taken.
    RETURNS (Tokenize): The tokenizer.
    """
    language = get_lang_class(vocab.lang or "xx")
    config = {"tokenizer": language.default_config["nlp"]["tokenizer"]}
    create = registry.resolve(config)["tokenizer"]
    return create(SimpleNamespace(vocab=vocab, Defaults=language.Defaults))
