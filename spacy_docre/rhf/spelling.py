"""How relations and entities are spelled in answers, and the answers themselves."""

from functools import cached_property
from typing import Dict, List, Sequence

from ..schema import Schema
from ..trie import Node
from .answers import AnswerFormat, Listing, Names
from .choices import Values
from .passages import Passage
from .questions import Question


class Spelled:
    """The names of relations, or of the entities of a passage, as tokens.

    form (AnswerFormat): The tokens of which answers consist.
    names (Dict[int, Tuple[str, ...]]): The names.
    """

    def __init__(self, form: AnswerFormat, names: Names) -> None:
        self._form = form
        self.tokens = form.spell(names)

    @cached_property
    def tries(self) -> Dict[bool, Node]:
        """Tries of the names, at the end of an item and before it."""
        return self._form.tries(self.tokens)


class Spelling:
    """Spells the names of one schema and of some passages.

    form (AnswerFormat): The tokens of which answers consist.
    schema (Schema): The relations.
    relations (Dict[int, Tuple[str, ...]]): Their names.
    """

    def __init__(self, form: AnswerFormat, schema: Schema, relations: Names) -> None:
        self.form = form
        self._schema = schema
        self._relations = Spelled(form, relations)

    def entities(self, passage: Passage) -> Spelled:
        """RETURNS (Spelled): The names of the entities of a passage."""
        return Spelled(self.form, passage.names)

    def listing(self, question: Question, entities: Spelled) -> Listing:
        """RETURNS (Listing): An answer to be generated."""
        tries = [spelled.tries for spelled in self._parts(question, entities)]
        return Listing(self.form, question.choices(self._schema), tries)

    def target(self, question: Question, items: Sequence[Values], entities: Spelled) -> List[int]:
        """RETURNS (List[int]): The tokens of an answer, to learn."""
        if question.candidate is not None:
            return self.form.verdict((question.candidate,) in items)
        spelled = [part.tokens for part in self._parts(question, entities)]
        return self.form.listing(items, spelled)

    def _parts(self, question: Question, entities: Spelled) -> List[Spelled]:
        return [self._relations if role == "relation" else entities for role in question.stage.asks]
