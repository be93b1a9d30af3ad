"""How two families of models compute.

Only the names of modules are relied on, under which weights are published and which therefore
stay; not the signatures of `forward` and the classes of caches, which differ between versions
of `transformers`. That is also what lets rows share the keys and values of their document.
"""

from typing import Any, Callable, Dict, List, Optional, Protocol

from torch import Tensor

from ....errors import Errors
from .attention import Attend, Attention
from .bart import BartFamily
from .t5 import T5Family


class Layer(Protocol):
    """A layer of a pretrained decoder."""

    own: Attention
    cross: Attention

    def __call__(self, states: Tensor, look_back: Attend, look_at_doc: Attend) -> Tensor:
        """*Shape:* (rows, positions, width) -> (rows, positions, width)"""
        ...


class Family(Protocol):
    """A pretrained model.

    layers (List[Layer]): The layers of its decoder.
    input_scale (float): What embeddings are multiplied by before they are read.
    output_scale (float): What its states are multiplied by before they become logits.
    longest_input (Optional[int]): How much text the encoder can read at once.
    input_multiple (int): What the length of its input must be a multiple of.
    longest_output (Optional[int]): How many symbols the decoder can read.
    layer_drop (float): The rate at which training leaves out layers.
    """

    layers: List[Any]
    input_scale: float
    output_scale: float
    longest_input: Optional[int]
    input_multiple: int
    longest_output: Optional[int]
    layer_drop: float

    def read(self, embeddings: Tensor, visible: Tensor) -> Tensor:
        """From embeddings of texts to the states of the encoder.

        embeddings (Tensor): *Shape:* (texts, positions, width)
        visible (Tensor): What of them is not padding. *Shape:* (texts, positions)
        RETURNS (Tensor): *Shape:* (texts, positions, width)
        """
        ...

    def start(self, embeddings: Tensor, position: int, further: Optional[Tensor] = None) -> Tensor:
        """From embeddings of symbols to the input of the first layer.

        embeddings (Tensor): *Shape:* (rows, positions, width)
        position (int): The first of the positions.
        further (Optional[Tensor]): Embeddings of positions after `longest_output`, where there is
            such a limit. *Shape:* (further positions, width)
        RETURNS (Tensor): *Shape:* (rows, positions, width)
        """
        ...

    def finish(self, states: Tensor) -> Tensor:
        """From the output of the last layer to states that become logits."""
        ...

    def bias(self, position: int, positions: int) -> Optional[Tensor]:
        """What to add to the scores of positions over themselves and those before.

        position (int): The first of the positions.
        positions (int): How many there are.
        RETURNS (Optional[Tensor]): *Shape:* (1, attention heads, positions, position + positions)
        """
        ...

    def positions(self) -> Optional[Tensor]:
        """RETURNS (Optional[Tensor]): Embeddings of positions, if the decoder adds such.
        *Shape:* (longest output, width)"""
        ...


# The types of models, as their settings name them, and how they compute.
FAMILIES: Dict[str, Callable[[Any], Family]] = {
    "t5": T5Family,
    "mt5": T5Family,
    "longt5": lambda model: T5Family(model, looks_everywhere=False),
    "bart": lambda model: BartFamily(model, norm_first=False),
    "led": lambda model: BartFamily(model, norm_first=False),
    "mbart": lambda model: BartFamily(model, norm_first=True),
    "pegasus": lambda model: BartFamily(model, norm_first=True),
}


def family_of(model: Any) -> Family:
    """RETURNS (Family): How the decoder of a model computes.
    RAISES (ValueError): If that is not known.
    """
    make = FAMILIES.get(model.config.model_type)
    if make is None:
        raise ValueError(Errors.DRE522.format(type=model.config.model_type, known=list(FAMILIES)))
    return make(model)
