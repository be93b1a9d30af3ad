"""Sequences of a grammar, learnt, generated and read: what all heads that write symbols share."""

from collections.abc import Sequence
from typing import Callable, List, Optional, Tuple

import torch
from torch import Tensor

from ...data.triples import Triple
from .automaton import Grammar, pad
from .beam import beam_search
from .linearize import SymbolSequence
from .scores import Generated, log_softmax, off_the_ends, score_triples
from .search import Decoder, State, greedy_search

# The document of each sequence, its head, and the symbols read, to logits of what comes next.
# *Shapes:* (sequences,), (sequences,), (sequences, positions) -> (sequences, positions, symbols)
ReadSymbols = Callable[[Tensor, Tensor, Tensor], Tensor]


def sequence_losses(
    grammar: Grammar, sequences: Sequence[SymbolSequence], read: ReadSymbols
) -> Tuple[Tensor, int]:
    """The negative log-likelihood of sequences, under what the grammar allows at each symbol.

    grammar (Grammar): The grammar of the documents.
    sequences (Sequence[SymbolSequence]): Their sequences, as `Grammar.heads` lists them.
    read (ReadSymbols): The decoder.
    RETURNS (Tuple[Tensor, int]): The loss of each document, and how many symbols there were.
        *Shape:* (documents,)
    """
    of_doc, heads = grammar.heads()
    ids, lengths = pad(sequences, heads.device)
    choice = grammar.along(of_doc, heads, ids, lengths)
    before = torch.cat([grammar.start_symbols(heads).unsqueeze(1), ids[:, :-1]], dim=1)
    log_probs = log_softmax(read(of_doc, heads, before), choice)
    said = log_probs.gather(2, ids.unsqueeze(2)).squeeze(2)
    inside = torch.arange(ids.shape[1], device=ids.device) < lengths.unsqueeze(1)
    loss = -said.masked_fill(~inside, 0.0).sum(1)
    per_doc = loss.new_zeros(len(grammar.candidates)).index_add(0, of_doc, loss)
    return per_doc, int(lengths.sum())


def search_sequences(
    decoder: Decoder[State],
    grammar: Grammar,
    *,
    threshold: float,
    beam_width: int,
    length_penalty: float,
    max_length: Optional[int] = None,
) -> List[Generated]:
    """Generate the sequences of a grammar.

    decoder (Decoder): The decoder of its documents.
    grammar (Grammar): The grammar.
    threshold (float): The score that a relation needs against NA.
    beam_width (int): Width of beam search. 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    max_length (Optional[int]): The largest number of symbols of a sequence, or None.
    RETURNS (List[Generated]): The sequences, as `Grammar.heads` lists them.
    """
    bias, heads = off_the_ends(threshold), grammar.heads()
    if beam_width == 1:
        return greedy_search(decoder, grammar, *heads, threshold=bias, max_length=max_length)
    return beam_search(
        decoder,
        grammar,
        *heads,
        width=beam_width,
        alpha=length_penalty,
        threshold=bias,
        max_length=max_length,
    )


def read_triples(
    grammar: Grammar, generated: Sequence[Generated], threshold: float
) -> List[List[Triple]]:
    """Read the triples of generated sequences.

    grammar (Grammar): The grammar.
    generated (Sequence[Generated]): The sequences, as `Grammar.heads` lists them.
    threshold (float): The score that a triple needs.
    RETURNS (List[List[Triple]]): The triples of each document.
    """
    triples: List[List[Triple]] = []
    for candidates, own in zip(grammar.candidates, grammar.by_doc(generated)):
        found = score_triples(grammar.table, candidates, own)
        # Where NA is no alternative, the search could not weigh it against the threshold.
        triples.append([triple for triple in found if triple.rank >= threshold])
    return triples
