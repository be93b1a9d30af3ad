"""Pairs of entities: which to classify, and which relations they may have and have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import List

import numpy
import torch
from numpy.random import Generator
from torch import Tensor

from ..dore.cells import Cells, TypeTrie
from ..dore.negatives import Negatives
from ..entities import EntityDoc, name_of
from ..errors import Errors


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

        docs (Sequence[EntityDoc]): The documents.
        trie (TypeTrie): The argument types of the schema.
        device (torch.device): Where the tensors go.
        RETURNS (PairBatch): The pairs.
        """
        masks = [Cells(trie, doc).relation_mask() for doc in docs]
        pairs = [numpy.argwhere(mask.any(axis=0)) for mask in masks]
        return cls._of(docs, trie, pairs, masks, device)

    @classmethod
    def learnable(
        cls,
        docs: Sequence[EntityDoc],
        trie: TypeTrie,
        negatives: Negatives,
        rng: Generator,
        device: torch.device,
    ) -> "PairBatch":
        """The pairs of gold triples, and a choice of others.

        docs (Sequence[EntityDoc]): The documents, with gold triples.
        trie (TypeTrie): The argument types of the schema.
        negatives (Negatives): Chooses the others.
        rng (Generator): The source of randomness.
        device (torch.device): Where the tensors go.
        RETURNS (PairBatch): The pairs.
        RAISES (ValueError): If the schema does not allow a gold triple.
        """
        pairs, masks = [], []
        for doc in docs:
            cells = Cells(trie, doc)
            masks.append(cells.relation_mask())
            possible = masks[-1].any(axis=0)
            strategy = negatives.drawn(rng)
            due = strategy.due(cells)
            if due is not None and due[possible].all():
                # All of them need not be listed one by one.
                pairs.append(numpy.argwhere(possible))
                continue
            gold = {triple.entities for triple in doc.gold or ()}
            chosen = sorted(strategy(cells, gold, rng) | gold)
            pairs.append(numpy.asarray(chosen, dtype="int64").reshape(-1, 2))
        return cls._of(docs, trie, pairs, masks, device)

    @classmethod
    def _of(
        cls,
        docs: Sequence[EntityDoc],
        trie: TypeTrie,
        pairs: Sequence[numpy.ndarray],
        masks: Sequence[numpy.ndarray],
        device: torch.device,
    ) -> "PairBatch":
        numbers = {label: number for number, label in enumerate(trie.schema.labels)}
        allowed, gold = [], []
        for doc, (heads, tails), mask in zip(docs, (each.T for each in pairs), masks):
            stated = numpy.zeros_like(mask)
            for triple in doc.gold or ():
                place = (numbers[triple.label], *triple.entities)
                if not mask[place]:
                    problem = "the relation does not allow these entities"
                    raise ValueError(
                        Errors.DRE204.format(doc=name_of(doc.doc), triple=triple, problem=problem)
                    )
                stated[place] = True
            allowed.append(mask[:, heads, tails].T)
            gold.append(stated[:, heads, tails].T)
        number = numpy.repeat(numpy.arange(len(docs)), [len(each) for each in pairs])
        return cls(
            [torch.as_tensor(each, device=device) for each in pairs],
            torch.as_tensor(number, device=device),
            torch.as_tensor(numpy.concatenate(allowed), device=device),
            torch.as_tensor(numpy.concatenate(gold), device=device),
        )
