"""The names of relations and entities as tokens, and the answers that consist of them."""

from functools import cached_property
from typing import Dict, List, Sequence

from ....data.schema import Schema
from ...prefix_tree import Node
from ..prompts.passages import Passage
from ..questions import Question
from .choices import Values
from .lists import AnswerFormat, Listing, Names


class TokenizedNames:
    """The names of relations, or of the entities of a passage, as tokens.

    form (AnswerFormat): The tokens of which answers consist.
    names (Dict[int, Tuple[str, ...]]): The names.
    """

    def __init__(self, form: AnswerFormat, names: Names) -> None:
        self._form = form
        self.tokens = form.spell(names)

    @cached_property
    def tries(self) -> Dict[bool, Node]:
        """Prefix trees of the names, at the end of an item and before it."""
        return self._form.tries(self.tokens)


class AnswerTokenizer:
    """Spells the names of one schema and of some passages.

    form (AnswerFormat): The tokens of which answers consist.
    schema (Schema): The relations.
    relations (Dict[int, Tuple[str, ...]]): Their names.
    """

    def __init__(self, form: AnswerFormat, schema: Schema, relations: Names) -> None:
        self.form = form
        self._schema = schema
        self._relations = TokenizedNames(form, relations)

    def entities(self, passage: Passage) -> TokenizedNames:
        """RETURNS (TokenizedNames): The names of the entities of a passage."""
        return TokenizedNames(self.form, passage.names)

    def listing(self, question: Question, entities: TokenizedNames) -> Listing:
        """RETURNS (Listing): An answer to be generated."""
        tries = [spelled.tries for spelled in self._parts(question, entities)]
        return Listing(self.form, question.choices(self._schema), tries)

    def target(
        self, question: Question, items: Sequence[Values], entities: TokenizedNames
    ) -> List[int]:
        """RETURNS (List[int]): The tokens of an answer, to learn."""
        if question.candidate is not None:
            return self.form.verdict((question.candidate,) in items)
        spelled = [part.tokens for part in self._parts(question, entities)]
        return self.form.listing(items, spelled)

    def _parts(self, question: Question, entities: TokenizedNames) -> List[TokenizedNames]:
        return [self._relations if role == "relation" else entities for role in question.stage.asks]
