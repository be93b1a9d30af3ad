"""What questions about a passage begin with in common, computed once.

The questions of a row are a tree. They share what the stage asks, those about one relation also its
description, and what is a question's own often is a name alone.
"""

from collections.abc import Iterator
from typing import Dict, List, NamedTuple, Sequence

from .packing import PREFIX, Piece


class SharedPrefix(NamedTuple):
    """What some questions of a row begin with, behind what they share with others.

    row (int): The row.
    branch (int): Its number.
    tokens (Sequence[int]): Its tokens.
    depth (int): The number of tokens that stand before it in its questions.
    """

    row: int
    branch: int
    tokens: Sequence[int]
    depth: int


class PrefixTree(NamedTuple):
    """The questions of all rows, as branches numbered from 1 in their order, and the prefixes that
    they share, numbered after them.

    prefixes (List[SharedPrefix]): The prefixes.
    depths (List[int]): For each question how many of its tokens are shared; at least the last one
        is its own.
    parents (List[int]): For each number that of what it continues, with `PREFIX` for the passage,
        which stands first.
    """

    prefixes: List[SharedPrefix]
    depths: List[int]
    parents: List[int]

    def pieces(self, starts: Sequence[int]) -> List[Piece]:
        """The shared prefixes as pieces.

        starts (Sequence[int]): The number of tokens of each row's passage.
        RETURNS (List[Piece]): The pieces.
        """
        return [
            Piece(row, branch, tokens, starts[row] + depth, 0)
            for row, branch, tokens, depth in self.prefixes
        ]


def build_prefix_tree(rows: Sequence[int], questions: Sequence[Sequence[int]]) -> PrefixTree:
    """Find what questions begin with in common.

    rows (Sequence[int]): The row of each question.
    questions (Sequence[Sequence[int]]): Their tokens.
    RETURNS (PrefixTree): The tree.
    """
    tree = PrefixTree([], [0] * len(questions), [PREFIX] * (len(questions) + 1))
    members: Dict[int, List[int]] = {}
    for number, row in enumerate(rows):
        members.setdefault(row, []).append(number)
    growing = [(numbers, 0, PREFIX) for numbers in members.values()]
    while growing:
        numbers, depth, parent = growing.pop()
        for group in _alike(numbers, questions, depth):
            common = shared_length([questions[number] for number in group])
            if len(group) > 1 and common > depth:
                branch, first = len(tree.parents), group[0]
                tree.parents.append(parent)
                tokens = questions[first][depth:common]
                tree.prefixes.append(SharedPrefix(rows[first], branch, tokens, depth))
                growing.append((group, common, branch))
                continue
            for number in group:
                tree.depths[number] = depth
                tree.parents[number + 1] = parent
    return tree


def shared_length(questions: Sequence[Sequence[int]]) -> int:
    """RETURNS (int): The number of tokens that questions begin with in common, without the last
    token of any, at which its answer begins."""
    # What the first and the last in order have in common all have.
    ordered = sorted(list(question) for question in questions)
    first, last = ordered[0], ordered[-1]
    room = min(map(len, questions)) - 1
    pairs = zip(range(room), first, last)
    return next((place for place, one, other in pairs if one != other), room)


def _alike(
    numbers: Sequence[int], questions: Sequence[Sequence[int]], depth: int
) -> Iterator[List[int]]:
    """Questions that go on with the same token."""
    groups: Dict[int, List[int]] = {}
    for number in numbers:
        groups.setdefault(questions[number][depth], []).append(number)
    yield from groups.values()
