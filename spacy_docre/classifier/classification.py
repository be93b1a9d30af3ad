"""Pairs are learnt, and classified."""

from collections.abc import Sequence
from typing import List, Optional

import torch
from numpy.random import Generator
from torch import Tensor

from ..dore.negatives import Negatives
from ..entities import EntityDoc
from ..extractor import Triples
from ..labels_per_cell import warn_of_fuller_cells
from ..token_vectors.batch import EntityBatch, Layout
from ..triples import Triple
from .network import PairNetwork
from .pairs import PairBatch


def pair_losses(
    network: PairNetwork,
    tokens: Tensor,
    docs: Sequence[EntityDoc],
    negatives: Negatives,
    rng: Generator,
    layouts: Optional[Sequence[Layout]] = None,
    *,
    average: bool = False,
) -> Tensor:
    """The loss of each document: the sum over its pairs, or a share of a mean.

    network (PairNetwork): The network.
    tokens (Tensor): Token vectors of all documents. *Shape:* (tokens, input width)
    docs (Sequence[EntityDoc]): The documents, with gold triples.
    negatives (Negatives): Which pairs without a relation to learn.
    rng (Generator): The source of negatives.
    layouts (Optional[Sequence[Layout]]): Where mentions lie; at their tokens if None.
    average (bool): Whether the mean over the documents is to be the mean over all pairs.
    RETURNS (Tensor): *Shape:* (docs,)
    """
    warn_of_fuller_cells(network, docs, network.settings.labels_per_pair, "labels_per_pair")
    batch = PairBatch.learnable(docs, network.trie, negatives, rng, tokens.device)
    if not len(batch.doc):
        return tokens.sum() * 0 + tokens.new_zeros(len(docs))
    entities = EntityBatch.of(docs, network.settings.types, tokens.device, layouts)
    logits = network(tokens, entities, batch.pairs)
    losses = network.objective.losses(logits, batch.gold, batch.allowed)
    if average:
        losses = losses * (len(docs) / len(losses))
    return tokens.new_zeros(len(docs)).index_add(0, batch.doc, losses)


def classify(
    network: PairNetwork,
    tokens: Tensor,
    docs: Sequence[EntityDoc],
    threshold: float,
    layouts: Optional[Sequence[Layout]] = None,
) -> List[Triples]:
    """Classify all pairs of all documents together. A pair has no more relations than pairs had in
    training; as in ATLOP, the best ones are kept.

    network (PairNetwork): The network.
    tokens (Tensor): Token vectors of all documents. *Shape:* (tokens, input width)
    docs (Sequence[EntityDoc]): The documents.
    threshold (float): The score against NA that a relation needs.
    layouts (Optional[Sequence[Layout]]): Where mentions lie; at their tokens if None.
    RETURNS (List[List[Triple]]): Triples with scores, in row-column order.
    """
    settings = network.settings
    batch = PairBatch.possible(docs, network.trie, tokens.device)
    entities = EntityBatch.of(docs, settings.types, tokens.device, layouts)
    scores = network.objective.scores(network(tokens, entities, batch.pairs))
    # Below any threshold, which is 0 at least.
    scores = scores.masked_fill(~batch.allowed, -1.0)
    relations = scores.topk(min(settings.labels_per_pair, scores.shape[1]), dim=1).indices.sort(1)
    scores = scores.gather(1, relations.values)
    pair, slot = (scores >= threshold).nonzero(as_tuple=True)
    triples: List[Triples] = [[] for _ in docs]
    for doc, (head, tail), number, score in zip(
        batch.doc[pair].tolist(),
        torch.cat(batch.pairs)[pair].tolist(),
        relations.values[pair, slot].tolist(),
        scores[pair, slot].tolist(),
    ):
        triples[doc].append(Triple((head, tail), settings.labels[number], score))
    return triples
