"""Triples and negative pairs to symbol sequences, and back."""

from collections.abc import Collection, Sequence
from typing import Dict, List, NamedTuple, Set, Tuple

import numpy as np

from ...data.entities import name_of
from ...data.triples import Triple
from ...errors import Errors
from ..pairs.candidate_pairs import CandidatePairs, Pair
from .orders import Statement, get_order
from .symbols import END, FIRST_RELATION, NA, SymbolTable

# One sequence for the whole document, or one for each entity that may be a head.
MODES = ("matrix", "rows")
NO_HEAD = -1


class SymbolSequence(NamedTuple):
    """A sequence for the decoder to generate.

    head (int): The entity that every tuple of the sequence begins with, or `NO_HEAD`
        where each tuple states its own. The decoder starts from `table.entity(head)`,
        which is not part of `symbols`.
    symbols (Tuple[int, ...]): For each statement the symbols of its entities, without
        the head if there is one, and of its relation or NA; at last END.
    """

    head: int
    symbols: Tuple[int, ...]


class Located(NamedTuple):
    """A statement and where it was read.

    statement (Statement): The statement.
    start (int): The position of its first symbol.
    end (int): The position after its last.
    """

    statement: Statement
    start: int
    end: int


class Content(NamedTuple):
    """What the sequences of a document say.

    triples (Tuple[Triple, ...]): The triples, in the order they were read.
    negatives (Tuple[Pair, ...]): The pairs filled with NA, in the order they were read.
    """

    triples: Tuple[Triple, ...]
    negatives: Tuple[Pair, ...]


def linearize(
    table: SymbolTable,
    candidates: CandidatePairs,
    triples: Sequence[Triple],
    negatives: Collection[Pair] = (),
    *,
    mode: str = "rows",
    order: str = "row_column",
    rng: np.random.Generator,
) -> List[SymbolSequence]:
    """Write triples and negative pairs as symbols.

    table (SymbolTable): The meaning of the symbols.
    candidates (CandidatePairs): The pairs of the document.
    triples (Sequence[Triple]): Triples that the schema allows, without repetitions.
    negatives (Collection[Pair]): The pairs to fill with NA.
    mode (str): "matrix" for one sequence, or "rows" for one for each entity that may
        be a head, even where there is nothing to say about it.
    order (str): The name of an order.
    rng (Generator): The source of randomness, for random order.
    RETURNS (List[SymbolSequence]): The sequences.
    RAISES (ValueError): If a negative pair is not a free pair.
    """
    check_mode(mode)
    statements = _statements(table, candidates, triples, negatives)
    ordered = get_order(order)(statements, rng)
    heads = [NO_HEAD] if mode == "matrix" else candidates.heads
    given = 0 if mode == "matrix" else 1
    symbols: Dict[int, List[int]] = {head: [] for head in heads}
    for pair, symbol in ordered:
        symbols[pair[0] if given else NO_HEAD] += [*map(table.entity, pair[given:]), symbol]
    return [SymbolSequence(head, (*symbols[head], END)) for head in heads]


def delinearize(
    table: SymbolTable, candidates: CandidatePairs, sequences: Sequence[SymbolSequence]
) -> Content:
    """Read triples and negative pairs from symbols: the inverse of `linearize`.

    table (SymbolTable): The meaning of the symbols.
    candidates (CandidatePairs): The pairs of the document.
    sequences (Sequence[SymbolSequence]): The sequences of the document.
    RETURNS (Content): The triples and negative pairs.
    RAISES (ValueError): If a sequence is ill-formed, with the position.
    """
    triples, negatives = [], []
    said: Dict[Pair, Set[int]] = {}
    for sequence in sequences:
        for (pair, symbol), _, end in read(table, candidates, sequence):
            others = said.setdefault(pair, set())
            if symbol in others:
                _refuse(candidates, sequence, end - 1, f"it repeats what {pair} already holds")
            if others and NA in (symbol, *others):
                _refuse(candidates, sequence, end - 1, f"{pair} cannot hold NA and a relation")
            others.add(symbol)
            if symbol == NA:
                negatives.append(pair)
            else:
                triples.append(Triple(pair, table.label(symbol)))
    return Content(tuple(triples), tuple(negatives))


def read(table: SymbolTable, candidates: CandidatePairs, sequence: SymbolSequence) -> List[Located]:
    """Split a sequence into statements.

    table (SymbolTable): The meaning of the symbols.
    candidates (CandidatePairs): The pairs of the document.
    sequence (SymbolSequence): One sequence.
    RETURNS (List[Located]): The statements and where they are.
    RAISES (ValueError): If the sequence is ill-formed, with the position.
    """
    home: Pair = () if sequence.head == NO_HEAD else (sequence.head,)
    located: List[Located] = []
    pair, start = home, 0
    for position, symbol in enumerate(sequence.symbols):
        if not 0 <= symbol < table.size(candidates.doc):
            _refuse(candidates, sequence, position, f"the document has no symbol {symbol}")
        if table.is_entity(symbol):
            pair = (*pair, table.index(symbol))
        elif symbol == END:
            if pair != home:
                _refuse(candidates, sequence, position, f"it ends within the tuple {pair}")
            if position != len(sequence.symbols) - 1:
                _refuse(candidates, sequence, position, "there are symbols after the end")
            return located
        else:
            labels = candidates.labels(pair)
            if not labels or (symbol != NA and symbol - FIRST_RELATION not in labels):
                name = "NA" if symbol == NA else table.label(symbol)
                _refuse(candidates, sequence, position, f"{name} cannot hold for {pair}")
            located.append(Located(Statement(pair, symbol), start, position + 1))
            pair, start = home, position + 1
    return _refuse(candidates, sequence, len(sequence.symbols), "the end is missing")


def check_mode(mode: str) -> None:
    """RAISES (ValueError): If there is no mode of this name."""
    if mode not in MODES:
        raise ValueError(Errors.DRE203.format(what="mode", name=mode, choices=MODES))


def where(head: int) -> str:
    """RETURNS (str): What to call a sequence in messages."""
    return "whole matrix" if head == NO_HEAD else f"row of entity {head}"


def _statements(
    table: SymbolTable,
    candidates: CandidatePairs,
    triples: Sequence[Triple],
    negatives: Collection[Pair],
) -> List[Statement]:
    doc = name_of(candidates.doc.doc)
    statements: List[Statement] = []
    filled = {triple.entities for triple in triples}
    for triple in triples:
        # See `check_gold`.
        assert table.schema.index(triple.label) in candidates.labels(triple.entities), triple
        statements.append(Statement(triple.entities, table.relation(triple.label)))
    assert len(set(statements)) == len(statements), triples
    for pair in sorted(set(negatives)):
        if pair in filled or pair not in candidates:
            problem = "a gold triple fills it" if pair in filled else "no relation can fill it"
            raise ValueError(Errors.DRE206.format(doc=doc, pair=pair, problem=problem))
        statements.append(Statement(pair, NA))
    return statements


def _refuse(
    candidates: CandidatePairs, sequence: SymbolSequence, position: int, problem: str
) -> List[Located]:
    raise ValueError(
        Errors.DRE207.format(
            doc=name_of(candidates.doc.doc),
            where=where(sequence.head),
            position=position,
            problem=problem,
        )
    )
