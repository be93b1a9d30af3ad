"""How rows are learnt and generated: the contract of the two ways."""

from collections.abc import Sequence
from typing import List, Protocol

from numpy.random import Generator
from torch import Tensor

from ...entities import EntityDoc
from ...extractor import Triples
from .network import Network, Reading


class RowStrategy(Protocol):
    """Rows with given tails (every cell is asked in turn) or with generated tails."""

    def losses(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Tensor:
        """The loss of each document: the negative log-likelihood of its rows.

        network (Network): The network.
        reading (Reading): What the network has read of the documents.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (Tensor): *Shape:* (docs,)
        """
        ...

    def generate(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """Generate the rows of all documents together.

        network (Network): The network.
        reading (Reading): What the network has read of the documents.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score against NA that a relation needs.
        RETURNS (List[List[Triple]]): Triples with scores, in row-column order.
        """
        ...
