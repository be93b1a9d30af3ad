"""Pairs that are scored one by one: the control for rows, in which no decision knows of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import torch
from numpy.random import Generator
from spacy.util import registry
from torch import Tensor

from ...data.entities import EntityDoc
from ...data.triples import Triple
from ...errors import Errors
from ..encoders.encoder import Reading
from ..extractor import Triples
from ..limits import check_limits, check_shares
from ..pairs.batch import EntityBatch
from ..pairs.features import PairFeatures
from ..pairs.max_labels import warn_of_fuller_pairs
from ..pairs.negatives import AllNegatives, Negatives, check_negatives
from ..pairs.pair_batch import PairBatch
from ..pairs.soft_labels import have_teachers, soft_labels
from ..sizes import Sizes
from ..weight_settings import check_weight_settings
from .head import Head, Losses
from .pair_scorer.adaptive_threshold import adaptive_losses, adaptive_scores, taught_losses
from .pair_scorer.network import PairNetwork, PairShape


@registry.misc("spacy_docre.BilinearPairs.v1")
def make_bilinear_pairs(
    negatives: Optional[Negatives] = None,
    features: Optional[PairFeatures] = None,
    max_labels: Optional[int] = None,
    groups: int = 8,
    dropout: float = 0.1,
) -> Head:
    """Create the bilinear pair scorer of ATLOP (Zhou et al. 2021, arXiv 2010.11304): entities are
    pooled from their mentions and projected as heads and as tails, and each pair is scored against
    a threshold that is learnt for it.

    negatives (Optional[Negatives]): Which pairs without a relation to learn, drawn again at each
        pass. All of them, as in the paper, if None.
    features (Optional[PairFeatures]): What pairs know besides the text, and the types and distance
        of their entities.
    max_labels (Optional[int]): How many relations of a pair are extracted, the best ones; as many
        as there are in the training data if None.
    groups (int): Groups of the bilinear form, a divisor of the width of the encoder's vectors; 1 is
        the full form.
    dropout (float): Dropout rate.
    RETURNS (Head): The head.
    RAISES (ValueError): If a number is out of range.
    """
    check_limits(max_labels=max_labels, groups=groups)
    check_shares(dropout=dropout)
    shape = PairShape(features or PairFeatures(), groups, dropout)
    return BilinearPairs(shape, negatives or AllNegatives(), max_labels)


@dataclass(frozen=True)
class BilinearPairs(Head):
    """Learn and score pairs. See `make_bilinear_pairs` and `Head`."""

    shape: PairShape
    negatives: Negatives
    max_labels: Optional[int]
    has_distribution = True

    def network(self, sizes: Sizes, saved_settings: Optional[Dict[str, Any]] = None) -> PairNetwork:
        """See `Head`.

        RAISES (ValueError): If a relation has more than two entities.
        """
        if sizes.schema.max_arity > 2:
            raise ValueError(Errors.DRE513.format(arity=sizes.schema.max_arity))
        check_weight_settings(saved_settings, self.weight_settings())
        return PairNetwork(sizes, self.shape)

    def weight_settings(self) -> Dict[str, Any]:
        """See `Head`."""
        return self.shape.to_dict()

    def prepare(self, network: Any, docs: Sequence[EntityDoc]) -> None:
        """See `Head`."""
        check_negatives(self.negatives, network.sizes.trie)

    def losses(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """See `Head`."""
        scorer: PairNetwork = network.head
        vectors = reading.vectors
        warn_of_fuller_pairs(scorer, docs, scorer.sizes.max_labels)
        batch = PairBatch.learnable(docs, scorer.sizes.trie, self.negatives, rng, vectors.device)
        if not len(batch.doc):
            return Losses(vectors.sum() * 0 + vectors.new_zeros(len(docs)), 0)
        entities = EntityBatch.of(docs, scorer.sizes.types, vectors.device, reading.layouts)
        logits = scorer(vectors, entities, batch.pairs)
        losses = adaptive_losses(logits, batch.gold, batch.allowed)
        if have_teachers(docs):
            taught, soft = soft_labels(docs, batch.pairs, scorer.sizes.schema, vectors.device)
            losses = torch.where(taught, taught_losses(logits, soft, batch.allowed), losses)
        return Losses(vectors.new_zeros(len(docs)).index_add(0, batch.doc, losses), len(losses))

    def extract(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """Score all pairs of all documents together. A pair has no more relations than pairs had in
        training; as in ATLOP, the best ones are kept. See `Head`."""
        sizes: Sizes = network.head.sizes
        batch, scores = self._scores(network, reading, docs)
        relations = scores.topk(min(sizes.max_labels, scores.shape[1]), dim=1).indices.sort(1)
        scores = scores.gather(1, relations.values)
        pair, slot = (scores >= threshold).nonzero(as_tuple=True)
        triples: List[Triples] = [[] for _ in docs]
        for doc, (head, tail), number, score in zip(
            batch.doc[pair].tolist(),
            torch.cat(batch.pairs)[pair].tolist(),
            relations.values[pair, slot].tolist(),
            scores[pair, slot].tolist(),
        ):
            triples[doc].append(Triple((head, tail), sizes.labels[number], score))
        return triples

    def soft_labels(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], floor: float
    ) -> List[Triples]:
        """The scores of all pairs, however many relations a pair has. See `Head`."""
        batch, scores = self._scores(network, reading, docs)
        pair, number = (scores >= floor).nonzero(as_tuple=True)
        labels: List[Triples] = [[] for _ in docs]
        for doc, (head, tail), relation, score in zip(
            batch.doc[pair].tolist(),
            torch.cat(batch.pairs)[pair].tolist(),
            number.tolist(),
            scores[pair, number].tolist(),
        ):
            labels[doc].append(Triple((head, tail), network.head.sizes.labels[relation], score))
        return labels

    def _scores(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc]
    ) -> Tuple[PairBatch, Tensor]:
        """All pairs, and the scores of their relations: below 0 where the schema does not allow
        them. *Shape:* (all pairs, relations)"""
        scorer: PairNetwork = network.head
        sizes, vectors = scorer.sizes, reading.vectors
        batch = PairBatch.possible(docs, sizes.trie, vectors.device)
        entities = EntityBatch.of(docs, sizes.types, vectors.device, reading.layouts)
        scores = adaptive_scores(scorer(vectors, entities, batch.pairs))
        return batch, scores.masked_fill(~batch.allowed, -1.0)
