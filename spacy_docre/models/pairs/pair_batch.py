"""Pairs of entities: which to classify, and which relations they may have and have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import List

import numpy
import torch
from numpy.random import Generator
from torch import Tensor

from ...data.entities import EntityDoc
from .candidate_pairs import CandidatePairs, TypeTrie
from .negatives import Negatives


@dataclass
class PairBatch:
    """Pairs of a batch of documents, document by document, and in each in row-column order.

    pairs (List[Tensor]): For each document heads and tails. *Shape:* (pairs, 2)
    doc (Tensor): The document of each pair. *Shape:* (all pairs,)
    allowed (Tensor): The relations that the schema allows. *Shape:* (all pairs, relations)
    gold (Tensor): The relations that gold triples state. *Shape:* (all pairs, relations)
    """

    pairs: List[Tensor]
    doc: Tensor
    allowed: Tensor
    gold: Tensor

    @classmethod
    def possible(
        cls, docs: Sequence[EntityDoc], trie: TypeTrie, device: torch.device
    ) -> "PairBatch":
        """All pairs between which some relation may hold.

        docs (Sequence[EntityDoc]): The documents, whose gold triples play no part.
        trie (TypeTrie): The argument types of the schema.
        device (torch.device): Where the tensors go.
        RETURNS (PairBatch): The pairs.
        """
        masks = [CandidatePairs(trie, doc).relation_mask() for doc in docs]
        unknown = [numpy.zeros_like(mask) for mask in masks]
        return cls._of([_possible(mask) for mask in masks], masks, unknown, device)

    @classmethod
    def learnable(
        cls,
        docs: Sequence[EntityDoc],
        trie: TypeTrie,
        negatives: Negatives,
        rng: Generator,
        device: torch.device,
    ) -> "PairBatch":
        """The pairs of gold triples and soft labels, and a choice of others.

        docs (Sequence[EntityDoc]): The documents, with gold triples that the schema allows.
        trie (TypeTrie): The argument types of the schema.
        negatives (Negatives): Chooses the others.
        rng (Generator): The source of randomness.
        device (torch.device): Where the tensors go.
        RETURNS (PairBatch): The pairs.
        """
        pairs, masks, gold = [], [], []
        for doc in docs:
            candidates = CandidatePairs(trie, doc)
            mask = candidates.relation_mask()
            stated = _stated(doc, trie, mask)
            strategy = negatives.drawn(rng)
            due = strategy.due(candidates)
            if due is not None and due[mask.any(axis=0)].all():
                # All of them need not be listed one by one.
                pairs.append(_possible(mask))
            else:
                filled = {triple.entities for triple in (*(doc.gold or ()), *(doc.soft or ()))}
                chosen = sorted(strategy(candidates, filled, rng) | filled)
                pairs.append(numpy.asarray(chosen, dtype="int64").reshape(-1, 2))
            masks.append(mask)
            gold.append(stated)
        return cls._of(pairs, masks, gold, device)

    @classmethod
    def _of(
        cls,
        pairs: Sequence[numpy.ndarray],
        masks: Sequence[numpy.ndarray],
        gold: Sequence[numpy.ndarray],
        device: torch.device,
    ) -> "PairBatch":
        """*Shapes:* (pairs, 2), (relations, entities, entities) and the same of each document"""
        places = [each.T for each in pairs]
        number = numpy.repeat(numpy.arange(len(pairs)), [len(each) for each in pairs])
        return cls(
            [torch.as_tensor(each, device=device) for each in pairs],
            torch.as_tensor(number, device=device),
            _along(masks, places, device),
            _along(gold, places, device),
        )


def _possible(mask: numpy.ndarray) -> numpy.ndarray:
    """*Shape:* (relations, entities, entities) -> (pairs, 2)"""
    return numpy.argwhere(mask.any(axis=0))


def _stated(doc: EntityDoc, trie: TypeTrie, mask: numpy.ndarray) -> numpy.ndarray:
    """The gold triples. *Shape:* (relations, entities, entities)"""
    stated = numpy.zeros_like(mask)
    for triple in doc.gold or ():
        place = (trie.schema.index(triple.label), *triple.entities)
        assert mask[place], triple  # see `check_gold`
        stated[place] = True
    return stated


def _along(
    matrices: Sequence[numpy.ndarray], places: Sequence[numpy.ndarray], device: torch.device
) -> Tensor:
    """Look pairs up. *Shape:* (relations, entities, entities) each -> (all pairs, relations)"""
    found = [matrix[:, heads, tails].T for matrix, (heads, tails) in zip(matrices, places)]
    return torch.as_tensor(numpy.concatenate(found), device=device)
