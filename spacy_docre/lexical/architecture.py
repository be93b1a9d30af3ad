"""`spacy_docre.LexicalSeq2Seq.v1`: lexical generation as one thinc model behind the extractor
contract."""

from collections.abc import Sequence
from functools import partial
from typing import Optional

from spacy.util import registry

from ..dore.orders import get_order
from ..dore.seq2seq.backbone import Loader
from ..dore.seq2seq.extractor import create_extractor
from ..dore.seq2seq.settings import Settings
from ..dore.symbols import ANY_TYPE, SymbolTable
from ..entities import EntityDoc
from ..extractor import Extractor
from ..labels_per_cell import labels_per_cell as most_labels
from ..schema import Schema
from .network import LexicalNetwork
from .sequences import LexicalSequences


@registry.architectures("spacy_docre.LexicalSeq2Seq.v1")
def create_lexical_seq2seq(
    backbone: Loader,
    order: str = "annotation",
    max_length: int = 1024,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    output_length: Optional[int] = None,
    batch_pieces: int = 8192,
    learn_rate_factor: float = 1.0,
    gradient_checkpointing: bool = False,
    mixed_precision: Optional[str] = None,
    labels_per_cell: Optional[int] = None,
) -> Extractor:
    """Create lexical generation, the control for DORE's symbols on the same pretrained model
    (Section 4.3 of the paper): the encoder reads the plain text, and the decoder writes names of
    entities and relations with separators between them. Names are aligned with entities by
    their text, so what it writes are always triples of the document's entities.

    backbone (Callable[[], Backbone]): Where model and tokenizer come from. It is called only
        when the pipeline is initialized.
    order (str): "row_column", "random" or "annotation" order of triples.
    max_length (int): The largest number of word pieces to generate for a document.
    window (Optional[int]): How many word pieces the encoder reads at once. What is longer is
        read in windows that overlap. As many as the model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    output_length (Optional[int]): How many word pieces the decoder can write, where its model has a
        limit that is too low. As many as the model can if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    learn_rate_factor (float): Learning rate of the separators, as a multiple of the optimizer's.
    gradient_checkpointing (bool): Whether to compute states again on the way back, which takes
        longer and needs much less memory.
    mixed_precision (Optional[str]): "bfloat16" or "float16" to compute in that on a GPU.
    labels_per_cell (Optional[int]): How many relations of the same entities are extracted; as many
        as there are in the training data if None.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If a setting is out of range.
    """
    get_order(order)
    return create_extractor(
        "docre_lexical_seq2seq",
        LexicalNetwork,
        partial(_learn, labels=labels_per_cell, output_length=output_length),
        LexicalSequences(order, max_length, window, stride, batch_pieces),
        backbone,
        learn_rate_factor=learn_rate_factor,
        gradient_checkpointing=gradient_checkpointing,
        mixed_precision=mixed_precision,
        limits={
            "window": window,
            "stride": stride,
            "output_length": output_length,
            "max_length": max_length,
            "labels_per_cell": labels_per_cell,
            "batch_pieces": batch_pieces,
        },
    )


def _learn(
    schema: Schema,
    docs: Sequence[EntityDoc],
    *,
    labels: Optional[int],
    output_length: Optional[int],
) -> Settings:
    # Entities are spelled, so they need no embeddings.
    table = SymbolTable(schema, False, {ANY_TYPE: 0})
    return Settings(table, labels or most_labels(docs), output_length)
