"""Triples in words: how DORE's symbols are spelled as text, and which symbol a text stands for.

What may be said at all is the matter of DORE's grammar; here it is only spelled. An entity is
spelled as one of its mentions, a relation as its name, each with a separator behind it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Dict, List, Tuple

import torch

from spacy_docre.data.entities import EntityDoc, name_of
from spacy_docre.models.grammar.automaton import Grammar
from spacy_docre.models.grammar.linearize import NO_HEAD
from spacy_docre.models.grammar.symbols import END, FIRST_RELATION, NA, SymbolTable
from spacy_docre.models.prefix_tree import Node, build_trie

from .errors import Errors
from .network import END as END_ROW
from .network import ENTITY, RELATION


class Spelling:
    """How the symbols of a document are spelled.

    spelled (List[Tuple[int, ...]]): The pieces of each symbol, with its separator. NA has none.
    trie (Node): The same, as a trie with symbols as values.
    """

    def __init__(self, spelled: List[Tuple[int, ...]]) -> None:
        self.spelled = spelled
        said = [(ids, symbol) for symbol, ids in enumerate(spelled) if symbol != NA]
        self.trie: Node = build_trie(said)

    @classmethod
    def of(
        cls, docs: Sequence[EntityDoc], table: SymbolTable, tokenizer: Any, n_pieces: int
    ) -> "List[Spelling]":
        """Spell the symbols of documents.

        docs (Sequence[EntityDoc]): The documents.
        table (SymbolTable): The symbols.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        n_pieces (int): How many pieces the model knows. Separators are numbered after them.
        RETURNS (List[Spelling]): For each document its spelling.
        """
        relations = [relation.name for relation in table.schema.relations]
        names = [names_of(doc) for doc in docs]
        texts = list(dict.fromkeys([*relations, *(name for each in names for name in each)]))
        # As within a text, where a word has a space before it.
        encoded = tokenizer(
            [f" {text}" for text in texts], add_special_tokens=False, split_special_tokens=True
        )["input_ids"]
        pieces: Dict[str, List[int]] = dict(zip(texts, encoded))
        start: List[Tuple[int, ...]] = [()] * FIRST_RELATION
        start[END] = (n_pieces + END_ROW,)
        start += [(*pieces[name], n_pieces + RELATION) for name in relations]
        return [
            cls([*start, *((*pieces[name], n_pieces + ENTITY) for name in own)]) for own in names
        ]

    def spell(self, symbols: Sequence[int]) -> List[int]:
        """RETURNS (List[int]): The pieces of a sequence of symbols."""
        return [id for symbol in symbols for id in self.spelled[symbol]]


class Reader:
    """Reads a text piece by piece, and knows what may come next.

    grammar (Grammar): The grammar of the documents, in mode "matrix".
    number (int): Which document it is.
    spelling (Spelling): How that spells its symbols.
    """

    def __init__(self, grammar: Grammar, number: int, spelling: Spelling) -> None:
        self.grammar = grammar
        self.number = number
        self.root = self.node = spelling.trie
        self.symbols: List[int] = []
        doc = torch.tensor([number], device=grammar.device)
        self.place = grammar.start(doc, torch.full_like(doc, NO_HEAD))
        self._look()

    @property
    def finished(self) -> bool:
        return self.symbols[-1:] == [END]

    def choices(self) -> List[int]:
        """RETURNS (List[int]): The pieces that may come next, one or more."""
        return self.node.tokens(self.options)

    def read(self, id: int) -> bool:
        """Read a piece.

        id (int): The piece.
        RETURNS (bool): Whether a symbol is complete with it, which is then in `symbols`. Of
            entities with the same text it is the first that may stand here.
        RAISES (ValueError): If the piece may not come next.
        """
        if id not in self.choices():
            raise ValueError(
                Errors.DRE542.format(
                    doc=name_of(self.grammar.candidates[self.number].doc.doc),
                    piece=id,
                    position=len(self.symbols),
                )
            )
        self.node = self.node.children[id]
        if self.node.children:
            return False
        symbol = self.node.value(self.options)
        self.symbols.append(symbol)
        said = torch.tensor([symbol], device=self.grammar.device)
        self.place = self.grammar.advance(self.place, said)
        self._look()
        return True

    def _look(self) -> None:
        """At the beginning of a symbol."""
        allowed = self.grammar.allowed(self.place)[0].nonzero()[:, 0].tolist()
        self.options = sum(1 << symbol for symbol in allowed)
        self.node = self.root


def names_of(doc: EntityDoc) -> List[str]:
    """What entities are called: the first of their mentions that is no mention of another entity,
    or else the first.

    doc (EntityDoc): The document.
    RETURNS (List[str]): A name for each entity.
    """
    texts = [
        list(dict.fromkeys(" ".join(doc.doc[start:end].text.split()) for start, end in e.mentions))
        for e in doc.entities
    ]
    count = Counter(text for own in texts for text in own)
    return [next((text for text in own if count[text] == 1), own[0]) for own in texts]


def ambiguous(doc: EntityDoc) -> int:
    """RETURNS (int): How many gold triples have an entity whose name another entity has as well, so
    that a text does not tell them apart."""
    names = names_of(doc)
    count = Counter(names)
    return sum(any(count[names[i]] > 1 for i in triple.entities) for triple in doc.gold or ())
