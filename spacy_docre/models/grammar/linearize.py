"""Triples and negative cells to symbol sequences, and back."""

from collections.abc import Collection, Sequence
from typing import Dict, List, NamedTuple, Set, Tuple

import numpy as np

from ...data.entities import name_of
from ...data.triples import Triple
from ...errors import Errors
from ..pairs.cells import Cell, Cells
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
    negatives (Tuple[Cell, ...]): The cells filled with NA, in the order they were read.
    """

    triples: Tuple[Triple, ...]
    negatives: Tuple[Cell, ...]


def linearize(
    table: SymbolTable,
    cells: Cells,
    triples: Sequence[Triple],
    negatives: Collection[Cell] = (),
    *,
    mode: str = "rows",
    order: str = "row_column",
    rng: np.random.Generator,
) -> List[SymbolSequence]:
    """Write triples and negative cells as symbols.

    table (SymbolTable): The meaning of the symbols.
    cells (Cells): The cells of the document.
    triples (Sequence[Triple]): Triples that the schema allows, without repetitions.
    negatives (Collection[Cell]): The cells to fill with NA.
    mode (str): "matrix" for one sequence, or "rows" for one for each entity that may
        be a head, even where there is nothing to say about it.
    order (str): The name of an order.
    rng (Generator): The source of randomness, for random order.
    RETURNS (List[SymbolSequence]): The sequences.
    RAISES (ValueError): If a negative cell is not a free cell.
    """
    check_mode(mode)
    statements = _statements(table, cells, triples, negatives)
    ordered = get_order(order)(statements, rng)
    heads = [NO_HEAD] if mode == "matrix" else cells.heads
    given = 0 if mode == "matrix" else 1
    symbols: Dict[int, List[int]] = {head: [] for head in heads}
    for cell, symbol in ordered:
        symbols[cell[0] if given else NO_HEAD] += [*map(table.entity, cell[given:]), symbol]
    return [SymbolSequence(head, (*symbols[head], END)) for head in heads]


def delinearize(table: SymbolTable, cells: Cells, sequences: Sequence[SymbolSequence]) -> Content:
    """Read triples and negative cells from symbols: the inverse of `linearize`.

    table (SymbolTable): The meaning of the symbols.
    cells (Cells): The cells of the document.
    sequences (Sequence[SymbolSequence]): The sequences of the document.
    RETURNS (Content): The triples and negative cells.
    RAISES (ValueError): If a sequence is ill-formed, with the position.
    """
    triples, negatives = [], []
    said: Dict[Cell, Set[int]] = {}
    for sequence in sequences:
        for (cell, symbol), _, end in read(table, cells, sequence):
            others = said.setdefault(cell, set())
            if symbol in others:
                _refuse(cells, sequence, end - 1, f"it repeats what {cell} already holds")
            if others and NA in (symbol, *others):
                _refuse(cells, sequence, end - 1, f"{cell} cannot hold NA and a relation")
            others.add(symbol)
            if symbol == NA:
                negatives.append(cell)
            else:
                triples.append(Triple(cell, table.label(symbol)))
    return Content(tuple(triples), tuple(negatives))


def read(table: SymbolTable, cells: Cells, sequence: SymbolSequence) -> List[Located]:
    """Split a sequence into statements.

    table (SymbolTable): The meaning of the symbols.
    cells (Cells): The cells of the document.
    sequence (SymbolSequence): One sequence.
    RETURNS (List[Located]): The statements and where they are.
    RAISES (ValueError): If the sequence is ill-formed, with the position.
    """
    home: Cell = () if sequence.head == NO_HEAD else (sequence.head,)
    located: List[Located] = []
    cell, start = home, 0
    for position, symbol in enumerate(sequence.symbols):
        if not 0 <= symbol < table.size(cells.doc):
            _refuse(cells, sequence, position, f"the document has no symbol {symbol}")
        if table.is_entity(symbol):
            cell = (*cell, table.index(symbol))
        elif symbol == END:
            if cell != home:
                _refuse(cells, sequence, position, f"it ends within the tuple {cell}")
            if position != len(sequence.symbols) - 1:
                _refuse(cells, sequence, position, "there are symbols after the end")
            return located
        else:
            labels = cells.labels(cell)
            if not labels or (symbol != NA and symbol - FIRST_RELATION not in labels):
                name = "NA" if symbol == NA else table.label(symbol)
                _refuse(cells, sequence, position, f"{name} cannot hold for {cell}")
            located.append(Located(Statement(cell, symbol), start, position + 1))
            cell, start = home, position + 1
    return _refuse(cells, sequence, len(sequence.symbols), "the end is missing")


def check_mode(mode: str) -> None:
    """RAISES (ValueError): If there is no mode of this name."""
    if mode not in MODES:
        raise ValueError(Errors.DRE203.format(what="mode", name=mode, choices=MODES))


def where(head: int) -> str:
    """RETURNS (str): What to call a sequence in messages."""
    return "whole matrix" if head == NO_HEAD else f"row of entity {head}"


def _statements(
    table: SymbolTable, cells: Cells, triples: Sequence[Triple], negatives: Collection[Cell]
) -> List[Statement]:
    doc = name_of(cells.doc.doc)
    statements: List[Statement] = []
    filled = {triple.entities for triple in triples}
    for triple in triples:
        # See `check_gold`.
        assert table.schema.index(triple.label) in cells.labels(triple.entities), triple
        statements.append(Statement(triple.entities, table.relation(triple.label)))
    assert len(set(statements)) == len(statements), triples
    for cell in sorted(set(negatives)):
        if cell in filled or cell not in cells:
            problem = "a gold triple fills it" if cell in filled else "no relation can fill it"
            raise ValueError(Errors.DRE206.format(doc=doc, cell=cell, problem=problem))
        statements.append(Statement(cell, NA))
    return statements


def _refuse(cells: Cells, sequence: SymbolSequence, position: int, problem: str) -> List[Located]:
    raise ValueError(
        Errors.DRE207.format(
            doc=name_of(cells.doc.doc),
            where=where(sequence.head),
            position=position,
            problem=problem,
        )
    )
