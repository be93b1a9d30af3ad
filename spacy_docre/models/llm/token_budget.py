"""How much a language model reads, writes and computes at a time."""

from dataclasses import asdict, dataclass
from typing import Optional

from spacy.util import registry

from ..limits import check_limits


@dataclass(frozen=True)
class TokenBudget:
    """How many tokens there are for what.

    max_length (Optional[int]): The number of tokens of a prompt with its answer; what the base
        model can hold if None. Documents that are longer are divided into windows.
    answer_tokens (int): The largest number of tokens of an answer.
    row_tokens (int): How many tokens of questions about one passage are computed at a time.
    batch_tokens (int): How many tokens of different passages are computed at a time, with padding.
    cache_tokens (int): Of how many tokens keys and values are kept at a time: passages, questions
        and answers, with padding. A single question may take more.
    """

    max_length: Optional[int] = None
    answer_tokens: int = 512
    row_tokens: int = 2048
    batch_tokens: int = 8192
    cache_tokens: int = 32768

    def __post_init__(self) -> None:
        check_limits(**asdict(self))


@registry.misc("spacy_docre.TokenBudget.v1")
def make_token_budget(
    max_length: Optional[int] = None,
    answer_tokens: int = 512,
    row_tokens: int = 2048,
    batch_tokens: int = 8192,
    cache_tokens: int = 32768,
) -> TokenBudget:
    """Say how many tokens there are for what. See `TokenBudget`."""
    return TokenBudget(max_length, answer_tokens, row_tokens, batch_tokens, cache_tokens)
