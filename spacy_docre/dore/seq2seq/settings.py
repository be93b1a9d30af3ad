"""What a network was made for: enough to know its symbols before its weights are loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Dict, Optional, TypeVar

from ...entities import EntityDoc
from ...labels_per_cell import labels_per_cell
from ...schema import Schema
from ..cells import TypeTrie
from ..symbols import SymbolTable

SettingsT = TypeVar("SettingsT", bound="Settings")


@dataclass(frozen=True)
class Settings:
    """The symbols that a network's weights stand for.

    table (SymbolTable): The symbols.
    labels_per_cell (int): The largest number of relations of one cell.
    output_length (Optional[int]): How many symbols the decoder must be able to read; as many as
        the model can if None.
    trie (TypeTrie): The schema, compiled.
    """

    table: SymbolTable
    labels_per_cell: int
    output_length: Optional[int] = None
    trie: TypeTrie = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "trie", TypeTrie(self.table.schema))

    @property
    def schema(self) -> Schema:
        return self.table.schema

    def grown(self: SettingsT, schema: Schema) -> SettingsT:
        """RETURNS (Settings): The settings for a schema with more relations or types. Symbols of a
        new type are as many as those of the type that has most."""
        capacity = dict(self.table.capacity)
        if self.table.typed:
            new = set(schema.entity_types) - set(capacity)
            capacity.update(dict.fromkeys(new, max(capacity.values())))
        return replace(self, table=SymbolTable(schema, self.table.typed, capacity))

    @property
    def computes(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What makes something else of weights of the same shape."""
        return {}

    @classmethod
    def learn(
        cls,
        schema: Schema,
        docs: Sequence[EntityDoc],
        *,
        typed: bool,
        capacity: int,
        labels: Optional[int] = None,
        output_length: Optional[int] = None,
    ) -> "Settings":
        """Size the symbols for documents.

        schema (Schema): The relations.
        docs (Sequence[EntityDoc]): The training documents.
        typed (bool): Whether each entity type has symbols of its own.
        capacity (int): The least number of entity symbols, of each type if typed.
        labels (Optional[int]): The largest number of relations of one cell; that of the documents
            if None.
        output_length (Optional[int]): See `Settings`.
        RETURNS (Settings): The settings.
        """
        table = SymbolTable.learn(schema, docs, typed=typed, at_least=capacity)
        return cls(table, labels or labels_per_cell(docs), output_length)

    def unlike(self, given: Mapping[str, Any]) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What differs from the arguments that a config gives `learn`, by
        their names. None there is what was learnt, and a capacity is the least."""
        known: Dict[str, Any] = {
            "typed": self.table.typed,
            "labels": self.labels_per_cell,
            "output_length": self.output_length,
        }
        least = min(self.table.capacity.values())
        if given.get("capacity", 0) > least:
            known["capacity"] = least
        return {
            name: known[name]
            for name, value in given.items()
            if name in known and value is not None and value != known[name]
        }

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {
            "schema": self.table.schema.to_dict(),
            "typed": self.table.typed,
            "capacity": dict(self.table.capacity),
            "labels_per_cell": self.labels_per_cell,
            "output_length": self.output_length,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Settings":
        """Create settings from what `to_dict` returned."""
        schema = Schema.from_dict(data["schema"])
        table = SymbolTable(schema, data["typed"], data["capacity"])
        return cls(table, data["labels_per_cell"], data.get("output_length"))
