"""The network: a pretrained model that reads documents with symbols in them, and what writes
nothing but symbols."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, List, NamedTuple, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ....data.entities import EntityDoc, name_of
from ...grammar.symbols import SymbolTable
from ...named_rows import Row, RowNames
from ..frame import Frame
from ..piece_windows import Windows
from .attention import Attention, Block, KeysValues, Memory
from .families import Family, family_of
from .symbol_embeddings import SymbolEmbeddings, symbol_pieces


class Past(NamedTuple):
    """What rows have read before.

    keys_values (List[KeysValues]): For each layer the keys and values of the positions read.
    length (int): How many positions that are.
    """

    keys_values: List[KeysValues]
    length: int

    def select(self, rows: Tensor) -> "Past":
        """RETURNS (Past): That of some of the rows."""
        return Past([(keys[rows], values[rows]) for keys, values in self.keys_values], self.length)


NO_PAST = Past([], 0)


class PretrainedNetwork(nn.Module):
    """A pretrained model with its tokenizer and the embeddings of symbols.

    model (PreTrainedModel): The model.
    tokenizer (PreTrainedTokenizerBase): What it reads text with.
    symbols (int): The number of symbols.
    output_length (Optional[int]): How many symbols the decoder must be able to read; as many as
        the model can if None.
    mixed_precision (Optional[torch.dtype]): What it computes in on a GPU, where that is safe.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        symbols: int,
        output_length: Optional[int] = None,
        mixed_precision: Optional[torch.dtype] = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.output_length = output_length
        self.mixed_precision = mixed_precision
        self.family: Family = family_of(model)
        # How many symbols the decoder can read, or None for any number.
        self.longest_output = self.family.longest_output
        further = 0
        if self.longest_output is not None:
            further = max(0, (output_length or 0) - self.longest_output)
            self.longest_output += further
        self.symbols = SymbolEmbeddings(
            symbols,
            self._pieces.embedding_dim,
            tied=bool(model.config.tie_word_embeddings),
            input_scale=self.family.input_scale,
            output_scale=self.family.output_scale,
            positions=further,
        )
        self.checkpointing = False

    def symbol_pieces(self) -> List[List[int]]:
        """RETURNS (List[List[int]]): The word pieces that each symbol begins as the mean of."""
        raise NotImplementedError

    def symbol_names(self) -> List[Row]:
        """RETURNS (List[Row]): What each symbol stands for."""
        raise NotImplementedError

    def row_names(self) -> RowNames:
        """See `spacy_docre.models.named_rows`."""
        parts = ["input"] if self.symbols.output is None else ["input", "output"]
        return {f"symbols.{part}.weight": self.symbol_names() for part in parts}

    def start_symbols(self) -> None:
        """Let symbols begin as the mean of their word pieces."""
        output = None
        if self.symbols.output is not None:
            output = self.model.get_output_embeddings().weight
        self.symbols.start_from(self.symbol_pieces(), self._pieces.weight, output)
        positions = self.family.positions()
        if positions is not None:
            self.symbols.repeat_positions(positions)

    @property
    def width(self) -> int:
        """The width of its states."""
        return self._pieces.embedding_dim

    @property
    def compute_type(self) -> Optional[torch.dtype]:
        """What passes compute in where that is safe; None for single precision."""
        return None if self.device.type == "cpu" else self.mixed_precision

    @property
    def device(self) -> torch.device:
        return self.symbols.input.weight.device

    @property
    def n_pieces(self) -> int:
        """The number of word pieces; the symbols in a text are numbered after them."""
        return self._pieces.num_embeddings

    @property
    def _pieces(self) -> nn.Embedding:
        return self.model.get_input_embeddings()

    def use_checkpoints(self, wanted: bool) -> None:
        """Compute states again on the way back, rather than keep them: slower, but it needs
        much less memory."""
        self.checkpointing = wanted
        if wanted:
            self.model.gradient_checkpointing_enable({"use_reentrant": False})

    def precision(self) -> AbstractContextManager:
        """RETURNS (AbstractContextManager): What passes of the network run in."""
        if self.compute_type is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.compute_type)

    def cut(
        self, written: Sequence[numpy.ndarray], window: Optional[int], stride: Optional[int]
    ) -> Windows:
        """Lay windows over documents, one over each that is not too long.

        written (Sequence[ndarray]): Their word pieces and symbols. *Shape:* (pieces,) each
        window (Optional[int]): The size of a window; as many as the model can read if None.
        stride (Optional[int]): How far a window starts after the one before.
        RETURNS (Windows): The windows.
        """
        return Windows.cut(
            written,
            Frame.of(self.tokenizer),
            size=window or self.family.longest_input,
            stride=stride,
            multiple=self.family.input_multiple,
            device=self.device,
        )

    def check_targets(
        self, docs: Sequence[EntityDoc], lengths: Sequence[int], problem: str
    ) -> None:
        """Nothing is cut: what there is to write has to fit.

        docs (Sequence[EntityDoc]): The documents.
        lengths (Sequence[int]): The length of the longest target of each.
        problem (str): The message, which says what to do.
        RAISES (ValueError): If a target is longer than what the decoder can read.
        """
        limit = self.longest_output
        if limit is None or max(lengths, default=0) <= limit:
            return
        longest = max(range(len(docs)), key=lengths.__getitem__)
        raise ValueError(
            problem.format(
                count=sum(length > limit for length in lengths),
                total=len(docs),
                limit=limit,
                doc=name_of(docs[longest].doc),
                length=lengths[longest],
            )
        )

    def remember(self, states: Tensor, seen: Tensor) -> Memory:
        """Keep what the decoder will look at.

        states (Tensor): What `read` returned. *Shape:* (docs, positions, width)
        seen (Tensor): What of them is not padding. *Shape:* (docs, positions)
        RETURNS (Memory): Their keys and values at each decoder layer.
        """
        keys_values = [layer.cross.keys_values(states) for layer in self.family.layers]
        return Memory(keys_values, seen[:, None, None])

    def read(self, windows: Windows) -> Tuple[Tensor, Tensor]:
        """Read documents.

        windows (Windows): The documents.
        RETURNS (Tuple[Tensor, Tensor]): The encoder's states, and what of them is not padding.
            *Shapes:* (docs, positions, width), (docs, positions)
        """
        # Windows of similar length go together: a long one among short ones is mostly padding.
        groups = windows.by_length(self.family.input_multiple)
        read = [
            self.family.read(self.embed(windows.ids[rows, :size]), windows.visible[rows, :size])
            for rows, size in groups
        ]
        states = read[0]
        if len(groups) > 1:
            states = states.new_zeros(*windows.ids.shape, states.shape[2])
            for (rows, size), own in zip(groups, read):
                states[rows, :size] = own
        return windows.merge(states)

    def embed(self, ids: Tensor) -> Tensor:
        """Embed pieces and, with the numbers after theirs, symbols.

        *Shape:* (…,) -> (…, width)
        """
        is_symbol = ids >= self.n_pieces
        embedded = F.embedding(ids.masked_fill(is_symbol, 0), self._pieces.weight)
        embedded = embedded * self.family.input_scale
        symbols = self.symbols((ids - self.n_pieces).clamp(min=0))
        return torch.where(is_symbol.unsqueeze(-1), symbols, embedded)

    def write(
        self,
        embedded: Tensor,
        block: Block,
        memory: Memory,
        past: Past = NO_PAST,
        weights: Optional[List[Tensor]] = None,
    ) -> Tuple[Tensor, Past]:
        """Read what rows said: all of it, or what came last.

        embedded (Tensor): Its embeddings. *Shape:* (rows, positions, width)
        block (Block): To which documents they belong.
        memory (Memory): The documents.
        past (Past): What was read before.
        weights (Optional[List[Tensor]]): Receives how much each position attends to those before
            it, at each layer, on the mean of all attention heads.
            *Shape:* (rows, positions, positions)
        RETURNS (Tuple[Tensor, Past]): States that become logits, *Shape:* (rows, positions,
            width), and what has been read now.
        """
        positions = embedded.shape[1]
        bias = self.family.bias(past.length, positions)
        states = self.family.start(embedded, past.length, self.symbols.positions)
        read: List[KeysValues] = []
        for number, layer in enumerate(self.family.layers):

            def look_back(attention: Attention, states: Tensor, number: int = number) -> Tensor:
                keys_values = attention.keys_values(states)
                if past.length:
                    keys, values = past.keys_values[number]
                    keys_values = (
                        torch.cat([keys, keys_values[0]], dim=2),
                        torch.cat([values, keys_values[1]], dim=2),
                    )
                # Recomputed on the way back, where nobody needs them.
                if len(read) == number:
                    read.append(keys_values)
                causal = bias is None and positions > 1
                queries = attention.queries(states)
                if weights is not None:
                    by_head = attention.weights(queries, keys_values[0], bias, causal)
                    weights.append(by_head.mean(1))
                seen = attention.attend(queries, keys_values, bias, causal)
                return attention.output(seen)

            def look_at_doc(attention: Attention, states: Tensor, number: int = number) -> Tensor:
                return block.look(attention, states, memory, number)

            if self.training and float(torch.rand(())) < self.family.layer_drop:
                read.append(layer.own.keys_values(states))
            elif self.training and self.checkpointing:
                states = checkpoint(layer, states, look_back, look_at_doc, use_reentrant=False)
            else:
                states = layer(states, look_back, look_at_doc)
        return self.family.finish(states), Past(read, past.length + positions)


class SymbolNetwork(PretrainedNetwork):
    """DORE's network, which reads text with symbols around mentions and writes nothing but symbols.

    model (PreTrainedModel): The model.
    tokenizer (PreTrainedTokenizerBase): What it reads text with.
    table (SymbolTable): The symbols.
    output_length (Optional[int]): See `PretrainedNetwork`.
    mixed_precision (Optional[torch.dtype]): See `PretrainedNetwork`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        table: SymbolTable,
        output_length: Optional[int] = None,
        mixed_precision: Optional[torch.dtype] = None,
    ) -> None:
        symbols = table.first_entity + table.n_rows
        super().__init__(model, tokenizer, symbols, output_length, mixed_precision)
        self.table = table

    def symbol_pieces(self) -> List[List[int]]:
        """See `PretrainedNetwork`."""
        return symbol_pieces(self.table, self.tokenizer)

    def symbol_names(self) -> List[Row]:
        """See `PretrainedNetwork`."""
        return self.table.row_names()

    def decode(
        self,
        rows: Tensor,
        block: Block,
        memory: Memory,
        past: Past = NO_PAST,
        weights: Optional[List[Tensor]] = None,
    ) -> Tuple[Tensor, Past]:
        """Read symbols: those of whole rows, or further ones.

        rows (Tensor): Embedding rows of the symbols. *Shape:* (rows, positions)
        block (Block): To which documents they belong.
        memory (Memory): The documents.
        past (Past): What was read before.
        weights (Optional[List[Tensor]]): As for `write`.
        RETURNS (Tuple[Tensor, Past]): The logits of all symbols after each, *Shape:* (rows,
            positions, symbols), and what has been read now.
        """
        states, past = self.write(self.symbols(rows), block, memory, past, weights)
        return self.symbols.logits(states), past
