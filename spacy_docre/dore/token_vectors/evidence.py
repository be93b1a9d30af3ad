"""Evidence: annotators say which sentences support a triple, so cells can be taught where to
look, as DREEAM teaches ATLOP (Ma et al., EACL 2023, Section 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Dict, Set, Tuple

import numpy
import torch
from torch import Tensor

from ...entities import EntityDoc
from .network import Network, Reading

# Keeps the logarithm of a sentence without attention finite.
LEAST = 1e-6


@dataclass(frozen=True)
class Evidence:
    """How much it counts where cells look. No number, since thinc would load the one that a model
    was saved with in the place of the config's.

    weight (float): The weight of the losses.
    """

    weight: float


def evidence_losses(network: Network, reading: Reading, docs: Sequence[EntityDoc]) -> Tensor:
    """How far the attention of gold cells is from their evidence: the cross-entropy between
    the evidence sentences, all alike, and the attention that each sentence gets, summed over
    the cells. Triples without evidence, and documents without sentences, cost nothing.

    network (Network): The network.
    reading (Reading): What it has read of the documents.
    docs (Sequence[EntityDoc]): The documents, with gold triples.
    RETURNS (Tensor): *Shape:* (docs,)
    """
    tokens = reading.tokens
    losses = tokens.new_zeros(len(docs))
    evidence = [_evidence(doc) for doc in docs]
    pairs = [
        torch.tensor(list(cells), dtype=torch.long, device=tokens.device).view(-1, 2)
        for cells in evidence
    ]
    if not any(evidence):
        return losses
    attention = network.context.attention(tokens, reading.symbols, reading.batch, pairs)
    for number, (doc, cells, weights) in enumerate(zip(docs, evidence, attention)):
        if not cells:
            continue
        target = torch.zeros(len(cells), len(doc.sentence_starts), device=tokens.device)
        for row, sentences in zip(target, cells.values()):
            row[sorted(sentences)] = 1 / len(sentences)
        sentence = torch.as_tensor(_sentence_of_token(doc), device=tokens.device)
        mass = torch.zeros_like(target).index_add(1, sentence, weights.to(target.dtype))
        losses[number] = -(target * mass.clamp(min=LEAST).log()).sum()
    return losses


def _evidence(doc: EntityDoc) -> Dict[Tuple[int, int], Set[int]]:
    """The evidence sentences of the cells of gold triples. Of more than two entities, the first
    has a cell with each of the others."""
    found: Dict[Tuple[int, int], Set[int]] = {}
    if doc.sentence_starts:
        for triple in doc.gold or ():
            if triple.evidence:
                for other in triple.entities[1:]:
                    found.setdefault((triple.head, other), set()).update(triple.evidence)
    return found


def _sentence_of_token(doc: EntityDoc) -> numpy.ndarray:
    """*Shape:* (tokens of the document,)"""
    # Only spaces can precede the first sentence.
    places = numpy.searchsorted(doc.sentence_starts, numpy.arange(len(doc.doc)), side="right") - 1
    return numpy.maximum(places, 0)
