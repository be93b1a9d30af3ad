"""Symbols: what DORE's decoder reads and writes in place of words.

Within a document symbols are numbered END, NA, the relations in the order of the
schema, and the entities in order of first appearance. In this numbering the row-column
order of triples is simply the lexicographic order of their symbols.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Dict, List

from ...data.entities import EntityDoc, name_of
from ...data.schema import Schema
from ...errors import Errors
from ..answers import answer_of, label_of
from ..named_rows import Row, relation_rows

END = 0
# Answers follow: NA, and the relations.
NA = 1
FIRST_RELATION = NA + 1
# The name of the only range of a table without types, and in one with types of the range for
# entities of other types, which the schema and the training documents do not have.
ANY_TYPE = ""


@dataclass(frozen=True)
class SymbolTable:
    """Which symbol means what, and where its embedding lies.

    schema (Schema): The relations.
    typed (bool): Whether each entity type has an embedding range of its own.
    capacity (Mapping[str, int]): The size of each range: by entity type if typed, with one named
        "" for other types, and only that one otherwise.
    """

    schema: Schema
    typed: bool
    capacity: Mapping[str, int]

    def __post_init__(self) -> None:
        if not self.typed and set(self.capacity) != {ANY_TYPE}:
            raise ValueError(Errors.DRE202.format(ranges=sorted(self.capacity)))
        ranges = {ANY_TYPE: 0, **self.capacity}
        object.__setattr__(self, "capacity", dict(sorted(ranges.items())))

    @classmethod
    def learn(
        cls, schema: Schema, docs: Iterable[EntityDoc], *, typed: bool = False, at_least: int = 0
    ) -> "SymbolTable":
        """Size the ranges so that every given document fits.

        schema (Schema): The relations.
        docs (Iterable[EntityDoc]): The training documents.
        typed (bool): Whether each entity type gets a range of its own.
        at_least (int): The smallest size of a range.
        RETURNS (SymbolTable): The table.
        """
        capacity = dict.fromkeys([ANY_TYPE, *(schema.entity_types if typed else ())], at_least)
        for doc in docs:
            counts = Counter(entity.type if typed else ANY_TYPE for entity in doc.entities)
            for type, count in counts.items():
                capacity[type] = max(capacity.get(type, at_least), count)
        return cls(schema, typed, capacity)

    @property
    def first_entity(self) -> int:
        """The symbol of a document's first entity."""
        return FIRST_RELATION + len(self.schema.relations)

    @property
    def n_rows(self) -> int:
        """The number of embedding rows that all ranges take together."""
        return sum(self.capacity.values())

    def row_names(self) -> List[Row]:
        """RETURNS (List[Row]): What each row of embeddings stands for."""
        relations = relation_rows(self.schema.labels)
        entities = [
            (f"entity {number} of type", type)
            for type, size in self.capacity.items()
            for number in range(size)
        ]
        return [("end", ""), *relations, *entities]

    def size(self, doc: EntityDoc) -> int:
        """RETURNS (int): The number of symbols of a document."""
        return self.first_entity + len(doc.entities)

    def relation(self, label: str) -> int:
        """RETURNS (int): The symbol of a relation.
        RAISES (KeyError): If the schema does not have it.
        """
        return NA + answer_of(self.schema, label)

    def label(self, symbol: int) -> str:
        """RETURNS (str): The relation that a symbol stands for."""
        return label_of(self.schema, symbol - NA)

    def entity(self, index: int) -> int:
        """RETURNS (int): The symbol of an entity, or END for -1, so that this is
        also what a sequence starts with: its head, or END where it has none.
        """
        return END if index < 0 else self.first_entity + index

    def index(self, symbol: int) -> int:
        """RETURNS (int): The index of the entity that a symbol stands for."""
        return symbol - self.first_entity

    def is_entity(self, symbol: int) -> bool:
        return symbol >= self.first_entity

    def fits(self, doc: EntityDoc) -> bool:
        """RETURNS (bool): Whether the ranges hold all entities of a document."""
        return all(count <= self.capacity[type] for type, count in self._needed(doc).items())

    def rows(self, doc: EntityDoc) -> List[int]:
        """The embedding row of each entity: its place in the range of its type, or
        its index where the table has no types. Entities of types that the table does not
        know take their place in a range of their own.

        doc (EntityDoc): The document.
        RETURNS (List[int]): One row per entity, from 0 to `n_rows` - 1.
        RAISES (ValueError): If a range is too small for the document.
        """
        for type, count in self._needed(doc).items():
            if count > self.capacity[type]:
                what = f"entities of type '{type}'" if type else "entities of unknown types"
                raise ValueError(
                    Errors.DRE201.format(
                        doc=name_of(doc.doc),
                        count=count,
                        what=what if self.typed else "entities",
                        capacity=self.capacity[type],
                    )
                )
        following: Dict[str, int] = {}
        offset = 0
        for type, size in self.capacity.items():
            following[type] = offset
            offset += size
        rows = []
        for entity in doc.entities:
            type = self._range(entity.type)
            rows.append(following[type])
            following[type] += 1
        return rows

    def _range(self, type: str) -> str:
        return type if type in self.capacity else ANY_TYPE

    def _needed(self, doc: EntityDoc) -> Dict[str, int]:
        return Counter(self._range(entity.type) for entity in doc.entities)
