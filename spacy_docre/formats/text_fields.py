"""Text, tokens and places in a text, as JSON states them."""

from collections import Counter
from typing import List, Optional, Sequence, Tuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

from .fields import Fields
from .text_tokens import CharacterPlaces, Tokenize, default_tokenizer, tokenize, trim

TRIMMED = "mentions begin or end with a space, which no token does; the space is left out"
Place = Tuple[str, int, int]


def read_text(fields: Fields) -> str:
    """RETURNS (str): The text of a document, which has more than spaces."""
    text = fields.string("text")
    if not text.strip():
        raise fields.error("DRE345", "text")
    return text


def read_place(entry: Fields, text: str) -> Place:
    """Read "start" and "end" of an object, and compare its own "text" if it has one.

    RETURNS (Place): The name of the object, the first character and the one after the last.
    """
    start, end = entry.integer("start"), entry.integer("end")
    if not 0 <= start < end <= len(text):
        raise entry.refusal("DRE375", entry.path, start=start, end=end, length=len(text))
    if entry.has("text") and entry.string("text") != text[start:end]:
        found, covered = repr(entry.string("text")[:60]), repr(text[start:end][:60])
        raise entry.error("DRE376", "text", found=found, start=start, end=end, text=covered)
    return entry.path, start, end


def split_text(
    fields: Fields,
    text: str,
    places: Sequence[Place],
    starts: Sequence[int],
    vocab: Vocab,
    tokenizer: Optional[Tokenize],
    dropped: "Counter[str]",
) -> Tuple[Doc, List[Tuple[int, int]]]:
    """Split a text that comes without tokens, so that mentions are ranges of tokens.

    places (Sequence[Place]): The mentions.
    starts (Sequence[int]): Further characters that begin a token.
    RETURNS (Tuple[Doc, List[Tuple[int, int]]]): The document, and each mention in tokens.
    """
    ranges = [trim(text, start, end) for _, start, end in places]
    for (field, *place), (start, end) in zip(places, ranges):
        if start >= end:
            raise fields.refusal("DRE383", field)
        dropped.update([TRIMMED] * ((start, end) != tuple(place)))
    cuts = [*ranges, *((start, start) for start in starts)]
    doc = tokenize(text, cuts, tokenizer or default_tokenizer(vocab), fields.where)
    tokens = CharacterPlaces(doc)
    return doc, [tokens.tokens(start, end) for start, end in ranges]


def find_places(fields: Fields, doc: Doc, places: Sequence[Place]) -> List[Tuple[int, int]]:
    """RETURNS (List[Tuple[int, int]]): Mentions of a document with tokens of its own, in tokens."""
    tokens = CharacterPlaces(doc)
    found = []
    for field, start, end in places:
        place = tokens.find(start, end)
        if place is None:
            raise fields.refusal("DRE377", field, start=start, end=end)
        found.append(place)
    return found
