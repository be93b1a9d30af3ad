"""Stems: what questions about a passage begin with in common, computed once.

The questions of a row are a tree. They share what the stage asks, those about one relation also its
description, and what is a question's own often is a name alone.
"""

from collections.abc import Iterator
from typing import Dict, List, NamedTuple, Sequence, Tuple

from .packing import PREFIX, Piece


class Tree(NamedTuple):
    """The questions of all rows, as branches numbered from 1 in their order, and their stems,
    numbered after them.

    stems (List[Tuple[int, int, List[int], int]]): The row, number and tokens of each stem, and the
        number of tokens that stand before it in its questions.
    depths (List[int]): For each question how many of its tokens are those of stems; at least the
        last one is its own.
    parents (List[int]): For each number that of what it continues, with `PREFIX` for the passage,
        which stands first.
    """

    stems: List[Tuple[int, int, Sequence[int], int]]
    depths: List[int]
    parents: List[int]

    def pieces(self, starts: Sequence[int]) -> List[Piece]:
        """The stems as pieces.

        starts (Sequence[int]): The number of tokens of each row's passage.
        RETURNS (List[Piece]): The pieces.
        """
        return [
            Piece(row, number, tokens, starts[row] + depth, 0)
            for row, number, tokens, depth in self.stems
        ]


def grow(rows: Sequence[int], questions: Sequence[Sequence[int]]) -> Tree:
    """Find what questions begin with in common.

    rows (Sequence[int]): The row of each question.
    questions (Sequence[Sequence[int]]): Their tokens.
    RETURNS (Tree): The tree.
    """
    tree = Tree([], [0] * len(questions), [PREFIX] * (len(questions) + 1))
    members: Dict[int, List[int]] = {}
    for number, row in enumerate(rows):
        members.setdefault(row, []).append(number)
    growing = [(numbers, 0, PREFIX) for numbers in members.values()]
    while growing:
        numbers, depth, parent = growing.pop()
        for group in _alike(numbers, questions, depth):
            common = shared([questions[number] for number in group])
            if len(group) > 1 and common > depth:
                stem = len(tree.parents)
                tree.parents.append(parent)
                first = group[0]
                tree.stems.append((rows[first], stem, questions[first][depth:common], depth))
                growing.append((group, common, stem))
                continue
            for number in group:
                tree.depths[number] = depth
                tree.parents[number + 1] = parent
    return tree


def shared(questions: Sequence[Sequence[int]]) -> int:
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
