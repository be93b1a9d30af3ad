"""Rows whose tails are given: the decoder is asked about every cell in turn.

This is generation with all cells as negatives. Since the tails are known, only relations
are generated, and each position of a row gets the answer at the one before it: a relation, or NA
where a cell ended. A cell that is full (of `labels_per_cell` relations) ends without NA, and
the next cell gets its last relation.

Greedy search can run in parallel: it guesses all answers of a row (NA, at first), checks
all guesses in one pass, and passes again over rows whose guesses changed. When
nothing changes, each relation is the best one given those before it, which is
what generating one by one would have returned. Few rows need more than two passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from ...entities import EntityDoc
from ...extractor import Triples
from ...labels_per_cell import warn_of_fuller_cells
from ...token_vectors.batch import EntityBatch
from ...triples import Triple
from ..cells import Cells
from ..negatives import Negatives
from .candidates import most_likely
from .network import Network, Reading

# Rows are decoded in groups of similar length, of at most this many positions.
POSITIONS = 50_000

# A full cell answers the next one with its last relation if that is at least as likely as NA.
# A threshold says what is wanted of the answers, and not what they are: were it low, each cell
# would be told that the one before it states a relation.
ANSWERED = 0.5


@dataclass
class GivenTails:
    """Learn and generate rows over given tails.

    negatives (Negatives): Which NA cells to learn, drawn again at each pass.
    tails_per_head (Optional[int]): How many tails each head is asked about in extraction; all of
        them if None. It takes a network that was initialized to choose.
    """

    negatives: Negatives
    tails_per_head: Optional[int] = None

    def losses(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Tensor:
        """See `RowStrategy`."""
        warn_of_fuller_cells(network, docs, network.settings.labels_per_cell)
        batch, tokens = reading.batch, reading.tokens
        device = tokens.device
        cells: List[numpy.ndarray] = []
        positions: List[numpy.ndarray] = []
        related: List[Tensor] = []
        first_cell = first_row = 0
        for number, doc in enumerate(docs):
            chosen, chains = self._choose(network, doc, rng)
            cells.append(chosen)
            related.append(torch.tensor([chain[0] > 0 for chain in chains], device=device))
            counts = numpy.asarray([len(chain) for chain in chains], dtype="int64")
            of_cell = numpy.repeat(numpy.arange(len(chosen)), counts)
            head = chosen[of_cell, 0]
            target = numpy.asarray([label for chain in chains for label in chain], dtype="int64")
            columns = [
                of_cell + first_cell,
                _shifted(target, head),
                _shifted(target, of_cell),
                target,
                head + first_row,
                numpy.full(len(of_cell), number),
            ]
            positions.append(numpy.stack(columns).astype("int64"))
            first_cell += len(chosen)
            first_row += len(doc.entities)
        packed = torch.as_tensor(numpy.concatenate(positions, axis=1), device=device)
        cell, previous, within, target, row, of_doc = packed
        if not len(cell):
            return tokens.sum() * 0 + tokens.new_zeros(len(docs))
        pairs = [torch.as_tensor(chosen, device=device) for chosen in cells]
        vectors = network.rows.project(learnt_cells(network, reading, pairs))
        # Positions come row by row: pad them into a rectangle.
        _, of_row, lengths = torch.unique_consecutive(row, return_inverse=True, return_counts=True)
        starts = lengths.cumsum(0) - lengths
        column = torch.arange(len(row), device=device) - starts[of_row]
        shape = (len(lengths), int(lengths.max()))
        grid_cell = cell.new_zeros(shape).index_put((of_row, column), cell)
        grid_previous = cell.new_zeros(shape).index_put((of_row, column), previous)
        states, _ = network.rows(vectors[grid_cell], grid_previous)
        logits = network.rows.relation_logits(states[of_row, column])
        types = _pair_types(batch, pairs)
        logits = _mask(logits, network.allowed(*types)[cell], within)
        loss = F.cross_entropy(logits, target, reduction="none")
        losses = tokens.new_zeros(len(docs)).index_add(0, of_doc, loss)
        if network.candidates is not None:
            losses = losses + network.candidates.losses(reading.symbols, batch, pairs, related)
        return losses

    def _choose(
        self, network: Network, doc: EntityDoc, rng: Generator
    ) -> Tuple[numpy.ndarray, List[List[int]]]:
        """The cells to learn, in row-column order, *Shape:* (cells, 2), and for each the relations
        to generate in it, of which the last is NA unless the cell is full.
        """
        numbers = {label: i for i, label in enumerate(network.settings.labels, start=1)}
        gold: Dict[Tuple[int, ...], List[int]] = {}
        for triple in doc.gold or ():
            gold.setdefault(triple.entities, []).append(numbers[triple.label])
        chosen = sorted(self.negatives(Cells(network.trie, doc), gold, rng).union(gold))
        limit = network.settings.labels_per_cell
        chains = []
        for cell in chosen:
            labels = sorted(gold.get(cell, ()))
            chains.append([*labels, 0] if len(labels) < limit else labels)
        return numpy.asarray(chosen, dtype="int64").reshape(-1, 2), chains

    def generate(
        self, network: Network, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `RowStrategy`."""
        batch = reading.batch
        pairs, allowed = possible_cells(network, batch)
        if self.tails_per_head is not None:
            kept = _candidates(network, reading, pairs, self.tails_per_head)
            each = kept.split([len(pair) for pair in pairs])
            pairs = [pair[keep] for pair, keep in zip(pairs, each)]
            allowed = allowed[kept]
        vectors = network.rows.project(network.cells(reading, pairs))
        # A row for each entity, with the cells that it heads.
        rows = [
            torch.bincount(pair[:, 0], minlength=count).cpu().numpy()
            for pair, count in zip(pairs, batch.entities_per_doc)
        ]
        lengths = numpy.concatenate(rows)
        starts = numpy.cumsum(lengths) - lengths
        found: List[Tuple[int, int, float]] = []
        for group in _groups(lengths):
            found.extend(
                _decode(network, vectors, allowed, starts[group], lengths[group], threshold)
            )
        found.sort()
        labels = network.settings.labels
        triples: List[Triples] = [[] for _ in docs]
        cells = [cell for cell, _, _ in found]
        of_doc = numpy.repeat(numpy.arange(len(docs)), [len(p) for p in pairs])[cells].tolist()
        ends = torch.cat(pairs)[cells].tolist()
        for doc, (head, tail), (_, relation, score) in zip(of_doc, ends, found):
            triples[doc].append(Triple((head, tail), labels[relation - 1], score))
        return triples


def possible_cells(network: Network, batch: EntityBatch) -> Tuple[List[Tensor], Tensor]:
    """The cells that some relation may fill. No others are part of a row, in training either.

    RETURNS (Tuple[List[Tensor], Tensor]): The cells of each document, and which relations may fill
        each. *Shapes:* (cells, 2), (all cells, 1 + relations)
    """
    pairs = [_all_pairs(count, batch.entity_type.device) for count in batch.entities_per_doc]
    allowed = network.allowed(*_pair_types(batch, pairs))
    possible = allowed[:, 1:].any(1)
    each = possible.split([len(pair) for pair in pairs])
    return [pair[own] for pair, own in zip(pairs, each)], allowed[possible]


def learnt_cells(network: Network, reading: Reading, chosen: Sequence[Tensor]) -> Tensor:
    """The vectors of the cells that are learnt. Where cells see each other, they see all possible
    ones, as they will in extraction: which of them are learnt would tell where relations are.

    *Shape:* (cells, 2) for each document -> (all chosen cells, width)
    """
    if not network.exchange:
        return network.cells(reading, chosen)
    possible, _ = possible_cells(network, reading.batch)
    places, first = [], 0
    for pairs, some, count in zip(possible, chosen, reading.batch.entities_per_doc):
        place = pairs.new_zeros(count, count)
        place[pairs[:, 0], pairs[:, 1]] = torch.arange(
            first, first + len(pairs), device=place.device
        )
        places.append(place[some[:, 0], some[:, 1]])
        first += len(pairs)
    return network.cells(reading, possible)[torch.cat(places)]


def _candidates(network: Network, reading: Reading, pairs: Sequence[Tensor], count: int) -> Tensor:
    """Which of the possible cells are among the most likely ones of their rows.

    *Shape:* (cells, 2) for each document -> (all cells,)
    """
    assert network.candidates is not None
    kept = []
    for logits, pair in zip(network.candidates(reading.symbols, reading.batch), pairs):
        head, tail = pair[:, 0], pair[:, 1]
        grid = torch.zeros_like(logits, dtype=torch.bool)
        grid[head, tail] = True
        kept.append(most_likely(logits, grid, count)[head, tail])
    return torch.cat(kept)


def _decode(
    network: Network,
    vectors: Tensor,
    allowed: Tensor,
    starts: numpy.ndarray,
    lengths: numpy.ndarray,
    threshold: float,
) -> List[Tuple[int, int, float]]:
    """Greedy search over rows of cells that lie one behind another.

    network (Network): The network.
    vectors (Tensor): Projected cells. *Shape:* (cells, row width)
    allowed (Tensor): Relations the schema allows. *Shape:* (cells, 1 + relations)
    starts (numpy.ndarray): The first cell of each row. *Shape:* (rows,)
    lengths (numpy.ndarray): The number of its cells. *Shape:* (rows,)
    threshold (float): The score against NA that a relation needs.
    RETURNS (List[Tuple[int, int, float]]): Cells, relations and scores.
    """
    device = vectors.device
    limit = network.settings.labels_per_cell
    columns = torch.arange(int(lengths.max()), device=device)
    size = torch.as_tensor(lengths, device=device).unsqueeze(1)
    inside = columns < size
    cell = torch.where(inside, torch.as_tensor(starts, device=device).unsqueeze(1) + columns, 0)
    # The relations guessed for each cell, in order; 0 where there are no more.
    guess = cell.new_zeros((*cell.shape, limit))
    score = vectors.new_zeros(guess.shape)
    # What each cell answers the next one: its last relation if it is full.
    answered = torch.zeros_like(cell)
    todo = torch.arange(len(cell), device=device)
    while len(todo):
        old = guess[todo]
        # A cell is asked for another relation after each one, up to the limit.
        asked = F.pad(old[..., :-1] > 0, (1, 0), value=True) & inside[todo].unsqueeze(-1)
        flat = asked.flatten(1)
        place = flat.cumsum(1) - 1
        row, slot = flat.nonzero(as_tuple=True)
        place = place[row, slot]
        of_cell = cell[todo][row, torch.div(slot, limit, rounding_mode="floor")]
        within = F.pad(old[..., :-1], (1, 0))
        previous = within.clone()
        previous[:, 1:, 0] = answered[todo, :-1]
        within, previous = within.flatten(1)[row, slot], previous.flatten(1)[row, slot]
        shape = (len(todo), int(flat.sum(1).max()))
        grid_cell = cell.new_zeros(shape).index_put((row, place), of_cell)
        grid_previous = cell.new_zeros(shape).index_put((row, place), previous)
        states, _ = network.rows(vectors[grid_cell], grid_previous)
        logits = network.rows.relation_logits(states[row, place])
        logits = _mask(logits, allowed[of_cell], within)
        best, relation = logits[:, 1:].max(1)
        against_na = torch.sigmoid(best - logits[:, 0])
        relation = torch.where(best.isfinite(), relation + 1, 0)
        best_of = torch.zeros_like(old).flatten(1).index_put((row, slot), relation).view_as(old)
        scores = score.new_zeros(flat.shape).index_put((row, slot), against_na).view_as(old)
        new = torch.where(scores >= threshold, best_of, 0)
        # What follows a changed guess within the same cell was asked a wrong question.
        kept = ((new == old) & (new > 0)).long().cumprod(-1)
        new = new * F.pad(kept[..., :-1], (1, 0), value=1)
        last = torch.where(scores[..., -1] >= ANSWERED, best_of[..., -1], 0)
        changed = (new != old).flatten(1).any(1) | (last != answered[todo]).any(1)
        guess[todo], score[todo], answered[todo] = new, scores, last
        todo = todo[changed]
    row, column, slot = guess.nonzero(as_tuple=True)
    return list(
        zip(
            cell[row, column].tolist(),
            guess[row, column, slot].tolist(),
            score[row, column, slot].tolist(),
        )
    )


def _shifted(target: numpy.ndarray, group: numpy.ndarray) -> numpy.ndarray:
    """What was answered at the position before, and NA at the first position of each group.

    *Shapes:* (positions,), the same -> the same
    """
    previous = numpy.zeros_like(target)
    previous[1:] = numpy.where(group[1:] == group[:-1], target[:-1], 0)
    return previous


def _mask(logits: Tensor, allowed: Tensor, previous: Tensor) -> Tensor:
    """Only relations the schema allows, and within a cell only those after the previous one.

    *Shapes:* (positions, 1 + relations), the same, (positions,)
    """
    numbers = torch.arange(logits.shape[1], device=logits.device)
    later = (numbers > previous.unsqueeze(1)) | (numbers == 0)
    return logits.masked_fill(~(allowed & later), float("-inf"))


def _pair_types(batch: EntityBatch, pairs: Sequence[Tensor]) -> Tuple[Tensor, Tensor]:
    """The types of the heads and of the tails of all cells. *Shape:* (cells,) each"""
    types = batch.entity_type.split(batch.entities_per_doc)
    return (
        torch.cat([type[pair[:, 0]] for type, pair in zip(types, pairs)]),
        torch.cat([type[pair[:, 1]] for type, pair in zip(types, pairs)]),
    )


def _all_pairs(entities: int, device: torch.device) -> Tensor:
    """All ordered pairs of different entities. *Shape:* (entities * (entities - 1), 2)"""
    index = torch.arange(entities, device=device)
    pairs = torch.cartesian_prod(index, index).view(-1, 2)
    return pairs[pairs[:, 0] != pairs[:, 1]]


def _groups(lengths: numpy.ndarray) -> List[numpy.ndarray]:
    """Split rows, longest first, so that no group holds much more than POSITIONS with padding."""
    order = numpy.argsort(-lengths, kind="stable")
    groups = []
    while len(order):
        count = max(1, POSITIONS // max(1, int(lengths[order[0]])))
        # At most a fifth of a row is padding.
        count = min(count, int((lengths[order] * 5 >= lengths[order[0]] * 4).sum()))
        groups.append(order[:count])
        order = order[count:]
    return [group[lengths[group] > 0] for group in groups if (lengths[group] > 0).any()]
