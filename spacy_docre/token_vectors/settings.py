"""What a network was built for: enough to build it again before its weights are loaded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Dict, Tuple, Type, TypeVar

from ..schema import Schema

SettingsT = TypeVar("SettingsT", bound="NetworkSettings")


@dataclass(frozen=True)
class NetworkSettings:
    """What every network over token vectors is built for. Each adds its own shape.

    schema (Schema): The relations that its weights stand for, in their order.
    input_width (int): Width of the token vectors.
    """

    schema: Schema
    input_width: int

    @property
    def types(self) -> Dict[str, int]:
        """RETURNS (Dict[str, int]): Ids of the entity types, from 1; 0 is any other type."""
        named = {type for r in self.schema.relations for types in r.types for type in types}
        known = sorted(named.union(self.schema.entity_types) - {""})
        return {type: i + 1 for i, type in enumerate(known)}

    @property
    def labels(self) -> Tuple[str, ...]:
        return self.schema.labels

    @property
    def computes(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What makes something else of weights of the same shape."""
        return {}

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {**asdict(self), "schema": self.schema.to_dict()}

    @classmethod
    def from_dict(cls: Type[SettingsT], data: Mapping[str, Any]) -> SettingsT:
        """Create settings from what `to_dict` returned."""
        return cls(**{**data, "schema": Schema.from_dict(data["schema"])})
