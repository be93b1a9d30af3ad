"""Answers as tokens: a list of items, one on each line, or "none".

    - Ann Berg | born in | Kelmouth
    - Ann Berg | lives in | Tarn

Every part is tokenized by itself, in training as in decoding, so that an answer has one
sequence of tokens. A prefix tree of the names leads through each part. Names hold no line break
and no separator, hence none, with what ends it, is the beginning of another.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ....errors import Errors
from ...prefix_tree import Node, build_trie
from ..local.tokens import Tokens
from .choices import Choices, Values

BULLET, NONE, YES, NO = "-", "none", "yes", "no"
Names = Dict[int, Tuple[str, ...]]


class Item(NamedTuple):
    """An item of an answer.

    values (Tuple[int, ...]): Its parts.
    score (float): Its probability against that of ending the answer in its place, in [0, 1].
    """

    values: Values
    score: float


class AnswerFormat:
    """The tokens of which answers consist.

    tokens (Tokens): The tokenizer.
    RAISES (ValueError): If the first tokens of alternatives are the same.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.bullet = tokens.text(BULLET)
        self.none = tokens.text(NONE)
        self.yes, self.no = tokens.text(YES), tokens.text(NO)
        self.end = tokens.end
        after_name, after_part = tokens.after("x", "\n"), tokens.after("x", " |")
        self.ends = {True: after_name, False: after_part}
        if not all(self.ends.values()):
            raise tokens.refusal("it leaves out line breaks or bars, with which names end")
        for alternatives in ([self.bullet, self.none, [self.end]], [self.yes, self.no]):
            if len({tuple(first[:1]) for first in alternatives} - {()}) < len(alternatives):
                raise tokens.refusal("it does not tell answers apart")

    def spell(self, names: Names) -> Dict[int, List[List[int]]]:
        """RETURNS (Dict[int, List[List[int]]]): The tokens of each name of each value."""
        flat = [" " + name for own in names.values() for name in own]
        spelled = iter(self._tokens.all_after(BULLET, flat))
        return {value: [next(spelled) for _ in own] for value, own in names.items()}

    def tries(self, spelled: Dict[int, List[List[int]]]) -> Dict[bool, Node]:
        """RETURNS (Dict[bool, Node]): Prefix trees of the names of a part that is the last one of
        an item, and of one that is not.
        RAISES (ValueError): If a name with its end is the beginning of another, as where a
            tokenizer makes the same of line breaks and of text that it does not know."""
        tries = {}
        for last, end in self.ends.items():
            sequences = [(name + end, value) for value, names in spelled.items() for name in names]
            ordered = sorted(tokens for tokens, _ in sequences)
            for first, second in zip(ordered, ordered[1:]):
                if first != second and second[: len(first)] == first:
                    shown = {"first": self._tokens.show(first), "second": self._tokens.show(second)}
                    raise ValueError(Errors.DRE620.format(name=self._tokens.name, **shown))
            tries[last] = build_trie(sequences)
        return tries

    def verdict(self, yes: bool) -> List[int]:
        """RETURNS (List[int]): The tokens of yes or no, to learn."""
        return [*(self.yes if yes else self.no), self.end]

    def listing(
        self, items: Sequence[Values], spelled: Sequence[Dict[int, List[List[int]]]]
    ) -> List[int]:
        """Write an answer, with the first name of each value.

        items (Sequence[Tuple[int, ...]]): The items.
        spelled (Sequence[Dict[int, List[List[int]]]]): For each part the tokens of names.
        RETURNS (List[int]): The tokens, to learn.
        """
        tokens: List[int] = [] if items else list(self.none)
        for item in items:
            tokens += self.bullet
            for number, (value, names) in enumerate(zip(item, spelled)):
                tokens += names[value][0] + self.ends[number == len(item) - 1]
        return [*tokens, self.end]


class Listing:
    """An answer while it is generated: what may come next, and what it said so far.

    form (AnswerFormat): The tokens of which answers consist.
    choices (Choices): The items that it may list.
    tries (Sequence[Dict[bool, Node]]): For each part of an item the prefix trees of its names.
    """

    def __init__(
        self, form: AnswerFormat, choices: Choices, tries: Sequence[Dict[bool, Node]]
    ) -> None:
        self._form = form
        self._choices = choices
        self._tries = tries
        self._forced: List[int] = []
        self._ending = False
        self._values: Values = ()
        self._node: Optional[Node] = None
        self._log_prob = self._log_end = 0.0
        self.items: List[Tuple[Values, float]] = []
        self.finished = False

    @property
    def at_boundary(self) -> bool:
        """Whether the next token begins an item, or ends the answer."""
        return self._node is None and not self._forced and not self.finished

    @property
    def bullet(self) -> List[int]:
        """The tokens with which an item begins."""
        return self._form.bullet

    def allowed(self) -> List[int]:
        """RETURNS (List[int]): The tokens that may come next; at a boundary, the one that ends
        the answer first, and then, if there is anything left to list, the one that goes on."""
        if self._forced:
            return [self._forced[0]]
        if self._node is not None:
            return self._node.tokens(self._choices.options(self._values))
        end = self._form.end if self.items else self._form.none[0]
        return [end, self._form.bullet[0]] if self._choices.options() else [end]

    def end_here(self, log_prob: float) -> None:
        """Note how probable it was, at the boundary, to end the answer."""
        self._log_end = log_prob
        self._log_prob = 0.0

    def push(self, token: int, log_prob: float) -> None:
        """Go on by one of the allowed tokens.

        token (int): The token.
        log_prob (float): Its log-probability among those that were allowed.
        """
        self._log_prob += log_prob
        if self._forced:
            self._forced.pop(0)
            self.finished = self._ending and not self._forced
        elif self._node is not None:
            self._node = self._node.children[token]
            if self._node.values:
                self._leave(self._node)
        elif token == self._form.bullet[0]:
            self._forced = self._form.bullet[1:]
            self._enter()
        else:
            if token != self._form.end:
                self._forced = [*self._form.none[1:], self._form.end]
            self._ending = True
            self.finished = not self._forced

    def _enter(self) -> None:
        part = len(self._values)
        self._node = self._tries[part][part == self._choices.width - 1]

    def _leave(self, node: Node) -> None:
        self._values = (*self._values, node.value(self._choices.options(self._values)))
        if len(self._values) < self._choices.width:
            self._enter()
            return
        self.items.append((self._values, self._log_prob - self._log_end))
        self._choices.use(self._values)
        self._values, self._node = (), None
