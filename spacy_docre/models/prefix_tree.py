"""A trie of token sequences, of which some can be switched off."""

from typing import Dict, List, Sequence, Tuple


class Node:
    """A node.

    children (Dict[int, Node]): By token.
    bits (int): The values of all sequences that pass through it, as bits.
    values (List[int]): The values of the sequences that end here.
    """

    __slots__ = ("bits", "children", "values")

    def __init__(self) -> None:
        self.children: Dict[int, Node] = {}
        self.bits = 0
        self.values: List[int] = []

    def tokens(self, options: int) -> List[int]:
        """RETURNS (List[int]): The tokens that lead on to one of the values."""
        return [token for token, child in self.children.items() if child.bits & options]

    def value(self, options: int) -> int:
        """RETURNS (int): The value that ends here. Sequences of different values are equal
        only if the tokenizer cannot tell their texts apart: the first one counts."""
        return next(value for value in self.values if options >> value & 1)


def build_trie(sequences: Sequence[Tuple[Sequence[int], int]]) -> Node:
    """Build a trie. No sequence may begin with another one.

    sequences (Sequence[Tuple[Sequence[int], int]]): Tokens, and the value they stand for.
    RETURNS (Node): The root.
    """
    root = Node()
    for tokens, value in sequences:
        node = root
        node.bits |= 1 << value
        for token in tokens:
            node = node.children.setdefault(token, Node())
            node.bits |= 1 << value
        node.values.append(value)
    return root
