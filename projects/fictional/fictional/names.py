"""Invented names, put together from syllables.

Names come in pools that do not overlap, so that a model can be tested on names it
has never seen: a name belongs to the pool that its checksum says.
"""

import random
import zlib
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Set, Tuple

import srsly

POOLS = 16

#: Syllables and words that names are made of.
WORDS: Dict[str, List[str]] = srsly.read_json(Path(__file__).parent / "names.json")


class CompanyName(NamedTuple):
    """name (str): In full. short (str): The usual alias. acronym (str): Or ""."""

    name: str
    short: str
    acronym: str


class Namer:
    """Make names, none of them twice within a document.

    rng (random.Random): The source of chance.
    pool (int): Which of the `POOLS` disjoint pools to draw from.
    """

    def __init__(self, rng: random.Random, pool: int) -> None:
        self.rng = rng
        self.pool = pool % POOLS
        self.taken: Set[str] = set()
        self.era = rng.randint(1871, 1969)

    def surname(self) -> str:
        return self._stem("surname_ends")

    def given_name(self, pronoun: str) -> str:
        return self._fresh(lambda: self.rng.choice(WORDS[pronoun]))

    def town(self) -> str:
        return self._stem("town_ends")

    def region(self) -> str:
        return self._stem("region_ends") + " " + self.rng.choice(WORDS["region_kinds"])

    def country(self) -> str:
        return self._stem("country_ends")

    def company(self, trades: Tuple[str, ...]) -> CompanyName:
        """Name a company after its trade: "Velora Press", "Tarick & Osane Press" or
        "Velora United Press", VUP.
        """
        root, trade = self._stem("company_ends"), self.rng.choice(trades)
        form = self.rng.random()
        if form < 0.55:
            return CompanyName(f"{root} {trade}", root, "")
        if form < 0.7:
            root = self.surname()
            return CompanyName(f"{root} & {self.surname()} {trade}", root, "")
        middle = self.rng.choice(WORDS["company_middles"])
        name = f"{root} {middle} {trade}"
        acronym = "".join(word[0] for word in name.split())
        return CompanyName(name, root, acronym if self._take(acronym) else "")

    def product(self) -> str:
        root = self._stem("product_ends")
        return f"{root} {self.rng.randint(2, 99)}" if self.rng.random() < 0.4 else root

    def time(self, *, early: bool = False) -> str:
        """A year, or a month and its year, within the half century that a document is
        about. No year occurs twice.

        early (bool): Whether it lies in the first years, before all that do not.
        """
        years = (0, 15) if early else (16, 50)
        year = self._fresh(lambda: str(self.era + self.rng.randint(*years)))
        month = self.rng.choice(WORDS["months"])
        return f"{month} {year}" if self.rng.random() < 0.3 else year

    def _stem(self, ends: str) -> str:
        def draw() -> str:
            while True:
                link = self.rng.choice(WORDS["links"]) if self.rng.random() < 0.7 else ""
                stem = self.rng.choice(WORDS["starts"]) + link + self.rng.choice(WORDS[ends])
                if zlib.crc32(stem.encode("utf8")) % POOLS == self.pool:
                    return stem

        return self._fresh(draw)

    def _fresh(self, draw: Callable[[], str]) -> str:
        while True:
            name = draw()
            if self._take(name):
                return name

    def _take(self, name: str) -> bool:
        new = name not in self.taken
        self.taken.add(name)
        return new
