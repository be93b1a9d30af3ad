"""The contract of encoders: they read documents, whatever is then asked about them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, ClassVar, List, Optional, Protocol, Tuple, runtime_checkable

from thinc.api import Model
from torch import Tensor, nn

from ...data.entities import EntityDoc
from ...data.schema import Schema
from ..pairs.batch import Layout
from ..stepping import Stepper
from ..windows import Part


class Reading(Protocol):
    """What an encoder has read of a batch of documents."""

    @property
    def vectors(self) -> Tensor:
        """The vectors that stand for the documents, one behind another.
        *Shape:* (positions, width)"""
        ...

    @property
    def layouts(self) -> Optional[List[Layout]]:
        """Where the mentions of each document lie among its vectors; at its tokens if None."""
        ...


@runtime_checkable  # as configs are checked
class Encoder(Protocol):
    """Reads documents. What it learns or loads besides thinc's layers is a PyTorch module, which
    it makes once and is handed back at every call, so that an encoder itself holds settings only.

    averages (bool): Whether losses must be a mean over what a batch asks, and not a sum over what
        a document asks: where all gradients are clipped together, their size must not depend on
        how much is asked.
    reads_tokens (bool): Whether it makes a vector of each token.
    """

    averages: ClassVar[bool]
    reads_tokens: ClassVar[bool]

    @property
    def layers(self) -> List[Model]:
        """The thinc layers that it calls, for a pipeline to find and save."""
        ...

    def initialize(self, docs: Sequence[EntityDoc], schema: Schema) -> Tuple[nn.Module, int]:
        """Get ready to read.

        docs (Sequence[EntityDoc]): A sample of documents.
        schema (Schema): The relations.
        RETURNS (Tuple[Module, int]): What there is besides the layers, and the width of vectors.
        """
        ...

    def read(self, module: Any, docs: Sequence[EntityDoc]) -> Tuple[Reading, Callable[[], None]]:
        """Read documents to learn from.

        module (Module): What `initialize` or `load` returned.
        docs (Sequence[EntityDoc]): The documents.
        RETURNS (Tuple[Reading, Callable]): What was read, and a callback for after the backward
            pass, which passes gradients on to the layers.
        """
        ...

    def batches(
        self, module: Any, docs: Sequence[EntityDoc], parts: Sequence[Part], costs: Sequence[int]
    ) -> Iterator[Tuple[List[int], Reading]]:
        """Read documents to extract from, some of their parts at a time.

        module (Module): What `initialize` or `load` returned.
        docs (Sequence[EntityDoc]): The documents.
        parts (Sequence[Part]): Their parts, whatever was divided.
        costs (Sequence[int]): How many pairs a head has to hold for each part, see `groups`.
        YIELDS (Tuple[List[int], Reading]): Which parts, and what was read of them.
        """
        ...

    def grow(self, module: Any, schema: Schema) -> nn.Module:
        """Know further relations and types of entities.

        module (Module): What `initialize` or `load` returned.
        schema (Schema): All that it knows, and more.
        RETURNS (Module): A module for that, with new weights for what is named by rows.
        """
        ...

    def stepper(self, network: nn.Module, id: int, learn_rate_factor: float) -> Stepper:
        """RETURNS (Stepper): What steps the parameters of the extractor's network, which has an id
        to tell it from others."""
        ...

    def save(self, module: Any, folder: Path) -> None:
        """Write what the module was made of, and weights that are not its own."""
        ...

    def load(self, folder: Path) -> nn.Module:
        """RETURNS (Module): What `save` wrote, with weights of its own yet to come."""
        ...
