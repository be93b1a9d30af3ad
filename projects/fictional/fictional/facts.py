"""Facts, and what follows from them."""

from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Tuple

from spacy_docre.data.schema import Schema

SCHEMA_PATH = Path(__file__).parent / "schema.json"

#: r(a, b) and s(b, c) make t(a, c).
COMPOSED = (
    ("located_in", "located_in", "located_in"),
    ("headquarters", "located_in", "region"),
)


class Fact(NamedTuple):
    """A relation between two things, by their numbers."""

    label: str
    head: int
    tail: int


Evidence = Tuple[int, ...]


def load_schema() -> Schema:
    """RETURNS (Schema): The relations of the fictional corpus."""
    return Schema.from_json(SCHEMA_PATH)


def close(stated: Dict[Fact, Evidence], schema: Schema) -> Dict[Fact, Evidence]:
    """Add everything that follows from stated facts: inverse, symmetric and
    composed ones.

    stated (Dict[Fact, Evidence]): Facts and the sentences that state them.
    schema (Schema): Knows which relations are symmetric or inverse.
    RETURNS (Dict[Fact, Evidence]): All facts and the sentences they follow from,
        stated facts first.
    """
    closed = dict(stated)
    agenda: List[Fact] = list(closed)
    while agenda:
        fact = agenda.pop(0)
        for derived, evidence in list(_follows(fact, closed, schema)):
            if derived.head != derived.tail and derived not in closed:
                closed[derived] = evidence
                agenda.append(derived)
    return closed


def _follows(
    fact: Fact, known: Dict[Fact, Evidence], schema: Schema
) -> Iterable[Tuple[Fact, Evidence]]:
    relation = schema[fact.label]
    if relation.symmetric:
        yield Fact(fact.label, fact.tail, fact.head), known[fact]
    if relation.inverse:
        yield Fact(relation.inverse, fact.tail, fact.head), known[fact]
    for other in known:
        for first, second in ((fact, other), (other, fact)):
            for left, right, result in COMPOSED:
                if (first.label, second.label) == (left, right) and first.tail == second.head:
                    evidence = tuple(sorted({*known[first], *known[second]}))
                    yield Fact(result, first.head, second.tail), evidence
