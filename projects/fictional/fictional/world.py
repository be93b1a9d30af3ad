"""A small world: a few people, companies, places and products, and the facts between them."""

import random
from dataclasses import dataclass, field, replace
from typing import List, Optional, Tuple

from .facts import Fact
from .names import Namer

TYPES = {
    "person": "PER",
    "company": "ORG",
    "town": "LOC",
    "region": "LOC",
    "country": "LOC",
    "product": "PRODUCT",
    "time": "TIME",
}
JOBS = (
    *("accountant", "architect", "chemist", "clerk", "designer"),
    *("engineer", "lawyer", "mechanic", "pilot", "surveyor"),
)
COUNTRIES = ("country", "kingdom", "republic")
REGIONS = ("district", "province", "region")
TOWNS = ("port", "settlement", "town", "village")

#: What a company is, what its name may end in, and what it makes.
TRADES: Tuple[Tuple[str, Tuple[str, ...], Tuple[str, ...]], ...] = (
    ("brewery", ("Ales", "Brewery", "Breweries"), ("ale", "stout", "lager")),
    ("shipyard", ("Marine", "Shipyard", "Shipbuilding"), ("ferry", "yacht", "dinghy")),
    ("airline", ("Airways", "Airlines", "Aviation"), ("glider", "seaplane")),
    ("publisher", ("Press", "Books", "Publishing"), ("atlas", "encyclopedia", "almanac")),
    ("studio", ("Studios", "Games", "Pictures"), ("board game", "puzzle", "film camera")),
    ("laboratory", ("Laboratories", "Pharma", "Chemicals"), ("ointment", "vaccine", "dye")),
    ("factory", ("Works", "Motors", "Engineering"), ("tractor", "motorcycle", "pump")),
    ("software house", ("Systems", "Software", "Data"), ("database", "word processor")),
    ("bank", ("Bank", "Savings", "Credit"), ("savings plan", "travel card")),
)


@dataclass(frozen=True)
class Thing:
    """Something that a document can mention.

    number (int): Its position among the things of its world.
    kind (str): A key of `TYPES`.
    name (str): The full name.
    short (str): An alias that is part of the name, or "".
    acronym (str): An acronym, or "".
    noun (str): What it is: "brewery", "town", "engineer".
    pronoun (str): "he", "she", "it", or "" for a time.
    article (bool): Whether the name needs "the" in front of it.
    """

    number: int
    kind: str
    name: str
    short: str = ""
    acronym: str = ""
    noun: str = ""
    pronoun: str = "it"
    article: bool = False

    @property
    def type(self) -> str:
        return TYPES[self.kind]


@dataclass(frozen=True)
class Shape:
    """How many things of each kind a world has, at least and at most, and how
    likely any two of them are related.

    topic (str): The kind of thing that a document about this world starts with.
    """

    topic: str
    companies: Tuple[int, int]
    people: Tuple[int, int]
    towns: Tuple[int, int]
    products: Tuple[int, int]
    related: float = 1.0


#: Shapes of worlds, and how often each occurs.
SHAPES: Tuple[Tuple[Shape, float], ...] = (
    (Shape("company", (1, 1), (2, 3), (1, 2), (0, 2)), 0.36),
    (Shape("company", (2, 3), (1, 3), (1, 2), (0, 2)), 0.26),
    (Shape("person", (1, 2), (3, 5), (2, 3), (0, 1)), 0.22),
    (Shape("town", (1, 2), (1, 3), (2, 4), (0, 1)), 0.08),
    (Shape("person", (1, 2), (2, 4), (2, 3), (0, 1), related=0.0), 0.08),
)


@dataclass
class World:
    """Things and the facts that hold between them.

    things (List[Thing]): The things.
    facts (List[Fact]): What holds, without what follows from it.
    topic (int): The thing that a document should start with.
    """

    things: List[Thing] = field(default_factory=list)
    facts: List[Fact] = field(default_factory=list)
    topic: int = 0

    def of(self, kind: str) -> List[Thing]:
        return [thing for thing in self.things if thing.kind == kind]


def build_world(rng: random.Random, pool: int) -> World:
    """Build a world.

    rng (random.Random): The source of chance.
    pool (int): The pool to draw names from.
    RETURNS (World): The world.
    """
    shape = rng.choices([shape for shape, _ in SHAPES], [weight for _, weight in SHAPES])[0]
    return _Builder(rng, Namer(rng, pool), shape).build()


class _Builder:
    def __init__(self, rng: random.Random, namer: Namer, shape: Shape) -> None:
        self.rng = rng
        self.namer = namer
        self.shape = shape
        self.world = World()

    def build(self) -> World:
        self._places()
        self._companies()
        self._people()
        self._bystanders()
        self.world.topic = self.world.of(self.shape.topic)[0].number
        return self.world

    def _places(self) -> None:
        country = self._add("country", self.namer.country(), noun=self.rng.choice(COUNTRIES))
        regions = [
            self._add("region", self.namer.region(), noun=self.rng.choice(REGIONS), article=True)
            for _ in range(self.rng.choice((1, 1, 2)))
        ]
        for region in regions:
            self._relate("located_in", region, country, 0.8)
        for _ in range(self.rng.randint(*self.shape.towns)):
            town = self._add("town", self.namer.town(), noun=self.rng.choice(TOWNS))
            self._relate("located_in", town, self.rng.choice(regions), 0.85)

    def _companies(self) -> None:
        towns = self.world.of("town")
        companies: List[Thing] = []
        for _ in range(self.rng.randint(*self.shape.companies)):
            noun, trades, makes = self.rng.choice(TRADES)
            name = self.namer.company(trades)
            company = self._add("company", *name, noun=noun)
            self._relate("headquarters", company, self.rng.choice(towns), 0.85)
            self._relate("founded_in", company, self._time(early=True), 0.75)
            if companies:
                self._relate("subsidiary_of", company, companies[0], 0.75)
            companies.append(company)
            for _ in range(self.rng.randint(*self.shape.products)):
                product = self._add(
                    "product", self.namer.product(), noun=self.rng.choice(makes), article=True
                )
                self._relate("made_by", product, company, 0.9)

    def _people(self) -> None:
        companies, towns = self.world.of("company"), self.world.of("town")
        people = [self._person() for _ in range(self.rng.randint(*self.shape.people))]
        founders = list(people)
        for company in companies:
            if founders:
                founder = founders.pop(0)
                self._relate("founded_by", company, founder, 0.75)
        for person in people:
            self._relate("works_for", person, self.rng.choice(companies), 0.5)
            self._relate("born_in", person, self.rng.choice(towns), 0.6)
        for person in people[:2]:
            spouse: Optional[Thing] = None
            if self.rng.random() < 0.4:
                spouse = self._person({"he": "she", "she": "he"}[person.pronoun])
                self._relate("spouse", person, spouse)
            if self.rng.random() < 0.35:
                child = self._child(person)
                self._relate("parent_of", person, child)
                if spouse:
                    self._relate("parent_of", spouse, child)

    def _bystanders(self) -> None:
        """Things that are mentioned but related to nothing."""
        for _ in range(3):
            self._time()
        if self.rng.random() < 0.7:
            self._person()
        if self.rng.random() < 0.5:
            noun, trades, _ = self.rng.choice(TRADES)
            self._add("company", *self.namer.company(trades), noun=noun)
        if self.rng.random() < 0.6:
            self._add("town", self.namer.town(), noun=self.rng.choice(TOWNS))

    def _person(self, pronoun: str = "") -> Thing:
        pronoun = pronoun or self.rng.choice(("he", "she"))
        given, surname = self.namer.given_name(pronoun), self.namer.surname()
        job = self.rng.choice(JOBS)
        return self._add("person", f"{given} {surname}", surname, noun=job, pronoun=pronoun)

    def _child(self, parent: Thing) -> Thing:
        child = self._person()
        if self.rng.random() < 0.5:
            # Where a family shares its surname, the surname alone names nobody.
            name = f"{child.name.split()[0]} {parent.short}"
            child = self._replace(replace(child, name=name, short=""))
            self._replace(replace(parent, short=""))
        return child

    def _replace(self, thing: Thing) -> Thing:
        self.world.things[thing.number] = thing
        return thing

    def _time(self, *, early: bool = False) -> Thing:
        return self._add("time", self.namer.time(early=early), pronoun="")

    def _add(
        self,
        kind: str,
        name: str,
        short: str = "",
        acronym: str = "",
        *,
        noun: str = "",
        pronoun: str = "it",
        article: bool = False,
    ) -> Thing:
        number = len(self.world.things)
        thing = Thing(number, kind, name, short, acronym, noun, pronoun, article)
        self.world.things.append(thing)
        return thing

    def _relate(self, label: str, head: Thing, tail: Thing, chance: float = 1.0) -> None:
        if self.rng.random() < chance * self.shape.related:
            self.world.facts.append(Fact(label, head.number, tail.number))
