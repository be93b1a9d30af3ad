"""What a classifier's network was built for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Dict

from ..errors import Errors
from ..schema import Schema
from ..token_vectors.settings import NetworkSettings


@dataclass(frozen=True)
class Settings(NetworkSettings):
    """The shape of a network and the schema whose relations its outputs stand for.

    width (int): Width of heads and tails.
    groups (int): Groups of the bilinear form.
    dropout (float): Dropout rate.
    objective (str): "adaptive" or "binary", see `objectives.py`.
    entity_types (bool): Whether heads and tails know the types of their entities.
    distance (bool): Whether they know how far apart the entities are.
    closest_mentions (bool): Whether they see the mentions at which the entities are closest.
    context_heads (int): Attention heads of their joint context; 0 for none.
    labels_per_pair (int): The largest number of relations of one pair.
    salience (bool): Whether pairs know how salient their entities are, and how often these are
        mentioned near each other.
    """

    width: int
    groups: int
    dropout: float
    objective: str
    entity_types: bool
    distance: bool
    closest_mentions: bool
    context_heads: int
    labels_per_pair: int
    salience: bool = False

    @property
    def computes(self) -> Dict[str, Any]:
        """See `NetworkSettings`."""
        return {"objective": self.objective, "context_heads": self.context_heads}

    @classmethod
    def fitted(cls, shape: Mapping[str, Any], schema: Schema, *, input_width: int) -> "Settings":
        """Complete the settings of a config.

        shape (Mapping[str, Any]): All of the shape but what follows. A `width` of None is that of
            the token vectors.
        schema (Schema): The relations.
        input_width (int): Width of the token vectors.
        RETURNS (Settings): The settings.
        RAISES (ValueError): If they do not fit together.
        """
        check_binary(schema)
        width, heads = shape["width"] or input_width, shape["context_heads"]
        if width % shape["groups"]:
            raise ValueError(Errors.DRE512.format(width=width, groups=shape["groups"]))
        if heads and input_width % heads:
            raise ValueError(Errors.DRE514.format(width=input_width, heads=heads))
        return cls(
            schema=schema,
            input_width=input_width,
            **{**shape, "width": width},
        )


def check_binary(schema: Schema) -> None:
    """RAISES (ValueError): If a relation has more than two entities."""
    if schema.max_arity > 2:
        raise ValueError(Errors.DRE513.format(arity=schema.max_arity))
