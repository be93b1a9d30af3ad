"""What a network was built for: enough to build it again before its weights are loaded."""

from dataclasses import dataclass
from typing import Any, Dict, Optional

from ...token_vectors.settings import NetworkSettings


@dataclass(frozen=True)
class Settings(NetworkSettings):
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
    tails_per_head (Optional[int]): The number of given tails that the network was initialized to
        choose for each head; None if it does not choose. How many it chooses is up to `GivenTails`.
    counts (bool): Whether entity symbols know numbers of mentions and of entities of their type.
    salience (bool): Whether symbols know how salient their entities are among those of their type,
        and cells how often their entities are mentioned near each other.
    exchange_layers (int): Layers in which cells see those of their row and their column.
    """

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
    counts: bool = False
    salience: bool = False
    exchange_layers: int = 0

    @property
    def computes(self) -> Dict[str, Any]:
        """See `NetworkSettings`."""
        return {"heads": self.heads}
