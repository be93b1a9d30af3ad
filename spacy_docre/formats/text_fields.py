"""Text, tokens and places in a text, as JSON states them."""

from collections import Counter
from typing import List, NamedTuple, Optional, Sequence, Tuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

from .base import count_example
from .fields import Fields
from .text_tokens import CharacterPlaces, Tokenize, default_tokenizer, tokenize, trim

TRIMMED = "mentions begin or end with a space, which no token does; the space is left out"
CUT_WORDS = (
    "mentions begin or end inside a word, which is divided there. Where that is not meant, offsets "
    "were not counted in characters, of which an emoji is mostly one, but perhaps in UTF-16"
)


class Place(NamedTuple):
    """A range of characters, as a file states it.

    field (str): The name of the object that states it.
    start (int): The first character.
    end (int): The one after the last.
    checked (bool): Whether the file states the text as well.
    """

    field: str
    start: int
    end: int
    checked: bool = False


def read_text(fields: Fields) -> str:
    """RETURNS (str): The text of a document, which has more than spaces."""
    text = fields.string("text")
    if not text.strip():
        raise fields.error("DRE345", "text")
    return text


def read_place(entry: Fields, text: str) -> Place:
    """Read "start" and "end" of an object, and compare its own "text" if it has one.

    RETURNS (Place): The place.
    """
    start, end = entry.integer("start"), entry.integer("end")
    if not 0 <= start < end <= len(text):
        raise entry.refusal("DRE375", entry.path, start=start, end=end, length=len(text))
    if entry.has("text") and entry.string("text") != text[start:end]:
        found, covered = repr(entry.string("text")[:60]), repr(text[start:end][:60])
        raise entry.error("DRE376", "text", found=found, start=start, end=end, text=covered)
    return Place(entry.path, start, end, entry.has("text"))


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
    ranges = [trim(text, place.start, place.end) for place in places]
    for place, (start, end) in zip(places, ranges):
        if start >= end:
            raise fields.refusal("DRE383", place.field)
        dropped.update([TRIMMED] * ((start, end) != (place.start, place.end)))
    cuts = [*ranges, *((start, start) for start in starts)]
    proposed = (tokenizer or default_tokenizer(vocab))(text)
    doc = tokenize(text, cuts, lambda _: proposed, fields.where)
    known = {token.idx for token in proposed}
    for place, (start, end) in zip(places, ranges):
        cut = any(at not in known and _inside_word(text, at) for at in (start, end))
        if cut and not place.checked:
            around = text[max(0, start - 20) : end + 20]
            example = f"{fields.where}, {place.field} is {text[start:end]!r} in {around!r}"
            count_example(dropped, CUT_WORDS, example)
    tokens = CharacterPlaces(doc)
    return doc, [tokens.tokens(start, end) for start, end in ranges]


def _inside_word(text: str, at: int) -> bool:
    return text[at - 1 : at].isalnum() and text[at : at + 1].isalnum()


def find_places(fields: Fields, doc: Doc, places: Sequence[Place]) -> List[Tuple[int, int]]:
    """RETURNS (List[Tuple[int, int]]): Mentions of a document with tokens of its own, in tokens."""
    tokens = CharacterPlaces(doc)
    found = []
    for field, start, end, _ in places:
        place = tokens.find(start, end)
        if place is None:
            raise fields.refusal("DRE377", field, start=start, end=end)
        found.append(place)
    return found
