"""Prompts as the tokens of a model that is here."""

from typing import List, Sequence

from ..local.tokens import LINE, Tokens
from ..questions import Question
from .passages import Passage
from .prompts import Prompts


class EncodedPrompts:
    """Prompts as tokens. Passage and question are tokenized apart, so that all questions
    continue the same tokens, and as they are spelled behind what stands before them, so that the
    tokens are those of the whole, which a server makes.

    prompts (Prompts): The prompts.
    tokens (Tokens): The tokenizer.
    """

    def __init__(self, prompts: Prompts, tokens: Tokens) -> None:
        self._prompts = prompts
        self._tokens = tokens
        self.numbered = prompts.numbered
        before, after = tokens.around(prompts.wrap, prompts.chat_settings)
        # A space before a word belongs to the word.
        self._space = " " * (len(before) - len(before.rstrip(" ")))
        before = before.rstrip(" ")
        self.before = tokens.control(before)
        self._behind = tokens.context(before, f"{self._space}word")
        self.after = tokens.control_after("x", after)
        self.answers_behind = LINE if after.endswith("\n") else ""

    def passages(self, passages: Sequence[Passage]) -> List[List[int]]:
        """RETURNS (List[List[int]]): The tokens that all prompts about a passage begin with."""
        texts = [self._space + self._prompts.passage(passage) for passage in passages]
        return [self.before + ids for ids in self._tokens.all_after(self._behind, texts)]

    def questions(self, questions: Sequence[Question]) -> List[List[int]]:
        """RETURNS (List[List[int]]): The tokens of questions, up to where the answer begins."""
        texts = [self._prompts.question(question) for question in questions]
        # A passage ends with an empty line.
        return [ids + self.after for ids in self._tokens.all_after(LINE, texts)]

    def offsets(self, text: str) -> List[int]:
        """RETURNS (List[int]): The character at which each token of a text begins."""
        return self._tokens.offsets(text)
