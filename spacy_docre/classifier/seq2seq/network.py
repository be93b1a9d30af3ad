"""The network: a pretrained encoder that reads documents as DORE's does, and the classifier."""

from collections.abc import Sequence
from typing import Any, ClassVar, List, NamedTuple, Optional, Type

from torch import Tensor

from ...dore.seq2seq.marking import Frame, Written
from ...dore.seq2seq.network import PretrainedNetwork
from ...dore.seq2seq.symbol_embeddings import symbol_pieces
from ...rows import RowNames
from ...token_vectors.batch import Layout
from ..network import PairNetwork
from ..settings import Settings
from .settings import Seq2SeqPairSettings


class Reading(NamedTuple):
    """What an encoder made of documents.

    states (Tensor): The states of all of their pieces and symbols. *Shape:* (positions, width)
    layouts (List[Layout]): For each document where its mentions lie.
    """

    states: Tensor
    layouts: List[Layout]


class Seq2SeqPairNetwork(PretrainedNetwork):
    """A pretrained model, whose decoder rests, with the symbols that stand around mentions, and
    the classifier of pairs.

    model (PreTrainedModel): The model.
    settings (Seq2SeqPairSettings): The symbols, and the shape of the classifier.
    """

    settings_type: ClassVar[Type[Any]] = Seq2SeqPairSettings

    def __init__(self, model: Any, settings: Seq2SeqPairSettings) -> None:
        # Numbered as DORE's, though only those of entities are read.
        table = settings.table
        super().__init__(model, settings, table.first_entity + table.n_rows)
        self.pairs = PairNetwork(
            Settings.fitted(
                {**settings.shape, "labels_per_pair": settings.labels_per_cell},
                settings.schema,
                input_width=self._pieces.embedding_dim,
            )
        )

    def symbol_pieces(self, tokenizer: Any) -> List[List[int]]:
        """See `PretrainedNetwork`."""
        return symbol_pieces(self.settings.table, tokenizer)

    def row_names(self) -> RowNames:
        """See `spacy_docre.rows`."""
        pairs = {f"pairs.{name}": rows for name, rows in self.pairs.row_names().items()}
        return {**super().row_names(), **pairs}

    def read_documents(
        self,
        written: Sequence[Written],
        tokenizer: Any,
        window: Optional[int],
        stride: Optional[int],
    ) -> Reading:
        """Read documents of any length, in windows where they are long.

        written (Sequence[Written]): The documents.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        window (Optional[int]): The size of a window; as many as the model can read if None.
        stride (Optional[int]): How far a window starts after the one before.
        RETURNS (Reading): Their states.
        """
        windows = self.cut([each.ids for each in written], tokenizer, window, stride)
        with self.precision():
            states, seen = self.read(windows)
        before = len(Frame.of(tokenizer).before)
        layouts = [
            Layout(length, [[(a + before, b + before) for a, b in own] for own in each.mentions])
            for each, length in zip(written, windows.lengths.tolist())
        ]
        # What is pooled and multiplied from here on needs all of the precision.
        return Reading(states[seen].to(self.symbols.input.weight.dtype), layouts)
