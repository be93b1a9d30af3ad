"""Evidence: annotators say which sentences support a triple, so pairs can be taught where to look,
as DREEAM teaches ATLOP (Ma et al., EACL 2023, Section 3.2); and where a pair looks is the evidence
of what it states.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Dict, List, Set, Tuple

import torch
from torch import Tensor

from ....data.entities import EntityDoc
from ....data.triples import PREDICTED
from ...extractor import Triples
from .network import Marked, RowNetwork

# Keeps the logarithm of a sentence without attention finite.
LEAST = 1e-6
# The share of a pair's attention from which a sentence is evidence. Chosen on training documents of
# Re-DocRED.
SHARE = 0.2


def evidence_losses(rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc]) -> Tensor:
    """How far the attention of gold pairs is from their evidence: the cross-entropy between
    the evidence sentences, all alike, and the attention that each sentence gets, summed over
    the pairs. Triples without evidence, and documents without sentences, cost nothing.

    rows (RowNetwork): The network.
    marked (Marked): The documents, with marked mentions.
    docs (Sequence[EntityDoc]): The documents, with gold triples.
    RETURNS (Tensor): *Shape:* (docs,)
    """
    tokens = marked.tokens
    losses = tokens.new_zeros(len(docs))
    evidence = [_evidence(doc) for doc in docs]
    pairs = [
        torch.tensor(list(own), dtype=torch.long, device=tokens.device).view(-1, 2)
        for own in evidence
    ]
    if not any(evidence):
        return losses
    attention = rows.context.attention(tokens, marked.symbols, marked.batch, pairs)
    for number, (doc, own, weights) in enumerate(zip(docs, evidence, attention)):
        if not own:
            continue
        mass = _by_sentence(doc, weights.to(tokens.dtype))
        target = torch.zeros_like(mass)
        for row, sentences in zip(target, own.values()):
            row[sorted(sentences)] = 1 / len(sentences)
        losses[number] = -(target * mass.clamp(min=LEAST).log()).sum()
    return losses


def with_evidence(
    rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], found: Sequence[Triples]
) -> List[Triples]:
    """Name the sentences that state triples: those that their pairs give enough of their attention,
    and the first of these in any case.

    rows (RowNetwork): The network, which was taught where to look.
    marked (Marked): The documents, with marked mentions.
    docs (Sequence[EntityDoc]): The documents. Where sentences are not known, nothing is named.
    found (Sequence[List[Triple]]): Their triples.
    RETURNS (List[List[Triple]]): The triples with their evidence.
    """
    known = [own if doc.sentence_starts else [] for doc, own in zip(docs, found)]
    listed = [[(t.head, other) for t in own for other in t.entities[1:]] for own in known]
    pairs = [
        torch.tensor(own, dtype=torch.long, device=marked.tokens.device).view(-1, 2)
        for own in listed
    ]
    attention = rows.context.attention(marked.tokens, marked.symbols, marked.batch, pairs)
    named: List[Triples] = []
    for doc, own, triples, weights in zip(docs, known, found, attention):
        if not own:
            named.append(list(triples))
            continue
        arities = [len(triple.entities) - 1 for triple in triples]
        shares = torch.stack([part.mean(0) for part in _by_sentence(doc, weights).split(arities)])
        enough = (shares >= SHARE).scatter(1, shares.argmax(1, keepdim=True), True)
        named.append(
            [
                replace(
                    triple,
                    evidence=tuple(sentences.nonzero()[:, 0].tolist()),
                    evidence_from=PREDICTED,
                )
                for triple, sentences in zip(triples, enough)
            ]
        )
    return named


def _by_sentence(doc: EntityDoc, weights: Tensor) -> Tensor:
    """How much attention sentences get. *Shape:* (pairs, tokens) -> (pairs, sentences)"""
    # Only spaces can precede the first sentence.
    tokens = torch.arange(weights.shape[1], device=weights.device)
    starts = torch.tensor(doc.sentence_starts, device=weights.device)
    sentence = (torch.searchsorted(starts, tokens, right=True) - 1).clamp(min=0)
    return weights.new_zeros(len(weights), len(starts)).index_add(1, sentence, weights)


def _evidence(doc: EntityDoc) -> Dict[Tuple[int, int], Set[int]]:
    """The evidence sentences of the pairs of gold triples. Of more than two entities, the first
    has a pair with each of the others."""
    found: Dict[Tuple[int, int], Set[int]] = {}
    if doc.sentence_starts:
        for triple in doc.gold or ():
            if triple.evidence:
                for other in triple.entities[1:]:
                    found.setdefault((triple.head, other), set()).update(triple.evidence)
    return found
