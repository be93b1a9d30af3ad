"""The network of a pretrained transformer: word pieces to vectors of tokens."""

from collections.abc import Sequence
from typing import Any, List, Optional

import numpy
import torch
from torch import Tensor, nn

from ..frame import Frame
from ..piece_windows import Windows
from .pieces import Pieces
from .precision import compute_type


class TransformerNetwork(nn.Module):
    """A pretrained transformer with its tokenizer.

    model (PreTrainedModel): The transformer.
    tokenizer (PreTrainedTokenizerFast): What it reads text with.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.frame = Frame.of(tokenizer)

    @property
    def width(self) -> int:
        """RETURNS (int): The width of its vectors."""
        return int(self.model.config.hidden_size)

    @property
    def longest(self) -> Optional[int]:
        """RETURNS (Optional[int]): How many pieces it can read, with their frame."""
        positions = getattr(self.model.config, "max_position_embeddings", None)
        limit = getattr(self.tokenizer, "model_max_length", None)
        known = [n for n in (positions, limit) if isinstance(n, int) and 0 < n < 1_000_000]
        # RoBERTa numbers positions from behind that of padding, so its tokenizer knows better;
        # but some tokenizers name the length of their training, which is less than can be read.
        if positions in known and limit in known and positions - limit > 2:
            return positions
        return min(known, default=None)

    def forward(
        self,
        docs: Sequence[Pieces],
        tokens: Sequence[int],
        *,
        window: int,
        overlap: int,
        batch_pieces: int,
        precision: str,
    ) -> Tensor:
        """Read documents.

        docs (Sequence[Pieces]): Their pieces.
        tokens (Sequence[int]): How many tokens each has.
        window (int): How many pieces are read at once, with their frame.
        overlap (int): How many of them the next window reads again.
        batch_pieces (int): About how many pieces are read together.
        precision (str): See `precision.compute_type`.
        RETURNS (Tensor): The vectors of all tokens: means of those of their pieces, and zeros for
            tokens without any. *Shape:* (tokens, width)
        """
        device = next(self.parameters()).device
        framed = len(self.frame.before) + len(self.frame.after)
        windows = Windows.cut(
            [each.ids for each in docs],
            self.frame,
            size=window,
            stride=window - framed - overlap,
            multiple=1,
            device=device,
        )
        states = self._read(windows, batch_pieces, compute_type(precision, device))
        merged, _ = windows.merge(states)
        # Where the pieces of tokens are among the positions of all documents.
        piece = [
            number * merged.shape[1] + len(self.frame.before) + each.piece
            for number, each in enumerate(docs)
        ]
        offsets = numpy.cumsum([0, *tokens])
        token = [offset + each.token for offset, each in zip(offsets, docs)]
        pieces = torch.as_tensor(numpy.concatenate(piece), device=device)
        owners = torch.as_tensor(numpy.concatenate(token), device=device)
        total = merged.new_zeros(int(offsets[-1]), merged.shape[2])
        total = total.index_add(0, owners, merged.flatten(0, 1)[pieces])
        return total / torch.bincount(owners, minlength=len(total)).clamp(min=1).unsqueeze(1)

    def _read(self, windows: Windows, batch_pieces: int, dtype: Optional[torch.dtype]) -> Tensor:
        """RETURNS (Tensor): The states of all windows. *Shape:* (windows, length, width)"""
        rows: List[Tensor] = []
        read: List[Tensor] = []
        for group, size in windows.by_length(1):
            for some in group.split(max(1, batch_pieces // max(1, size))):
                with torch.autocast(windows.ids.device.type, dtype, enabled=dtype is not None):
                    states = self.model(
                        input_ids=windows.ids[some, :size],
                        attention_mask=windows.visible[some, :size].long(),
                    ).last_hidden_state
                rows.append(some)
                read.append(
                    nn.functional.pad(states.float(), (0, 0, 0, windows.ids.shape[1] - size))
                )
        return torch.cat(read)[torch.cat(rows).argsort()]
