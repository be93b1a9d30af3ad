"""Rows whose tails are generated: the decoder chooses which pairs to speak of, as in the paper. It
reads and writes the symbols of the grammar, which n-ary relations, other orders and beam search
need."""

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy
import torch
from numpy.random import Generator
from spacy.util import registry

from ...data.entities import EntityDoc
from ..extractor import Triples
from ..grammar.automaton import Grammar
from ..grammar.linearize import SymbolSequence, linearize
from ..grammar.orders import get_order
from ..grammar.sequences import read_triples, search_sequences, sequence_losses
from ..grammar.symbols import SymbolTable
from ..limits import check_limits, check_not_negative
from ..pairs.candidate_pairs import CandidatePairs
from ..pairs.features import PairFeatures
from ..pairs.negatives import AllNegatives, Negatives
from .head import Losses
from .rows.network import Marked, RowNetwork, RowShape
from .rows.row_head import RowHead
from .rows.row_symbols import RowSymbols, symbol_table


@registry.misc("spacy_docre.GeneratedRows.v1")
def make_generated_rows(
    negatives: Optional[Negatives] = None,
    features: Optional[PairFeatures] = None,
    order: str = "row_column",
    beam_width: int = 1,
    length_penalty: float = 1.0,
    evidence_weight: float = 0.0,
    grounded: bool = True,
    row_width: int = 256,
    attention_heads: int = 8,
    dropout: float = 0.1,
) -> RowHead:
    """Create a head that generates its tails: DORE ("DORE: Document Ordered Relation Extraction
    based on Generative Framework", Findings of EMNLP 2022) with rows in parallel (Section 3.3) and
    a small decoder in place of a pretrained one. Relations may have more than two entities.

    negatives (Optional[Negatives]): Which pairs without a relation to learn, drawn again at each
        pass (Section 3.4). All of them if None.
    features (Optional[PairFeatures]): What pairs know besides the text.
    order (str): "row_column", "random" or "annotation" order of statements (Section 3.2).
    beam_width (int): Width of beam search. 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    evidence_weight (float): How much it counts that the attention of gold pairs goes to their
        evidence sentences, where the training data name these. 0 to ignore evidence.
    grounded (bool): Whether the symbols of entities take part of their meaning from the mentions.
        Without, they are static, as in the paper.
    row_width (int): Width of the row decoder.
    attention_heads (int): Attention heads over the text, a divisor of the width of the encoder's
        vectors. The row decoder has half as many.
    dropout (float): Dropout rate.
    RETURNS (Head): The head.
    RAISES (ValueError): If a setting is out of range.
    """
    get_order(order)
    check_limits(beam_width=beam_width)
    check_not_negative(length_penalty=length_penalty, evidence_weight=evidence_weight)
    shape = RowShape(row_width, attention_heads, dropout, features or PairFeatures(), grounded)
    return GeneratedRows(
        shape, negatives or AllNegatives(), evidence_weight, None, order, beam_width, length_penalty
    )


@dataclass(frozen=True)
class GeneratedRows(RowHead):
    """Learn and generate rows with their tails. See `make_generated_rows`."""

    order: str = "row_column"
    beam_width: int = 1
    length_penalty: float = 1.0

    def row_losses(
        self, rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """See `RowHead`."""
        table = symbol_table(rows.sizes.schema)
        sequences: List[SymbolSequence] = []
        due: List[Optional[numpy.ndarray]] = []
        for doc in docs:
            candidates = CandidatePairs(rows.sizes.trie, doc)
            gold = doc.gold or ()
            strategy = self.negatives.drawn(rng)
            negatives = strategy(candidates, {triple.entities for triple in gold}, rng)
            due.append(strategy.due(candidates))
            sequences.extend(
                linearize(table, candidates, gold, negatives, order=self.order, rng=rng)
            )
        if not sequences:
            nothing = marked.tokens.sum() * 0 + marked.tokens.new_zeros(len(docs))
            return Losses(nothing, 0)
        grammar = self._grammar(rows, table, docs, due, marked.tokens.device)
        return Losses(*sequence_losses(grammar, sequences, RowSymbols(rows, marked, table).read))

    def generate(
        self, rows: RowNetwork, marked: Marked, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `RowHead`."""
        table = symbol_table(rows.sizes.schema)
        due = [self.negatives.due(CandidatePairs(rows.sizes.trie, doc)) for doc in docs]
        grammar = self._grammar(rows, table, docs, due, marked.tokens.device)
        generated = search_sequences(
            RowSymbols(rows, marked, table),
            grammar,
            threshold=threshold,
            beam_width=self.beam_width,
            length_penalty=self.length_penalty,
        )
        return read_triples(grammar, generated, threshold)

    def _grammar(
        self,
        rows: RowNetwork,
        table: SymbolTable,
        docs: Sequence[EntityDoc],
        due: Sequence[Optional[numpy.ndarray]],
        device: torch.device,
    ) -> Grammar:
        # In another order nothing can be passed over.
        in_order = self.order == "row_column"
        return Grammar(
            table,
            docs,
            order=self.order,
            negatives=self.negatives.states_na,
            due=due if in_order else None,
            trie=rows.sizes.trie,
            device=device,
        )
