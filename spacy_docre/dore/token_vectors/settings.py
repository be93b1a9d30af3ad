"""What a network was built for: enough to build it again before its weights are loaded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional, Tuple

from ...schema import Schema


@dataclass(frozen=True)
class Settings:
    """The shape of a network and the schema whose symbols its weights stand for.

    schema (Schema): The relations, in the order of their symbols.
    input_width (int): Width of the token vectors.
    width (int): Width of symbols and cells.
    row_width (int): Width of the row decoder.
    depth (int): Layers of the row decoder.
    heads (int): Attention heads over the text; the row decoder uses half as many.
    dropout (float): Dropout rate.
    capacity (int): Number of entity indices with an embedding of their own.
    grounded (bool): Whether entity symbols are grounded in mentions.
    closest_mentions (bool): Whether cells see the closest mentions of their entities.
    labels_per_cell (int): The largest number of relations of one cell.
    tails_per_head (Optional[int]): The largest number of cells of a row over given tails.
    """

    schema: Schema
    input_width: int
    width: int
    row_width: int
    depth: int
    heads: int
    dropout: float
    capacity: int
    grounded: bool
    closest_mentions: bool
    labels_per_cell: int
    tails_per_head: Optional[int] = None

    @property
    def types(self) -> Dict[str, int]:
        """RETURNS (Dict[str, int]): Ids of the entity types, from 1; 0 is any other type."""
        named = {type for r in self.schema.relations for types in r.types for type in types}
        known = sorted(named.union(self.schema.entity_types) - {""})
        return {type: i + 1 for i, type in enumerate(known)}

    @property
    def labels(self) -> Tuple[str, ...]:
        return self.schema.labels

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {**asdict(self), "schema": self.schema.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Settings":
        """Create settings from what `to_dict` returned."""
        return cls(**{**data, "schema": Schema.from_dict(data["schema"])})
