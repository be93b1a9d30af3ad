"""Texts about real people, companies, places and works, and what a reader takes from them."""

import re
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import srsly

from spacy_docre.data.relations import Relation, RelationEntity

HERE = Path(__file__).parent
ANY = "*"
ARTICLES = {"the", "a", "an"}
# What a relation is, in the order in which people want to hear it.
VERDICTS = ABSURD, EASY, TRUE, UNKNOWN = ("absurd", "easy", "true", "unknown")

Words = Tuple[str, ...]
Names = Tuple[Words, ...]


class Reading(NamedTuple):
    """A relation in one of the ways to state it: an inverse turns it round.

    head (Names): The words of each mention of the head.
    relation (str): The name of the relation.
    tail (Names): The words of each mention of the tail.
    """

    head: Names
    relation: str
    tail: Names


class Pattern(NamedTuple):
    """Facts of one kind. It is written "Ann Berg / Bob | place of birth | Bonn".

    heads (Tuple[str, ...]): Words, each of which may name the head.
    relations (Tuple[str, ...]): Names of relations.
    tails (Tuple[str, ...]): Words, each of which may name the tail.
    """

    heads: Tuple[str, ...]
    relations: Tuple[str, ...]
    tails: Tuple[str, ...]

    @classmethod
    def read(cls, line: str) -> "Pattern":
        """RETURNS (Pattern): The pattern of a line.
        RAISES (ValueError): If it has not three parts.
        """
        parts = [tuple(map(str.strip, part.split(" / "))) for part in line.split(" | ")]
        if len(parts) != 3 or not all(map(all, parts)):
            raise ValueError(f"{line!r} is not of the form 'head | relation | tail'.")
        return cls(*parts)

    def fits(self, reading: Reading) -> bool:
        """Whether the pattern speaks of a relation that is stated like this."""
        return (
            bool({reading.relation, ANY} & set(self.relations))
            and _names_one(self.heads, reading.head)
            and _names_one(self.tails, reading.tail)
        )

    def __str__(self) -> str:
        return " | ".join(" / ".join(part) for part in self)


class JudgedText(NamedTuple):
    """A text, and what is known of the relations that someone may find in it.

    name (str): The name of its file.
    style (str): What kind of text it is.
    text (str): The text.
    easy (Tuple[Pattern, ...]): Facts that must be found, one by each pattern.
    facts (Tuple[Pattern, ...]): Other facts that a reader would take from it.
    absurd (Tuple[Pattern, ...]): What must not be found.
    """

    name: str
    style: str
    text: str
    easy: Tuple[Pattern, ...]
    facts: Tuple[Pattern, ...]
    absurd: Tuple[Pattern, ...]

    def verdict(self, relation: Relation) -> str:
        """RETURNS (str): One of `VERDICTS`."""
        readings = list(ways_to_state(relation))
        lists = {ABSURD: self.absurd, EASY: self.easy, TRUE: self.facts}
        return next(
            (verdict for verdict, patterns in lists.items() if _any_fits(patterns, readings)),
            UNKNOWN,
        )

    def missing(self, relations: Iterable[Relation]) -> List[Pattern]:
        """RETURNS (List[Pattern]): The easy facts that none of these relations states."""
        readings = [reading for relation in relations for reading in ways_to_state(relation)]
        return [pattern for pattern in self.easy if not _any_fits([pattern], readings)]

    def report(self, relations: Sequence[Relation]) -> str:
        """RETURNS (str): All relations with scores and verdicts, and the easy facts that are
        missing, for people to read."""
        judged = [(self.verdict(relation), relation) for relation in relations]
        judged.sort(key=lambda each: (VERDICTS.index(each[0]), -each[1].score))
        return "\n".join(
            [f"{self.name} ({self.style}): {len(judged)} relations"]
            + [f"  {verdict:8} {each.score:.2f}  {in_words(each)}" for verdict, each in judged]
            + [f"  missing        {pattern}" for pattern in self.missing(relations)]
        )


def read_texts(folder: Path = HERE / "texts") -> List[JudgedText]:
    """RETURNS (List[JudgedText]): The texts of a folder, by name."""
    texts = []
    for path in sorted(folder.glob("*.yaml")):
        data = srsly.read_yaml(path)
        lists = (tuple(map(Pattern.read, data.pop(key))) for key in ("easy", "facts", "absurd"))
        texts.append(JudgedText(path.stem, data["style"], data["text"], *lists))
    return texts


def ways_to_state(relation: Relation) -> Iterator[Reading]:
    """RETURNS (Iterator[Reading]): A relation as it is, and turned round if it has an inverse."""
    head, tail = names_of(relation.head), names_of(relation.tail)
    yield Reading(head, relation.name, tail)
    if relation.name in TURNED:
        yield Reading(tail, TURNED[relation.name], head)


def names_of(entity: RelationEntity) -> Names:
    """RETURNS (Names): The words of each mention of an entity."""
    return tuple(words_of(mention.text) for mention in entity.mentions)


def words_of(text: str) -> Words:
    """RETURNS (Words): Words to compare, without case, punctuation and articles."""
    words = re.findall(r"\w+", text.casefold())
    return tuple(word for word in words if word not in ARTICLES)


def is_within(part: Words, whole: Words) -> bool:
    """Whether the whole has the words of a part in it, one after the other."""
    starts = range(len(whole) - len(part) + 1)
    return any(whole[start : start + len(part)] == part for start in starts)


def in_words(relation: Relation) -> str:
    """RETURNS (str): "Ann Berg | place of birth | Bonn"."""
    return f"{relation.head.text} | {relation.name} | {relation.tail.text}"


def _any_fits(patterns: Iterable[Pattern], readings: Sequence[Reading]) -> bool:
    return any(pattern.fits(reading) for pattern in patterns for reading in readings)


def _names_one(words: Iterable[str], names: Names) -> bool:
    """Whether one of the names has one of these words in it, as "Apple Inc." has "Apple"."""
    return any(each == ANY or is_within(words_of(each), name) for each in words for name in names)


def _read_inverses() -> Dict[str, str]:
    """The name of each symmetric or inverse relation, by the name of what it turns round."""
    relations = srsly.read_json(HERE / "relations.json")["relations"]
    names = {relation["label"]: relation["name"] for relation in relations}
    turned = {}
    for relation in relations:
        if relation.get("symmetric"):
            turned[relation["name"]] = relation["name"]
        elif "inverse" in relation:
            turned[relation["name"]] = names[relation["inverse"]]
    return turned


TURNED = _read_inverses()
