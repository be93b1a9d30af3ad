"""Prompts: the passage first, which all questions about it share, then the question."""

from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ..outside import LazyMapping, Outside
from ..schema import Schema
from .chains import Chain
from .passages import Passage
from .questions import Question
from .relation_texts import RelationText
from .stages import Stage
from .templates import Template, is_own, read_template
from .tokens import CONTENT, Tokens

PASSAGE, WRAP = "passage", "wrap"


def read_prompts(chain: Chain, passage: str, wrap: Optional[str]) -> Mapping[str, str]:
    """Read the texts of all templates.

    chain (Tuple[Stage, ...]): The stages.
    passage (str): The template that a prompt begins with.
    wrap (Optional[str]): A template with the field `content` for what surrounds a message, in
        place of the base model's own chat template.
    RETURNS (Mapping[str, str]): By the name of the stage, "passage" and "wrap", with an empty
        text for none. Files outside of this package are read when they are first needed, which a
        saved pipeline never does: it has the texts with it.
    RAISES (ValueError): If a file cannot be read.
    """
    names = {PASSAGE: passage, WRAP: wrap, **{f"stage {s.name}": s.prompt for s in chain}}
    files = sorted({name for name in names.values() if name is not None and not is_own(name)})

    def read() -> Dict[str, str]:
        return {key: "" if name is None else read_template(name) for key, name in names.items()}

    if not files:
        return read()
    return LazyMapping(Outside(f"read prompts from {', '.join(files)}"), read)


class Prompts:
    """Fills templates.

    texts (Dict[str, str]): The texts of the templates.
    chain (Tuple[Stage, ...]): The stages.
    schema (Schema): The relations.
    relations (Sequence[RelationText]): The relations in words.
    RAISES (ValueError): If a template has fields that there are not.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        chain: Chain,
        schema: Schema,
        relations: Sequence[RelationText],
    ) -> None:
        self._schema = schema
        self._relations = relations
        self._passage = Template(texts[PASSAGE], PASSAGE, ("passage", "entities"))
        self._stages = {
            stage.name: Template(texts[f"stage {stage.name}"], stage.prompt, _fields(stage))
            for stage in chain
        }
        wrap = Template(texts[WRAP], WRAP, ("content",))
        self.wrap = wrap.fill({"content": CONTENT}) if texts[WRAP] else None

    def passage(self, passage: Passage) -> str:
        """RETURNS (str): What a prompt about a passage begins with."""
        names = "; ".join(names[0] for names in passage.names.values())
        return self._passage.fill({"passage": passage.text, "entities": names}) + "\n\n"

    def question(self, question: Question) -> str:
        """RETURNS (str): The question itself."""
        template = self._stages[question.stage.name]
        names = passage_names(question.passage)
        values = dict.fromkeys(("head", "tail", "relation", "description", "relations"), "")
        parts = dict(question.given)
        if question.candidate is not None:
            parts[question.stage.asks[0]] = question.candidate
        for role, value in parts.items():
            if role == "relation":
                values["relation"] = self._relations[value].name
                values["description"] = self._describe(value)
            else:
                values[role] = names[value]
        if template.uses("relations"):
            texts = (self._relations[value] for value in question.relations)
            values["relations"] = "\n".join(
                f"{text.name}: {text.description}" if text.description else text.name
                for text in texts
            )
        return template.fill(values)

    def _describe(self, relation: int) -> str:
        text = self._relations[relation].description
        return f"\nMeaning: {text}" if text else ""

    @property
    def relation_names(self) -> Dict[int, Tuple[str, ...]]:
        """The name of each relation, by its index in the schema."""
        return {value: (text.name,) for value, text in enumerate(self._relations)}


def passage_names(passage: Passage) -> Dict[int, str]:
    """RETURNS (Dict[int, str]): What each entity of a passage is called in questions."""
    return {value: names[0] for value, names in passage.names.items()}


class EncodedPrompts:
    """Prompts as tokens. Passage and question are tokenized apart, so that all questions
    continue the same tokens.

    prompts (Prompts): The prompts.
    tokens (Tokens): The tokenizer.
    """

    def __init__(self, prompts: Prompts, tokens: Tokens) -> None:
        self._prompts = prompts
        self._tokens = tokens
        self.before, self.after = tokens.around(prompts.wrap)

    def passages(self, passages: Sequence[Passage]) -> List[List[int]]:
        """RETURNS (List[List[int]]): The tokens that all prompts about a passage begin with."""
        texts = [self._prompts.passage(passage) for passage in passages]
        return [self.before + ids for ids in self._tokens.texts(texts)]

    def questions(self, questions: Sequence[Question]) -> List[List[int]]:
        """RETURNS (List[List[int]]): The tokens of questions, up to where the answer begins."""
        texts = [self._prompts.question(question) for question in questions]
        return [ids + self.after for ids in self._tokens.texts(texts)]


def _fields(stage: Stage) -> List[str]:
    fields = list(stage.known)
    if stage.answer == "score":
        fields += stage.asks
    if "relation" in fields:
        fields.append("description")
    if "relation" in stage.asks:
        fields.append("relations")
    return fields
