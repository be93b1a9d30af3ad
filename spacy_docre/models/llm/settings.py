"""What a language model is asked, and how much at a time."""

from dataclasses import asdict, dataclass
from typing import Mapping, Optional

from spacy.util import registry

from ...data.schema import Schema
from ...errors import Errors
from ...trust import LazyMapping
from ..limits import check_limits
from .chains import Chain
from .open_entities import OpenEntities
from .prompts.prompts import PASSAGE, Prompts, PromptSettings, passage_template


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


@dataclass(frozen=True)
class Settings:
    """What is asked, and how.

    chain (Tuple[Stage, ...]): The stages.
    prompts (PromptSettings): How prompts are made.
    texts (Mapping[str, str]): The texts of their templates, see `read_templates`.
    budget (TokenBudget): How much is computed at a time.
    open_entities (Optional[OpenEntities]): Which spans answers may name that are no entities yet.
    RAISES (ValueError): If the prompts list entities, and answers may name others.
    """

    chain: Chain
    prompts: PromptSettings
    texts: Mapping[str, str]
    budget: TokenBudget
    open_entities: Optional[OpenEntities] = None

    def __post_init__(self) -> None:
        # Files outside of a loaded pipeline are not read before it is used.
        if not isinstance(self.texts, LazyMapping):
            self._check_passage()

    def _check_passage(self) -> None:
        fields = passage_template(self.texts[PASSAGE]).fields
        if self.open_entities and fields & {"entities", "numbered"}:
            raise ValueError(Errors.DRE641)

    def prompts_about(self, schema: Schema) -> Prompts:
        """RETURNS (Prompts): The prompts about the relations of a schema."""
        self._check_passage()
        return Prompts(
            self.texts,
            self.chain,
            self.prompts.relation_texts(schema),
            self.prompts.chat_settings,
        )
