"""The length of prompts for a model whose tokenizer is not here."""

from itertools import accumulate
from typing import List, Sequence

from ..questions import Question
from .passages import Passage
from .prompts import Prompts

# Few texts have more tokens than a third of their bytes: English has a quarter, and where a
# character is a token it has three bytes.
BYTES = 3


class EstimatedPrompts:
    """Prompts, as numbers of tokens that are rather too large than too small.

    prompts (Prompts): The prompts.
    """

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self.numbered = prompts.numbered

    def passages(self, passages: Sequence[Passage]) -> List[range]:
        """RETURNS (List[range]): The tokens that all prompts about a passage begin with."""
        return [_tokens(self._prompts.passage(passage)) for passage in passages]

    def questions(self, questions: Sequence[Question]) -> List[range]:
        """RETURNS (List[range]): The tokens of questions."""
        return [_tokens(self._prompts.question(question)) for question in questions]

    def offsets(self, text: str) -> List[int]:
        """RETURNS (List[int]): The character at which each token of a text begins."""
        ends = accumulate(len(char.encode("utf8", "surrogatepass")) for char in text)
        offsets: List[int] = []
        for at, end in enumerate(ends):
            # As many tokens as are needed for what stands before the end of the character.
            offsets.extend([at] * (-(-end // BYTES) - len(offsets)))
        return offsets


def _tokens(text: str) -> range:
    return range(-(-len(text.encode("utf8", "surrogatepass")) // BYTES))
