"""The contract of heads: they turn what an encoder has read into scored triples."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Dict, List, NamedTuple, Optional

from numpy.random import Generator
from torch import Tensor, nn

from ...data.entities import EntityDoc
from ..encoders.encoder import Encoder, Reading
from ..extractor import Triples
from ..sizes import Sizes


class Losses(NamedTuple):
    """What a batch of documents has yet to teach.

    per_doc (Tensor): The loss of each document, the sum over its predictions. *Shape:* (docs,)
    predictions (int): How many predictions all of them took: of relations, or of symbols.
    """

    per_doc: Tensor
    predictions: int


class Head(ABC):
    """Learns and extracts triples. A head itself holds settings only: what it learns is a PyTorch
    module, which it makes once and is handed back at every call.

    max_labels (Optional[int]): How many relations of the same entities are extracted; as many as
        there are in the training data if None.
    """

    max_labels: Optional[int]
    # Whether it knows of each pair how probable each relation is, and not of some triples only.
    has_distribution = False

    def check(self, encoder: Encoder) -> None:  # noqa: B027 - few have anything to refuse
        """RAISES (ValueError): If the head cannot make anything of what the encoder reads."""

    @abstractmethod
    def network(self, sizes: Sizes, saved_settings: Optional[Dict[str, Any]] = None) -> nn.Module:
        """Make a network with new weights.

        sizes (Sizes): What it is for.
        saved_settings (Optional[Dict[str, Any]]): What `weight_settings` returned for the
            weights that it will be given, if it will be given any.
        RETURNS (Module): The network.
        RAISES (ValueError): If the settings do not fit the sizes, or those of the weights.
        """

    @abstractmethod
    def weight_settings(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): The settings that weights were learnt under, as plain data.
        With others they would mean something else."""

    def prepare(self, network: Any, docs: Sequence[EntityDoc]) -> None:  # noqa: B027
        """Look at documents before training, if there are any that the head cannot learn.

        network (Module): The extractor's network, of an encoder and a head.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        RAISES (ValueError): If there are.
        """

    def cost(self, doc: EntityDoc) -> int:
        """RETURNS (int): How many pairs of entities a document makes the head hold at a time."""
        return len(doc.entities) ** 2

    @abstractmethod
    def losses(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """Learn.

        network (Module): The extractor's network, of an encoder and a head.
        reading (Reading): What the encoder has read of the documents.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (Losses): The losses.
        """

    @abstractmethod
    def extract(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """Extract triples from all documents together.

        network (Module): The extractor's network, of an encoder and a head.
        reading (Reading): What the encoder has read of the documents.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a triple needs at least.
        RETURNS (List[List[Triple]]): Triples with scores, in the order generated.
        """

    def soft_labels(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], floor: float
    ) -> List[Triples]:
        """Say how probable relations are, if the head has a distribution.

        network (Module): The extractor's network, of an encoder and a head.
        reading (Reading): What the encoder has read of the documents.
        docs (Sequence[EntityDoc]): The documents.
        floor (float): The probability from which a label counts.
        RETURNS (List[List[Triple]]): The labels of each document, with probabilities as scores.
        """
        raise NotImplementedError
