"""`spacy_docre.PairClassifierSeq2Seq.v1`: the classifier on a pretrained sequence-to-sequence
model, as one thinc model behind the extractor contract."""

from functools import partial
from typing import Optional

from spacy.util import registry

from ...dore.negatives import AllNegatives, Negatives
from ...dore.seq2seq.backbone import Loader
from ...dore.seq2seq.extractor import create_extractor
from ...extractor import Extractor
from ...limits import check_not_negative, check_shares
from ..objectives import check_objective
from .network import Seq2SeqPairNetwork
from .settings import Seq2SeqPairSettings
from .strategy import PairStrategy


@registry.architectures("spacy_docre.PairClassifierSeq2Seq.v1")
def create_pair_classifier_seq2seq(
    backbone: Loader,
    objective: str = "adaptive",
    negatives: Optional[Negatives] = None,
    entity_types: bool = False,
    distance: bool = False,
    closest_mentions: bool = False,
    context_heads: int = 0,
    width: Optional[int] = None,
    groups: int = 8,
    dropout: float = 0.1,
    typed: bool = False,
    capacity: int = 64,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    batch_pieces: int = 8192,
    learn_rate_factor: float = 1.0,
    gradient_checkpointing: bool = False,
    mixed_precision: Optional[str] = None,
    salience: bool = False,
    labels_per_pair: Optional[int] = None,
) -> Extractor:
    """Create the bilinear pair classifier, the control for DORE on the same pretrained model: the
    encoder reads the text with the same symbols around mentions, and every pair of entities is
    classified by itself. The decoder is not used, nor trained.

    Unless more is asked for, pairs know what DORE's decoder knows, and no more: the states of the
    text.

    backbone (Callable[[], Backbone]): Where model and tokenizer come from. It is called only
        when the pipeline is initialized.
    objective (str): "adaptive" for a threshold class that is learnt for each pair (ATLOP, Zhou
        et al. 2021); "binary" for a yes or no to each relation (Yao et al. 2019).
    negatives (Optional[Negatives]): Which pairs without a relation to learn, drawn again at
        each pass. All of them if None.
    entity_types (bool): Whether pairs know the types of their entities.
    distance (bool): Whether they know how far apart the entities are.
    closest_mentions (bool): Whether they see the two mentions at which the entities are closest.
    context_heads (int): Attention heads with which a pair looks for what the text says about
        both of its entities. They must divide the width of the model.
    width (Optional[int]): Width of heads and tails; that of the model if None.
    groups (int): Groups of the bilinear form. They must divide the width.
    dropout (float): Dropout rate of the classifier.
    typed (bool): Whether each entity type has symbols of its own.
    capacity (int): The number of entities that a document may have, of each type if typed, where
        no document of the training data has more.
    window (Optional[int]): How many word pieces the encoder reads at once, with the symbols. What
        is longer is read in windows that overlap. As many as the model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    learn_rate_factor (float): Learning rate of symbols and classifier, as a multiple of the
        optimizer's.
    gradient_checkpointing (bool): Whether to compute states again on the way back, which takes
        longer and needs much less memory.
    mixed_precision (Optional[str]): "bfloat16" or "float16" to have the encoder compute in that
        on a GPU.
    salience (bool): Whether pairs know how much of their document their entities take up, and how
        often these are mentioned near each other.
    labels_per_pair (Optional[int]): How many relations of a pair are extracted; as many as there
        are in the training data if None.
    RETURNS (Extractor): The extractor.
    RAISES (ValueError): If a setting is out of range.
    """
    check_objective(objective)
    check_not_negative(context_heads=context_heads)
    check_shares(dropout=dropout)
    shape = {
        "width": width,
        "groups": groups,
        "dropout": dropout,
        "objective": objective,
        "entity_types": entity_types,
        "distance": distance,
        "closest_mentions": closest_mentions,
        "context_heads": context_heads,
        "salience": salience,
    }
    return create_extractor(
        "docre_pair_classifier_seq2seq",
        Seq2SeqPairNetwork,
        partial(
            Seq2SeqPairSettings.of,
            typed=typed,
            capacity=capacity,
            labels=labels_per_pair,
            shape=shape,
        ),
        PairStrategy(negatives or AllNegatives(), window, stride, batch_pieces),
        backbone,
        learn_rate_factor=learn_rate_factor,
        gradient_checkpointing=gradient_checkpointing,
        mixed_precision=mixed_precision,
        limits={
            "window": window,
            "stride": stride,
            "batch_pieces": batch_pieces,
            "labels_per_pair": labels_per_pair,
            "capacity": capacity,
            "width": width,
            "groups": groups,
        },
    )
