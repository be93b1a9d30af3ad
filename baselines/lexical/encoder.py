"""A pretrained sequence-to-sequence model that reads plain text, in which nothing says where
entities are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional

from spacy.util import registry

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.schema import Schema
from spacy_docre.models.encoders.encoder import Encoder
from spacy_docre.models.encoders.seq2seq.backbone import Backbone, Loader
from spacy_docre.models.encoders.seq2seq.encoder import PRECISIONS, PretrainedEncoder
from spacy_docre.models.encoders.seq2seq.marking import Written, write
from spacy_docre.models.grammar.symbols import ANY_TYPE, SymbolTable

from .network import LexicalNetwork

# Entities are spelled, so they need no symbols of their own.
NO_SYMBOLS = SymbolTable(Schema(()), False, {ANY_TYPE: 0})


@registry.misc("docre_baselines.PlainSeq2Seq.v1")
def make_plain_seq2seq(
    backbone: Loader,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    output_length: Optional[int] = None,
    batch_pieces: int = 8192,
    gradient_checkpointing: bool = False,
    mixed_precision: Optional[str] = None,
) -> Encoder:
    """Create an encoder that reads plain text. Its settings are those of
    `spacy_docre.Seq2Seq.v1`."""
    return PlainSeq2Seq(
        backbone,
        window,
        stride,
        output_length,
        batch_pieces,
        gradient_checkpointing,
        mixed_precision,
    )


@dataclass(frozen=True)
class PlainSeq2Seq(PretrainedEncoder):
    """Read plain text. See `make_plain_seq2seq`."""

    def symbols(self, docs: Sequence[EntityDoc], schema: Schema) -> Dict[str, Any]:
        """There are none but separators."""
        return {"output_length": self.output_length}

    def make(self, backbone: Backbone, symbols: Mapping[str, Any]) -> LexicalNetwork:
        """See `PretrainedEncoder`."""
        return LexicalNetwork(
            backbone.model,
            backbone.tokenizer,
            symbols["output_length"],
            PRECISIONS.get(self.mixed_precision or ""),
        )

    def write(self, network: Any, docs: Sequence[EntityDoc]) -> List[Written]:
        """See `PretrainedEncoder`."""
        bare = [replace(doc, entities=(), gold=None) for doc in docs]
        return write(bare, network.tokenizer, NO_SYMBOLS, network.n_pieces)

    def grown(self, symbols: Dict[str, Any], schema: Schema) -> Dict[str, Any]:
        """See `PretrainedEncoder`."""
        return symbols

    def symbols_of(self, module: Any) -> Dict[str, Any]:
        """See `PretrainedEncoder`."""
        return {"output_length": module.output_length}
