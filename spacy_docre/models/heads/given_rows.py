"""Rows whose tails are given: the decoder is asked about every pair in turn.

This is generation with all pairs as negatives. Since the tails are known, only relations
are generated, see `row_answers`.

In training a row is what it is in extraction, whichever of its pairs are learnt: a pair sees the
same pairs, and the answer of the same pair before it. What is learnt and would not be asked about
in extraction sees the row, and the row does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F
from numpy.random import Generator
from spacy.util import registry
from torch import Tensor

from ...data.entities import EntityDoc
from ...data.triples import Triple
from ...errors import Errors
from ..answers import NO_RELATION, answer_of, label_of
from ..encoders.encoder import Reading
from ..extractor import Triples
from ..limits import check_limits, check_not_negative
from ..pairs.candidate_pairs import CandidatePairs, Pair
from ..pairs.features import PairFeatures
from ..pairs.max_labels import warn_of_fuller_pairs
from ..pairs.negatives import AllNegatives, Negatives
from ..pairs.soft_labels import have_teachers, soft_labels
from ..sizes import Sizes
from .head import Losses
from .rows.network import Marked, RowNetwork, RowShape
from .rows.row_answers import Positions, answer_logits, search
from .rows.row_distribution import search_labels, taught_losses
from .rows.row_head import RowHead
from .rows.row_pairs import allowed_relations, row_pairs


@registry.misc("spacy_docre.GivenRows.v1")
def make_given_rows(
    negatives: Optional[Negatives] = None,
    features: Optional[PairFeatures] = None,
    top_k_tails: Optional[int] = None,
    max_labels: Optional[int] = None,
    exchange_layers: int = 0,
    evidence_weight: float = 0.0,
    grounded: bool = True,
    row_width: int = 256,
    attention_heads: int = 8,
    dropout: float = 0.1,
) -> RowHead:
    """Create a head that is asked about every tail in turn: DORE's rows in parallel ("DORE:
    Document Ordered Relation Extraction based on Generative Framework", Findings of EMNLP 2022,
    Section 3.3), where all that is generated are relations.

    negatives (Optional[Negatives]): Which pairs without a relation to learn, drawn again at each
        pass (Section 3.4). All of them if None.
    features (Optional[PairFeatures]): What pairs know besides the text.
    top_k_tails (Optional[int]): How many tails each head is asked about in extraction, those that a
        cheap guess finds most likely, so that time grows with the number of entities and not with
        its square. All of them if None.
    max_labels (Optional[int]): How many relations of the same entities are extracted; as many as
        there are in the training data if None.
    exchange_layers (int): Layers in which each pair attends to the pairs of its row and of its
        column (Tan et al. 2022), before rows are generated. 0 for pairs that know nothing of each
        other.
    evidence_weight (float): How much it counts that the attention of gold pairs goes to their
        evidence sentences, where the training data name these. 0 to ignore evidence.
    grounded (bool): Whether the symbols of entities take part of their meaning from the mentions.
        Without, they are static, as in the paper.
    row_width (int): Width of the row decoder.
    attention_heads (int): Attention heads over the text, a divisor of the width of the encoder's
        vectors. The row decoder has half as many.
    dropout (float): Dropout rate.
    RETURNS (Head): The head.
    RAISES (ValueError): If a number is out of range.
    """
    check_limits(top_k_tails=top_k_tails, max_labels=max_labels)
    check_not_negative(evidence_weight=evidence_weight)
    shape = RowShape(
        row_width,
        attention_heads,
        dropout,
        features or PairFeatures(),
        grounded,
        exchange_layers,
        guesses_tails=top_k_tails is not None,
    )
    return GivenRows(shape, negatives or AllNegatives(), evidence_weight, max_labels, top_k_tails)


@dataclass(frozen=True)
class GivenRows(RowHead):
    """Learn and generate rows over given tails. See `make_given_rows`.

    top_k_tails (Optional[int]): How many tails each head is asked about in extraction.
    """

    top_k_tails: Optional[int] = None
    has_distribution = True

    def network(self, sizes: Sizes, saved_settings: Optional[Dict[str, Any]] = None) -> RowNetwork:
        """See `Head`. What was trained to choose tails may be loaded to choose others, or none.

        RAISES (ValueError): If a relation has more than two entities, or the weights cannot choose
            tails.
        """
        if sizes.schema.max_arity > 2:
            raise ValueError(Errors.DRE507.format(arity=sizes.schema.max_arity))
        if (
            saved_settings is not None
            and saved_settings.get("guesses_tails") != self.shape.guesses_tails
        ):
            if self.top_k_tails is not None:
                raise ValueError(Errors.DRE509.format(count=self.top_k_tails))
            return replace(self, shape=replace(self.shape, guesses_tails=True)).network(
                sizes, saved_settings
            )
        return super().network(sizes, saved_settings)

    def cost(self, doc: EntityDoc) -> int:
        """See `Head`."""
        return len(doc.entities) * min(len(doc.entities), self.top_k_tails or len(doc.entities))

    def row_losses(
        self, rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """See `RowHead`."""
        limit = rows.sizes.max_labels
        warn_of_fuller_pairs(rows, docs, limit)
        tokens = marked.tokens
        taught = [
            self._taught(rows, doc, pairs.cpu().numpy(), rng)
            for doc, pairs in zip(docs, row_pairs(rows, marked, self.top_k_tails))
        ]
        losses = tokens.new_zeros(len(docs))
        chains = [chain for each in taught for chain in each.chains]
        if not chains:
            return Losses(tokens.sum() * 0 + losses, 0)

        def tensor(values: numpy.ndarray) -> Tensor:
            return torch.as_tensor(values, device=tokens.device)

        pairs = [tensor(each.pairs) for each in taught]
        in_row = [tensor(each.in_row) for each in taught]
        learnt = [tensor(each.learnt) for each in taught]
        positions, target, seen = _positions(taught, limit, tensor)
        counted = torch.cat(learnt)[positions.pair]
        vectors = rows.pair_vectors(marked, pairs, None if all(map(torch.all, in_row)) else in_row)
        logits = answer_logits(
            rows,
            rows.decoder.project(vectors),
            allowed_relations(rows, marked.batch, pairs),
            positions,
            None if seen.all() else seen,
            counted,
        )
        of_doc = tensor(numpy.repeat(numpy.arange(len(docs)), [len(pair) for pair in pairs]))
        loss = F.cross_entropy(logits, target[counted], reduction="none")
        if have_teachers(docs):
            has_teacher, soft = soft_labels(docs, pairs, rows.sizes.schema, tokens.device)
            pair, within = positions.pair[counted], positions.within[counted]
            loss = torch.where(has_teacher[pair], taught_losses(logits, soft[pair], within), loss)
        losses = losses.index_add(0, of_doc[positions.pair][counted], loss)
        if rows.top_tails is not None:
            learnt_pairs = [pair[own] for pair, own in zip(pairs, learnt)]
            related = [tensor(each.related)[own] for each, own in zip(taught, learnt)]
            losses = losses + rows.top_tails.losses(
                marked.symbols, marked.batch, learnt_pairs, related
            )
        return Losses(losses, len(loss))

    def _taught(
        self, rows: RowNetwork, doc: EntityDoc, row_pairs: numpy.ndarray, rng: Generator
    ) -> "_Taught":
        """The pairs of a document to learn, among those of its rows. *Shape:* (pairs, 2)"""
        gold: Dict[Pair, List[int]] = {}
        for triple in doc.gold or ():
            gold.setdefault(triple.entities, []).append(answer_of(rows.sizes.schema, triple.label))
        soft = [triple.entities for triple in doc.soft or ()]
        learnt, in_row = numpy.zeros((2, len(doc.entities), len(doc.entities)), dtype=bool)
        candidates = CandidatePairs(rows.sizes.trie, doc)
        for pair in self.negatives(candidates, gold, rng).union(gold, soft):
            learnt[pair] = True
        in_row[tuple(row_pairs.T)] = True
        pairs = numpy.argwhere(learnt | in_row)
        limit = rows.sizes.max_labels
        chains = []
        for pair in map(tuple, pairs.tolist()):
            labels = sorted(gold.get(pair, ()))
            chains.append([*labels, NO_RELATION] if len(labels) < limit else labels)
        places = tuple(pairs.T)
        return _Taught(pairs, in_row[places], learnt[places], chains)

    def generate(
        self, rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `RowHead`."""
        return self._triples(rows, marked, docs, partial(search, threshold=threshold))

    def soft_labels(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], floor: float
    ) -> List[Triples]:
        """See `Head`."""
        rows: RowNetwork = network.head
        ask = partial(search_labels, floor=floor)
        return self._triples(rows, rows.read(reading, docs), docs, ask)

    def _triples(
        self,
        rows: RowNetwork,
        marked: Marked,
        docs: Sequence[EntityDoc],
        ask: Callable[..., List[Tuple[int, int, float]]],
    ) -> List[Triples]:
        pairs = row_pairs(rows, marked, self.top_k_tails)
        allowed = allowed_relations(rows, marked.batch, pairs)
        vectors = rows.decoder.project(rows.pair_vectors(marked, pairs))
        # A row for each entity, with the pairs that it heads.
        lengths = [
            torch.bincount(pair[:, 0], minlength=count).cpu().numpy()
            for pair, count in zip(pairs, marked.batch.entities_per_doc)
        ]
        found = ask(rows, vectors, allowed, numpy.concatenate(lengths))
        triples: List[Triples] = [[] for _ in docs]
        numbers = [number for number, _, _ in found]
        of_doc = numpy.repeat(numpy.arange(len(docs)), [len(p) for p in pairs])[numbers].tolist()
        ends = torch.cat(pairs)[numbers].tolist()
        for doc, (head, tail), (_, answer, score) in zip(of_doc, ends, found):
            label = label_of(rows.sizes.schema, answer)
            triples[doc].append(Triple((head, tail), label, score))
        return triples


class _Taught(NamedTuple):
    """The rows of a document as they are learnt.

    pairs (numpy.ndarray): Heads and tails, in row-column order. *Shape:* (pairs, 2)
    in_row (numpy.ndarray): Which pairs extraction asks about. *Shape:* (pairs,)
    learnt (numpy.ndarray): Which pairs are learnt. *Shape:* (pairs,)
    chains (List[List[int]]): The relations of each pair, of which the last is NA unless the pair
        is full.
    """

    pairs: numpy.ndarray
    in_row: numpy.ndarray
    learnt: numpy.ndarray
    chains: List[List[int]]

    @property
    def related(self) -> numpy.ndarray:
        """Which pairs hold a relation. *Shape:* (pairs,)"""
        return numpy.asarray([chain[0] != NO_RELATION for chain in self.chains], dtype=bool)


def _positions(
    rows: Sequence[_Taught], limit: int, tensor: Callable[[numpy.ndarray], Tensor]
) -> Tuple[Positions, Tensor, Tensor]:
    """What is asked in training: the positions, their answers, and whether later pairs see them.
    Extraction asks a pair no more often than the limit says."""
    chains = [chain for taught in rows for chain in taught.chains]
    counts = numpy.asarray([len(chain) for chain in chains])
    pair = numpy.repeat(numpy.arange(len(chains)), counts)
    slot = numpy.arange(len(pair)) - numpy.repeat(numpy.cumsum(counts) - counts, counts)
    target = numpy.asarray([label for chain in chains for label in chain])
    seen = numpy.concatenate([taught.in_row for taught in rows])[pair] & (slot < limit)
    row_heads = [
        taught.pairs[:, 0] + first
        for taught, first in zip(rows, accumulate((len(t.pairs) for t in rows), initial=0))
    ]
    _, row, lengths = numpy.unique(
        numpy.concatenate(row_heads)[pair], return_inverse=True, return_counts=True
    )
    column = numpy.arange(len(row)) - (numpy.cumsum(lengths) - lengths)[row]
    within = _answer_before(target, pair, numpy.ones_like(seen))
    previous = numpy.where(slot > 0, within, _answer_before(target, row, seen))
    shape = (len(lengths), int(lengths.max()))
    positions = Positions(
        tensor(pair), tensor(within), tensor(previous), tensor(row), tensor(column), shape
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
