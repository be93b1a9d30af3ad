"""What a pretrained sequence-to-sequence model has read of documents: vectors for any head, and
what its own decoder looks at."""

from collections.abc import Sequence
from functools import cached_property
from typing import List, Optional, Tuple

from torch import Tensor

from ...pairs.batch import Layout
from ..frame import Frame
from .attention import Memory
from .marking import Written
from .network import PretrainedNetwork


class Seq2SeqReading:
    """Documents of any length, read once, in windows where they are long. See `Reading`.

    network (PretrainedNetwork): The network.
    written (Sequence[Written]): The documents as word pieces and symbols.
    window (Optional[int]): The size of a window; as many as the model can read if None.
    stride (Optional[int]): How far a window starts after the one before.
    """

    def __init__(
        self,
        network: PretrainedNetwork,
        written: Sequence[Written],
        window: Optional[int],
        stride: Optional[int],
    ) -> None:
        self.network = network
        self.written = written
        self._windows = network.cut([each.ids for each in written], window, stride)

    @cached_property
    def _states(self) -> Tuple[Tensor, Tensor]:
        with self.network.precision():
            return self.network.read(self._windows)

    @property
    def vectors(self) -> Tensor:
        """The states of all positions. What is made of them needs all of the precision.
        *Shape:* (positions, width)"""
        states, seen = self._states
        return states[seen].to(self.network.symbols.input.weight.dtype)

    @property
    def layouts(self) -> List[Layout]:
        """Where the mentions of each document lie, the symbols around them included."""
        before = len(Frame.of(self.network.tokenizer).before)
        return [
            Layout(length, [[(a + before, b + before) for a, b in own] for own in each.mentions])
            for each, length in zip(self.written, self._windows.lengths.tolist())
        ]

    @property
    def memory(self) -> Memory:
        """The keys and values of documents at each layer of the decoder."""
        with self.network.precision():
            return self.network.remember(*self._states)
