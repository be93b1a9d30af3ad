"""What a prompter asks, and how: all settings of a language model but those of the model itself."""

from dataclasses import dataclass
from typing import Mapping, Optional

from ...data.schema import Schema
from ...errors import Errors
from ...trust import LazyMapping
from .chains import Chain
from .open_entities import OpenEntities
from .prompts.prompts import (
    PASSAGE,
    Prompts,
    PromptSettings,
    passage_template,
    read_templates,
)
from .prompts.relation_texts import relation_texts
from .token_budget import TokenBudget


@dataclass(frozen=True)
class PrompterSettings:
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
            relation_texts(schema, self.prompts.descriptions, self.prompts.described),
            self.prompts.chat_settings,
        )


def make_settings(
    chain: Chain,
    prompts: Optional[PromptSettings],
    budget: Optional[TokenBudget],
    open_entities: Optional[OpenEntities] = None,
) -> PrompterSettings:
    """RETURNS (PrompterSettings): The settings, with the texts of all templates, and defaults for
    what is None."""
    prompts = prompts or PromptSettings()
    texts = read_templates(chain, prompts)
    return PrompterSettings(chain, prompts, texts, budget or TokenBudget(), open_entities)
