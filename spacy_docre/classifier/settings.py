"""What a classifier's network was built for."""

from dataclasses import dataclass

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
