"""Random weights say nothing in particular, and how much they say would decide how long it takes.
So a decoder is prompted: at each step the symbol that comes next in what a trained model would
say gets a bonus."""

from dataclasses import fields
from typing import List, NamedTuple, Tuple

import numpy
import torch
from torch import Tensor

from spacy_docre.models.encoders.seq2seq.decoding import DecodingState, Symbols
from spacy_docre.models.grammar.automaton import Grammar, pad
from spacy_docre.models.grammar.linearize import SymbolSequence, linearize
from spacy_docre.models.grammar.scores import Generated
from spacy_docre.models.grammar.symbols import SymbolTable
from spacy_docre.models.heads.seq2seq_rows import Seq2SeqRows
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs
from spacy_docre.models.pairs.negatives import Negatives

BONUS = 100.0


class Prompted(NamedTuple):
    """Where a prompted decoder is.

    state (DecodingState): Where the decoder is.
    rows (Tensor): Which rows those are. *Shape:* (N,)
    step (int): How many symbols they have read.
    """

    state: DecodingState
    rows: Tensor
    step: int


class Prompter:
    """A decoder that says what it is told.

    decoder (Symbols): The decoder.
    told (Tensor): The symbols of each row. *Shape:* (rows, length)
    """

    def __init__(self, decoder: Symbols, told: Tensor) -> None:
        self.decoder = decoder
        self.network = decoder.network
        self.told = told

    def begin(self, doc: Tensor, heads: Tensor) -> Prompted:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        rows = torch.arange(len(doc), device=doc.device)
        return Prompted(self.decoder.begin(doc, heads), rows, 0)

    def step(self, state: Prompted, symbols: Tensor) -> Tuple[Tensor, Prompted]:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        logits, after = self.decoder.step(state.state, symbols)
        step = min(state.step, self.told.shape[1] - 1)
        told = self.told[state.rows, step].unsqueeze(1)
        logits = logits.scatter_add(1, told, torch.full_like(told, BONUS, dtype=logits.dtype))
        return logits, Prompted(after, state.rows, state.step + 1)

    def reorder(self, state: Prompted, index: Tensor) -> Prompted:
        """See `spacy_docre.models.grammar.search.Decoder`."""
        return Prompted(self.decoder.reorder(state.state, index), state.rows[index], state.step)


class PromptedRows(Seq2SeqRows):
    """Generate the facts of documents, which must know them."""

    @classmethod
    def of(cls, head: Seq2SeqRows, width: int) -> "PromptedRows":
        """RETURNS (PromptedRows): The same, with a beam of this width."""
        settings = {field.name: getattr(head, field.name) for field in fields(Seq2SeqRows)}
        return cls(**{**settings, "beam_width": width})

    def search(self, decoder: Symbols, grammar: Grammar, threshold: float) -> List[Generated]:
        """See `Seq2SeqRows`."""
        told = pad(
            [
                each
                for candidates in grammar.candidates
                for each in facts_of(grammar.table, candidates, self.mode, self.negatives)
            ],
            grammar.device,
        )[0]
        return super().search(Prompter(decoder, told), grammar, threshold)  # type: ignore[arg-type]


def facts_of(
    table: SymbolTable, candidates: CandidatePairs, mode: str, negatives: Negatives
) -> List[SymbolSequence]:
    """What a trained model would say: the facts of a document, and NA for the other pairs that
    are always stated.

    RETURNS (List[SymbolSequence]): The sequences.
    """
    facts = candidates.doc.gold or ()
    due = negatives.due(candidates)
    stated = set() if due is None else {tuple(pair) for pair in numpy.argwhere(due).tolist()}
    na = stated - {triple.entities for triple in facts}
    return linearize(table, candidates, facts, na, mode=mode, rng=numpy.random.default_rng(0))
