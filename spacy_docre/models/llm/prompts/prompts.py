"""Prompts: the passage first, which all questions about it share, then the question."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from spacy.util import registry

from ....trust import LazyMapping, Outside
from ..chains import Chain
from ..local.tokens import CONTENT
from ..questions import Question
from ..stages import Stage
from .passages import Passage, plain
from .relation_texts import Descriptions, RelationText
from .templates import Template, is_own, read_template

PASSAGE, WRAP = "passage", "wrap"


@dataclass(frozen=True)
class PromptSettings:
    """How prompts are made, besides the questions of stages.

    passage (str): The template that prompts begin with: the name of one of this package, or the
        path of a file.
    wrap (Optional[str]): A template with the variable `content` for what surrounds a message, in
        place of the base model's own chat template.
    described (bool): Whether relations are described, or only named.
    chat_settings (Dict[str, Any]): What the chat template is told, such as not to think.
    descriptions (Optional[Descriptions]): Names and descriptions of relations for which the schema
        has none, by label.
    """

    passage: str = "passage"
    wrap: Optional[str] = None
    described: bool = True
    descriptions: Optional[Descriptions] = None
    chat_settings: Mapping[str, Any] = field(default_factory=dict)


@registry.misc("spacy_docre.Prompts.v1")
def make_prompt_settings(
    passage: str = "passage",
    wrap: Optional[str] = None,
    described: bool = True,
    descriptions: Optional[Mapping[str, Dict[str, str]]] = None,
    chat_settings: Dict[str, Any] = {},  # noqa: B006
) -> PromptSettings:
    """Say how prompts are made. See `PromptSettings`."""
    return PromptSettings(passage, wrap, described, descriptions, dict(chat_settings))


def read_templates(chain: Chain, settings: PromptSettings) -> Mapping[str, str]:
    """Read the texts of all templates.

    chain (Tuple[Stage, ...]): The stages.
    settings (PromptSettings): The other templates.
    RETURNS (Mapping[str, str]): By the name of the stage, "passage" and "wrap", with an empty
        text for none. Files outside of this package are read when they are first needed, which a
        saved pipeline never does: it has the texts with it.
    RAISES (ValueError): If a file cannot be read.
    """
    names = {PASSAGE: settings.passage, WRAP: settings.wrap}
    names.update({_key(stage): stage.prompt for stage in chain})
    files = sorted({name for name in names.values() if name is not None and not is_own(name)})

    def read() -> Dict[str, str]:
        return {key: "" if name is None else read_template(name) for key, name in names.items()}

    if not files:
        return read()
    return LazyMapping(Outside(f"read prompts from {', '.join(files)}"), read)


def passage_template(text: str) -> Template:
    """RETURNS (Template): The template that prompts begin with."""
    return Template(text, PASSAGE, ("passage", "entities", "numbered"))


class Prompts:
    """Fills templates.

    texts (Mapping[str, str]): The texts of the templates.
    chain (Tuple[Stage, ...]): The stages.
    relations (Sequence[RelationText]): The relations in words.
    chat_settings (Mapping[str, Any]): What the chat template is told.
    RAISES (ValueError): If a template cannot be used.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        chain: Chain,
        relations: Sequence[RelationText],
        chat_settings: Mapping[str, Any],
    ) -> None:
        self.chat_settings = chat_settings
        self._relations = relations
        self._passage = passage_template(texts[PASSAGE])
        # Whether entities are called by the numbers under which they are listed.
        self.numbered = "numbered" in self._passage.fields
        self._stages = {
            stage.name: Template(texts[_key(stage)], stage.prompt, _fields(stage))
            for stage in chain
        }
        wrap = Template(texts[WRAP], WRAP, ("content",))
        self.wrap = wrap.fill({"content": CONTENT}) if texts[WRAP] else None

    def passage(self, passage: Passage) -> str:
        """RETURNS (str): What a prompt about a passage begins with."""
        values = {
            "passage": passage.text,
            "entities": [names[0] for names in passage.names.values()],
            "numbered": _numbered_entities(passage),
        }
        return self._passage.fill(values) + "\n\n"

    def question(self, question: Question) -> str:
        """RETURNS (str): The question itself."""
        values: Dict[str, Any] = {
            "relations": [self._relations[value] for value in question.relations]
        }
        parts = dict(question.given)
        if question.candidate is not None:
            parts[question.stage.asks[0]] = question.candidate
        for role, value in parts.items():
            if role == "relation":
                relation = self._relations[value]
                values["relation"], values["description"] = relation.name, relation.description
            else:
                values[role] = question.passage.names[value][0]
        # Questions are measured before there are names in them.
        missing = dict.fromkeys(_fields(question.stage), "")
        return self._stages[question.stage.name].fill({**missing, **values})

    @property
    def relation_names(self) -> Dict[int, Tuple[str, ...]]:
        """The name of each relation, by its index in the schema."""
        return {value: (text.name,) for value, text in enumerate(self._relations)}


class NumberedEntity(NamedTuple):
    """An entity in a list with numbers.

    number (str): What questions and answers call it.
    names (Tuple[str, ...]): Its names.
    type (str): Its type, or "".
    """

    number: str
    names: Tuple[str, ...]
    type: str


def _numbered_entities(passage: Passage) -> List[NumberedEntity]:
    return [
        NumberedEntity(str(index + 1), names, plain(passage.doc.entities[index].type))
        for index, names in passage.texts.items()
    ]


def _key(stage: Stage) -> str:
    return f"stage {stage.name}"


def _fields(stage: Stage) -> List[str]:
    fields = list(stage.known)
    if stage.answer == "score":
        fields += stage.asks
    if "relation" in fields:
        fields.append("description")
    if "relation" in stage.asks:
        fields.append("relations")
    return fields
