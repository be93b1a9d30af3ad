"""`spacy_docre.DORESeq2Seq.v1`: DORE on a pretrained sequence-to-sequence model, as one thinc
model behind the extractor contract."""

from functools import partial
from typing import Optional

from spacy.util import registry

from ...extractor import Extractor
from ...limits import check_not_negative
from ..linearize import check_mode
from ..negatives import DynamicNegatives, Negatives
from ..orders import get_order
from .backbone import Loader
from .extractor import create_extractor
from .network import Network
from .sequences import Sequences
from .settings import Settings


@registry.architectures("spacy_docre.DORESeq2Seq.v1")
def create_dore_seq2seq(
    backbone: Loader,
    mode: str = "rows",
    negatives: Optional[Negatives] = None,
    order: str = "row_column",
    beam_width: int = 1,
    length_penalty: float = 1.0,
    typed: bool = False,
    capacity: int = 64,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    output_length: Optional[int] = None,
    batch_pieces: int = 8192,
    learn_rate_factor: float = 1.0,
    gradient_checkpointing: bool = False,
    mixed_precision: Optional[str] = None,
    labels_per_cell: Optional[int] = None,
) -> Extractor:
    """Create DORE as published: "DORE: Document Ordered Relation Extraction based on Generative
    Framework" (Findings of EMNLP 2022). A pretrained encoder reads the text with a symbol around
    every mention, and its decoder writes symbols.

    backbone (Callable[[], Backbone]): Where model and tokenizer come from. It is called only
        when the pipeline is initialized.
    mode (str): "rows" for a sequence of each head entity, all of them in parallel (Section 3.3),
        or "matrix" for one of the whole document.
    negatives (Optional[Negatives]): Which cells without a relation to learn, drawn again at each
        pass (Section 3.4). Dynamic ones if None.
    order (str): "row_column", "random" or "annotation" order of statements (Section 3.2).
    beam_width (int): Width of beam search. 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    typed (bool): Whether each entity type has symbols of its own.
    capacity (int): The number of entities that a document may have, of each type if typed, where
        no document of the training data has more.
    window (Optional[int]): How many word pieces the encoder reads at once, with the symbols. What
        is longer is read in windows that overlap. As many as the model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    output_length (Optional[int]): How many symbols the decoder can write, where its model has a
        limit that is too low: positions after that begin as copies of those before. As many as the
        model can if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    learn_rate_factor (float): Learning rate of the symbols, as a multiple of the optimizer's.
    gradient_checkpointing (bool): Whether to compute states again on the way back, which takes
        longer and needs much less memory.
    mixed_precision (Optional[str]): "bfloat16" or "float16" to compute in that on a GPU.
    labels_per_cell (Optional[int]): How many relations of the same entities are extracted; as many
        as there are in the training data if None.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If a setting is out of range.
    """
    check_mode(mode)
    get_order(order)
    check_not_negative(length_penalty=length_penalty)
    sequences = Sequences(
        negatives=negatives or DynamicNegatives(1, 1, 3),
        mode=mode,
        order=order,
        beam_width=beam_width,
        length_penalty=length_penalty,
        window=window,
        stride=stride,
        batch_pieces=batch_pieces,
    )
    return create_extractor(
        "docre_dore_seq2seq",
        Network,
        partial(
            Settings.learn,
            typed=typed,
            capacity=capacity,
            labels=labels_per_cell,
            output_length=output_length,
        ),
        sequences,
        backbone,
        learn_rate_factor=learn_rate_factor,
        gradient_checkpointing=gradient_checkpointing,
        mixed_precision=mixed_precision,
        limits={
            "window": window,
            "stride": stride,
            "output_length": output_length,
            "labels_per_cell": labels_per_cell,
            "batch_pieces": batch_pieces,
            "beam_width": beam_width,
            "capacity": capacity,
        },
    )
