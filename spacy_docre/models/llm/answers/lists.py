"""Answers as tokens: a list of items, one on each line, or "none".

    - Ann Berg | born in | Kelmouth
    - Ann Berg | lives in | Tarn

Every part is tokenized by itself, in training as in decoding, so that an answer has one
sequence of tokens. A prefix tree of the names leads through each part. Names hold no line break
and no separator, hence none, with what ends it, is the beginning of another. An answer ends behind
its last name, where a model would end it: a line break says that there is more.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ....errors import Errors
from ...prefix_tree import Node, build_trie
from ..local.tokens import Tokens
from ..prompts.passages import SEPARATOR
from .choices import Choices, Values

BULLET, NONE, YES, NO = "-", "none", "yes", "no"
Names = Dict[int, Tuple[str, ...]]


class Item(NamedTuple):
    """An item of an answer.

    values (Tuple[int, ...]): Its parts.
    score (Optional[float]): Its probability against that of ending the answer in its place, in
        [0, 1]; None if it is not told.
    """

    values: Values
    score: Optional[float]


class AnswerFormat:
    """The tokens of which answers consist.

    tokens (Tokens): The tokenizer.
    before (str): What an answer stands behind, see `Tokens.context`.
    RAISES (ValueError): If the first tokens of alternatives are the same.
    """

    def __init__(self, tokens: Tokens, before: str = "") -> None:
        self._tokens = tokens
        words = tokens.all_after(before, [BULLET, NONE, YES, NO])
        self.bullet, self.none, self.yes, self.no = words
        self.end = tokens.end
        newline, self._bar = tokens.after("x", "\n"), tokens.after("x", f" {SEPARATOR}")
        if not newline or not self._bar:
            raise tokens.refusal("it leaves out line breaks or bars, with which names end")
        if len(newline) > 1:
            raise tokens.refusal("it makes several tokens of a line break")
        (self.newline,) = newline
        self.more = [self.newline, *tokens.after("x\n", BULLET)]
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
        for last, ends in ((True, [[self.end], [self.newline]]), (False, [self._bar])):
            sequences = [
                (name + end, value)
                for value, names in spelled.items()
                for name in names
                for end in ends
            ]
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
        for place, item in enumerate(items):
            tokens += self.more if place else self.bullet
            for number, (value, names) in enumerate(zip(item, spelled)):
                tokens += [*(self._bar if number else []), *names[value][0]]
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
        """Whether the next token begins an item or ends the answer, and no name goes on."""
        return not self._forced and not self.finished and set(self.allowed()) <= set(self.turn)

    @property
    def turn(self) -> List[int]:
        """The token that ends the answer here and, if there is anything left to list, the one that
        goes on with a further item; none in the middle of an item."""
        form = self._form
        if self._forced or self.finished:
            return []
        if self._node is not None and not self._ends_here(self._node):
            return []
        end, on = (form.end, form.newline) if self._begun else (form.none[0], form.bullet[0])
        return [end, on] if self._more() else [end]

    @property
    def onward(self) -> List[int]:
        """The tokens with which a further item begins."""
        return self._form.more if self._begun else self._form.bullet

    @property
    def _begun(self) -> bool:
        """Whether an item was listed, or one is being listed."""
        return bool(self.items) or self._node is not None

    def allowed(self) -> List[int]:
        """RETURNS (List[int]): The tokens that may come next; at a boundary, the one that ends
        the answer first, and then, if there is anything left to list, the one that goes on."""
        if self._forced:
            return [self._forced[0]]
        turn = self.turn
        if self._node is None:
            return turn
        options = self._node.tokens(self._choices.options(self._values))
        ends = (self._form.end, self._form.newline)
        return [*turn, *(token for token in options if not turn or token not in ends)]

    def close(self, log_prob: float) -> None:
        """Be done with an item whose name may end here. What may come next is the turn.

        log_prob (float): How probable it is that its name ends here.
        """
        if self._node is not None:
            self._log_prob += log_prob
            self._leave(self._node.children[self._form.end])

    def end_here(self, log_prob: float) -> None:
        """Note how probable it was, where an item is done, to end the answer."""
        self._log_end = log_prob
        self._log_prob = 0.0

    def push(self, token: int, log_prob: float) -> None:
        """Go on by one of the allowed tokens.

        token (int): The token.
        log_prob (float): Its log-probability among those that were allowed.
        """
        if token in self.turn:
            onward = self.onward
            self.close(0.0)
            if token == onward[0]:
                self._forced = onward[1:]
                self._enter()
            else:
                none = token != self._form.end
                self._forced = [*self._form.none[1:], self._form.end] if none else []
                self._ending = True
                self.finished = not self._forced
            self._log_prob += log_prob
            return
        self._log_prob += log_prob
        if self._forced:
            self._forced.pop(0)
            self.finished = self._ending and not self._forced
        elif self._node is not None:
            self._node = self._node.children[token]
            if self._node.values:
                self._leave(self._node)

    def _ends_here(self, node: Node) -> bool:
        """Whether a name of the last part may end at a node."""
        last = len(self._values) == self._choices.width - 1
        child = node.children.get(self._form.end) if last else None
        return child is not None and bool(child.bits & self._choices.options(self._values))

    def _more(self) -> bool:
        """Whether there is anything left to list where the answer may end."""
        if self._node is None:
            return self._choices.options() != 0
        child = self._node.children[self._form.end]
        value = child.value(self._choices.options(self._values))
        return self._choices.others((*self._values, value))

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
