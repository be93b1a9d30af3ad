"""Windows: how a model with a limited input reads a document of any length."""

from collections.abc import Sequence
from typing import List, NamedTuple, Optional, Tuple

import numpy
import torch
from torch import Tensor

from .frame import Frame

# Windows that are at least this long, compared with the longest, are read with it.
SIMILAR = 0.9


class Windows(NamedTuple):
    """The windows of a batch of documents, each with the tokenizer's frame.

    ids (Tensor): Pieces and symbols, padded with zeros. *Shape:* (windows, length)
    visible (Tensor): What is not padding. *Shape:* (windows, length)
    place (Tensor): Where the state of a position belongs among those of the documents, laid
        out one after another at the same length. *Shape:* (windows, length)
    lengths (Tensor): The length of each document, with its frame. *Shape:* (docs,)
    """

    ids: Tensor
    visible: Tensor
    place: Tensor
    lengths: Tensor

    @classmethod
    def cut(
        cls,
        written: Sequence[numpy.ndarray],
        frame: Frame,
        *,
        size: Optional[int],
        stride: Optional[int],
        multiple: int,
        device: torch.device,
    ) -> "Windows":
        """Lay windows over documents. The last one of a document ends where it ends.

        written (Sequence[ndarray]): The documents as `to_pieces` returns them.
        frame (Frame): What goes around each window.
        size (Optional[int]): How long a window may be, frame included; any length if None.
        stride (Optional[int]): How far a window starts after the one before; half its size if
            None.
        multiple (int): What the length of windows must be a multiple of, with padding.
        device (torch.device): Where the tensors go.
        RETURNS (Windows): The windows.
        """
        before, after = len(frame.before), len(frame.after)
        lengths = numpy.asarray([before + len(ids) + after for ids in written], dtype="int64")
        width = int(lengths.max(initial=0))
        ids: List[numpy.ndarray] = []
        places: List[numpy.ndarray] = []
        for number, body in enumerate(written):
            room = len(body) if size is None else size - before - after
            places_of_doc = number * width + numpy.arange(lengths[number])
            for start in _starts(len(body), room, stride):
                here = body[start : start + room]
                ids.append(numpy.concatenate([frame.before, here, frame.after]).astype("int64"))
                around = [
                    places_of_doc[:before],
                    places_of_doc[before + start : before + start + len(here)],
                    places_of_doc[len(places_of_doc) - after :],
                ]
                places.append(numpy.concatenate(around))
        visible = _pad([numpy.ones(len(each), dtype="int64") for each in ids], multiple)
        return cls(
            torch.as_tensor(_pad(ids, multiple), device=device),
            torch.as_tensor(visible, device=device).bool(),
            torch.as_tensor(_pad(places, multiple), device=device),
            torch.as_tensor(lengths, device=device),
        )

    def by_length(self, multiple: int) -> List[Tuple[Tensor, int]]:
        """Divide windows into groups of similar length, so that few positions are padding.

        multiple (int): What the length of a group must be a multiple of, with padding.
        RETURNS (List[Tuple[Tensor, int]]): Which windows, and how long with their padding.
        """
        lengths = [length + -length % multiple for length in self.visible.sum(1).tolist()]
        groups: List[List[int]] = []
        for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
            if groups and lengths[i] >= SIMILAR * lengths[groups[-1][0]]:
                groups[-1].append(i)
            else:
                groups.append([i])
        device = self.ids.device
        return [(torch.tensor(sorted(group), device=device), lengths[group[0]]) for group in groups]

    def merge(self, states: Tensor) -> "tuple[Tensor, Tensor]":
        """Bring states together again: where windows overlap, their mean counts.

        states (Tensor): The states of all windows. *Shape:* (windows, length, width)
        RETURNS (Tuple[Tensor, Tensor]): The states of the documents, and what of them is not
            padding. *Shapes:* (docs, longest, width), (docs, longest)
        """
        longest = int(self.lengths.max())
        visible = torch.arange(longest, device=states.device) < self.lengths.unsqueeze(1)
        if len(states) == len(self.lengths):
            return states[:, :longest], visible
        place = self.place[self.visible]
        total = states.new_zeros(len(self.lengths) * longest, states.shape[2])
        total = total.index_add(0, place, states[self.visible])
        count = torch.bincount(place, minlength=len(total)).clamp(min=1)
        merged = total / count.unsqueeze(1).to(total.dtype)
        return merged.view(len(self.lengths), longest, -1), visible


def _starts(length: int, room: int, stride: Optional[int]) -> List[int]:
    """Where the windows of a document begin."""
    if length <= room:
        return [0]
    step = min(stride or max(1, room // 2), room)
    return [*range(0, length - room, step), length - room]


def _pad(rows: Sequence[numpy.ndarray], multiple: int) -> numpy.ndarray:
    longest = max(map(len, rows), default=0)
    padded = numpy.zeros((len(rows), longest + -longest % multiple), dtype="int64")
    for row, values in zip(padded, rows):
        row[: len(values)] = values
    return padded
