"""Rows whose tails are given: the decoder is asked about every cell in turn.

This is generation with all cells as negatives. Since the tails are known, only relations
are generated, see `row_answers`.

In training a row is what it is in extraction, whichever of its cells are learnt: a cell sees the
same cells, and the answer of the same cell before it. What is learnt and would not be asked about
in extraction sees the row, and the row does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from ...entities import EntityDoc
from ...extractor import Triples
from ...labels_per_cell import warn_of_fuller_cells
from ...triples import Triple
from ..cells import Cell, Cells
from ..negatives import Negatives
from .network import Network, Reading
from .row_answers import Positions, answer_logits, search
from .row_cells import allowed_relations, row_cells


@dataclass
class GivenTails:
    """Learn and generate rows over given tails.

    negatives (Negatives): Which NA cells to learn, drawn again at each pass. The others are read.
    tails_per_head (Optional[int]): How many tails each head is asked about in extraction; all of
        them if None. It takes a network that was initialized to choose.
    """

    negatives: Negatives
    tails_per_head: Optional[int] = None

    def losses(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Tensor:
        """See `RowStrategy`."""
        limit = network.settings.labels_per_cell
        warn_of_fuller_cells(network, docs, limit)
        tokens = reading.tokens
        rows = [
            self._taught(network, doc, pairs.cpu().numpy(), rng)
            for doc, pairs in zip(docs, row_cells(network, reading, self.tails_per_head))
        ]
        losses = tokens.new_zeros(len(docs))
        chains = [chain for taught in rows for chain in taught.chains]
        if not chains:
            return tokens.sum() * 0 + losses

        def tensor(values: numpy.ndarray) -> Tensor:
            return torch.as_tensor(values, device=tokens.device)

        pairs = [tensor(taught.cells) for taught in rows]
        in_row = [tensor(taught.in_row) for taught in rows]
        learnt = [tensor(taught.learnt) for taught in rows]
        positions, target, seen = _positions(rows, limit, tensor)
        vectors = network.cells(reading, pairs, None if all(map(torch.all, in_row)) else in_row)
        logits = answer_logits(
            network,
            network.rows.project(vectors),
            allowed_relations(network, reading.batch, pairs),
            positions,
            None if seen.all() else seen,
        )
        counted = torch.cat(learnt)[positions.cell]
        of_doc = tensor(numpy.repeat(numpy.arange(len(docs)), [len(pair) for pair in pairs]))
        loss = F.cross_entropy(logits[counted], target[counted], reduction="none")
        losses = losses.index_add(0, of_doc[positions.cell][counted], loss)
        if network.candidates is not None:
            cells = [pair[own] for pair, own in zip(pairs, learnt)]
            related = [tensor(taught.related)[own] for taught, own in zip(rows, learnt)]
            losses = losses + network.candidates.losses(
                reading.symbols, reading.batch, cells, related
            )
        return losses

    def _taught(
        self, network: Network, doc: EntityDoc, row_cells: numpy.ndarray, rng: Generator
    ) -> "_Taught":
        """The cells of a document to learn, among those of its rows. *Shape:* (cells, 2)"""
        numbers = {label: i for i, label in enumerate(network.settings.labels, start=1)}
        gold: Dict[Cell, List[int]] = {}
        for triple in doc.gold or ():
            gold.setdefault(triple.entities, []).append(numbers[triple.label])
        learnt, in_row = numpy.zeros((2, len(doc.entities), len(doc.entities)), dtype=bool)
        for cell in self.negatives(Cells(network.trie, doc), gold, rng).union(gold):
            learnt[cell] = True
        in_row[tuple(row_cells.T)] = True
        cells = numpy.argwhere(learnt | in_row)
        limit = network.settings.labels_per_cell
        chains = []
        for cell in map(tuple, cells.tolist()):
            labels = sorted(gold.get(cell, ()))
            chains.append([*labels, 0] if len(labels) < limit else labels)
        places = tuple(cells.T)
        return _Taught(cells, in_row[places], learnt[places], chains)

    def generate(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `RowStrategy`."""
        pairs = row_cells(network, reading, self.tails_per_head)
        allowed = allowed_relations(network, reading.batch, pairs)
        vectors = network.rows.project(network.cells(reading, pairs))
        # A row for each entity, with the cells that it heads.
        lengths = [
            torch.bincount(pair[:, 0], minlength=count).cpu().numpy()
            for pair, count in zip(pairs, reading.batch.entities_per_doc)
        ]
        found = search(network, vectors, allowed, numpy.concatenate(lengths), threshold)
        labels = network.settings.labels
        triples: List[Triples] = [[] for _ in docs]
        cells = [cell for cell, _, _ in found]
        of_doc = numpy.repeat(numpy.arange(len(docs)), [len(p) for p in pairs])[cells].tolist()
        ends = torch.cat(pairs)[cells].tolist()
        for doc, (head, tail), (_, relation, score) in zip(of_doc, ends, found):
            triples[doc].append(Triple((head, tail), labels[relation - 1], score))
        return triples


class _Taught(NamedTuple):
    """The rows of a document as they are learnt.

    cells (numpy.ndarray): Heads and tails, in row-column order. *Shape:* (cells, 2)
    in_row (numpy.ndarray): Which cells extraction asks about. *Shape:* (cells,)
    learnt (numpy.ndarray): Which cells are learnt. *Shape:* (cells,)
    chains (List[List[int]]): The relations of each cell, of which the last is NA unless the cell
        is full.
    """

    cells: numpy.ndarray
    in_row: numpy.ndarray
    learnt: numpy.ndarray
    chains: List[List[int]]

    @property
    def related(self) -> numpy.ndarray:
        """Which cells hold a relation. *Shape:* (cells,)"""
        return numpy.asarray([chain[0] > 0 for chain in self.chains], dtype=bool)


def _positions(
    rows: Sequence[_Taught], limit: int, tensor: Callable[[numpy.ndarray], Tensor]
) -> Tuple[Positions, Tensor, Tensor]:
    """What is asked in training: the positions, their answers, and whether later cells see them.
    Extraction asks a cell no more often than the limit says."""
    chains = [chain for taught in rows for chain in taught.chains]
    counts = numpy.asarray([len(chain) for chain in chains])
    cell = numpy.repeat(numpy.arange(len(chains)), counts)
    slot = numpy.arange(len(cell)) - numpy.repeat(numpy.cumsum(counts) - counts, counts)
    target = numpy.asarray([label for chain in chains for label in chain])
    seen = numpy.concatenate([taught.in_row for taught in rows])[cell] & (slot < limit)
    heads = [
        taught.cells[:, 0] + first
        for taught, first in zip(rows, accumulate((len(t.cells) for t in rows), initial=0))
    ]
    _, row, lengths = numpy.unique(
        numpy.concatenate(heads)[cell], return_inverse=True, return_counts=True
    )
    column = numpy.arange(len(row)) - (numpy.cumsum(lengths) - lengths)[row]
    within = _answer_before(target, cell, numpy.ones_like(seen))
    previous = numpy.where(slot > 0, within, _answer_before(target, row, seen))
    shape = (len(lengths), int(lengths.max()))
    positions = Positions(
        tensor(cell), tensor(within), tensor(previous), tensor(row), tensor(column), shape
    )
    return positions, tensor(target), tensor(seen)


def _answer_before(
    target: numpy.ndarray, group: numpy.ndarray, seen: numpy.ndarray
) -> numpy.ndarray:
    """The answer at the last seen position before each one, and NA if its group has none.

    *Shapes:* (positions,) each -> the same
    """
    last = numpy.maximum.accumulate(numpy.where(seen, numpy.arange(len(target)), -1))
    before = numpy.concatenate([[-1], last[:-1]])
    return numpy.where((before >= 0) & (group[before] == group), target[before], 0)
