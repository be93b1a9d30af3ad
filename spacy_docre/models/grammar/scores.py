"""Scores: what a decoder's logits say about symbols and triples.

A triple's score is its relation's probability against NA alone, sigmoid(logit of the
relation - logit of NA), wherever NA was an alternative. Where it was not (the grammar has
no NA, or the pair holds a relation already) the score is the probability of generating
the triple's symbols, given all that came before. What the pair holds already came before, so
that a further relation is no more probable than those: its score is multiplied by theirs.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Dict, List, NamedTuple, Tuple

import torch
from torch import Tensor

from ...data.triples import Triple
from ...errors import Errors
from ..pairs.candidate_pairs import CandidatePairs, Pair
from .automaton import Choice
from .linearize import SymbolSequence, delinearize, read
from .symbols import END, NA, SymbolTable


class Generated(NamedTuple):
    """A generated sequence.

    sequence (SymbolSequence): Its head and symbols.
    log_probs (Tuple[float, ...]): The log-probability of each symbol, under the
        distribution that was searched.
    margins (Tuple[float, ...]): The logit of each symbol minus the logit of NA; NaN
        where NA was not an alternative.
    finished (bool): Whether the decoder ended the sequence. If not, it was cut after
        its last whole statement.
    """

    sequence: SymbolSequence
    log_probs: Tuple[float, ...]
    margins: Tuple[float, ...]
    finished: bool


def off_the_ends(threshold: float) -> float:
    """RETURNS (float): The threshold, off 0 and 1, where no logit could be compared with it."""
    return min(max(threshold, 1e-6), 1 - 1e-6)


def log_softmax(logits: Tensor, choice: Choice, threshold: float = 0.5) -> Tensor:
    """The distribution over symbols that training and decoding share, in float32 even
    where the logits are in half precision.

    Where a pair has to be stated, the sequence cannot end, but what would have been the end
    leads to that pair. So the pair is as probable as its own logit and that of END make it:
    that no more is stated freely is learnt once, whatever comes next.

    logits (Tensor): The decoder's logits. Shape: (…, V)
    choice (Choice): What the grammar allows, at least one symbol. Shapes: (…, V), (…,)
    threshold (float): What a relation's score must exceed for the relation to be more
        probable than NA. At 0.5 the logits remain as they are.
    RETURNS (Tensor): Log-probabilities; minus infinity where not allowed. Shape: (…, V)
    RAISES (ValueError): If the threshold is not between 0 and 1.
    """
    if not 0 < threshold < 1:
        raise ValueError(
            Errors.DRE212.format(name="threshold", value=threshold, expected="between 0 and 1")
        )
    logits = logits.float()
    if threshold != 0.5:
        bias = torch.zeros(logits.shape[-1], device=logits.device)
        bias[NA] = math.log(threshold) - math.log1p(-threshold)
        logits = logits + bias
    if choice.end is not None:
        leads = choice.end.unsqueeze(-1)
        end = logits[..., END, None]
        both = torch.logaddexp(logits.gather(-1, leads), end)
        logits = logits.scatter(-1, leads, torch.where(leads == END, end, both))
    return logits.masked_fill(~choice.allowed, -math.inf).log_softmax(-1)


def margins_over_na(logits: Tensor, allowed: Tensor) -> Tensor:
    """RETURNS (Tensor): How far each logit lies above that of NA; NaN where NA is not
    allowed. Shape: (N, V)
    """
    logits = logits.float()
    margins = logits - logits[:, NA, None]
    return margins.masked_fill(~allowed[:, NA, None], math.nan)


def score_triples(
    table: SymbolTable, candidates: CandidatePairs, generated: Sequence[Generated]
) -> List[Triple]:
    """Read the triples of a document, with their scores.

    table (SymbolTable): The meaning of the symbols.
    candidates (CandidatePairs): The pairs of the document.
    generated (Sequence[Generated]): The sequences of the document.
    RETURNS (List[Triple]): The triples, in the order of generation.
    """
    scores: List[float] = []
    # How probable it is that a pair holds all that was said of it.
    held: Dict[Pair, float] = {}
    for sequence, log_probs, margins, _ in generated:
        for (pair, symbol), start, end in read(table, candidates, sequence):
            if symbol == NA:
                continue
            margin = margins[end - 1]
            if math.isnan(margin):
                score = min(1.0, math.exp(sum(log_probs[start:end])))
            else:
                score = torch.tensor(margin, dtype=torch.float64).sigmoid().item()
            held[pair] = score * held.get(pair, 1.0)
            scores.append(held[pair])
    triples = delinearize(table, candidates, [each.sequence for each in generated]).triples
    return [replace(triple, score=score) for triple, score in zip(triples, scores)]
