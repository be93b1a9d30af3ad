"""What heads of rows have in common: the network that they fill, and evidence."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from numpy.random import Generator

from ....data.entities import EntityDoc
from ....errors import Errors
from ...encoders.encoder import Encoder, Reading
from ...extractor import Triples
from ...pairs.negatives import Negatives, check_negatives
from ...sizes import Sizes
from ...weight_settings import check_weight_settings
from ..head import Head, Losses
from .evidence import evidence_losses, with_evidence
from .network import Marked, RowNetwork, RowShape


@dataclass(frozen=True)
class RowHead(Head):
    """Learn and generate rows, one for each head entity, in parallel (Section 3.3 of the paper).

    shape (RowShape): The shape of the network.
    negatives (Negatives): Which pairs without a relation to learn, drawn again at each pass.
    evidence_weight (float): How much it counts that the attention of gold pairs goes to their
        evidence sentences.
    max_labels (Optional[int]): How many relations of the same entities are extracted; as many as
        there are in the training data if None.
    """

    shape: RowShape
    negatives: Negatives
    evidence_weight: float
    max_labels: Optional[int]

    def network(self, sizes: Sizes, saved_settings: Optional[Dict[str, Any]] = None) -> RowNetwork:
        """See `Head`."""
        check_weight_settings(saved_settings, self.weight_settings())
        return RowNetwork(sizes, self.shape)

    def check(self, encoder: Encoder) -> None:
        """See `Head`.

        RAISES (ValueError): If evidence is to be learnt of an encoder that does not read tokens.
        """
        if self.evidence_weight and not encoder.reads_tokens:
            raise ValueError(Errors.DRE529.format(encoder=type(encoder).__name__))

    def weight_settings(self) -> Dict[str, Any]:
        """See `Head`."""
        # All heads of rows have the same weights, but not for the same purpose.
        return {"head": type(self).__name__, **self.shape.to_dict()}

    def prepare(self, network: Any, docs: Sequence[EntityDoc]) -> None:
        """See `Head`."""
        check_negatives(self.negatives, network.sizes.trie)

    def losses(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """The negative log-likelihood of the rows of each document, see `Head`."""
        rows: RowNetwork = network.head
        marked = rows.read(reading, docs)
        losses = self.row_losses(rows, marked, docs, rng)
        if self.evidence_weight:
            evidence = self.evidence_weight * evidence_losses(rows, marked, docs)
            losses = losses._replace(per_doc=losses.per_doc + evidence)
        return losses

    def extract(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `Head`."""
        rows: RowNetwork = network.head
        marked = rows.read(reading, docs)
        found = self.generate(rows, marked, docs, threshold)
        if self.evidence_weight and rows.sizes.evidence:
            return with_evidence(rows, marked, docs, found)
        return found

    @abstractmethod
    def row_losses(
        self, rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """The negative log-likelihood of the rows of each document.

        rows (RowNetwork): The network.
        marked (Marked): The documents, with marked mentions.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (Losses): The losses.
        """

    @abstractmethod
    def generate(
        self, rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """Generate the rows of all documents together.

        rows (RowNetwork): The network.
        marked (Marked): The documents, with marked mentions.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score against NA that a relation needs.
        RETURNS (List[List[Triple]]): Triples with scores, in row-column order.
        """
