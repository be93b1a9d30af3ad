"""Rows, or the whole matrix, written by the decoder of a pretrained sequence-to-sequence model:
DORE as published."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional, cast

import numpy
import torch
from numpy.random import Generator
from spacy.util import registry
from torch import Tensor, nn

from ...data.entities import EntityDoc
from ...errors import Errors
from ..encoders.encoder import Encoder, Reading
from ..encoders.seq2seq.decoding import Symbols
from ..encoders.seq2seq.encoder import Seq2Seq
from ..encoders.seq2seq.network import SymbolNetwork
from ..encoders.seq2seq.reading import Seq2SeqReading
from ..extractor import Triples
from ..grammar.automaton import Grammar
from ..grammar.linearize import SymbolSequence, check_mode, linearize
from ..grammar.orders import get_order
from ..grammar.scores import Generated
from ..grammar.sequences import read_triples, search_sequences, sequence_losses
from ..limits import check_limits, check_not_negative
from ..pairs.candidate_pairs import CandidatePairs
from ..pairs.max_labels import most_labels, warn_of_fuller_pairs
from ..pairs.negatives import DynamicNegatives, Negatives, check_negatives
from ..sizes import Sizes
from .head import Head, Losses


@registry.misc("spacy_docre.Seq2SeqRows.v1")
def make_seq2seq_rows(
    mode: str = "rows",
    negatives: Optional[Negatives] = None,
    order: str = "row_column",
    beam_width: int = 1,
    length_penalty: float = 1.0,
    max_labels: Optional[int] = None,
) -> Head:
    """Create DORE as published: "DORE: Document Ordered Relation Extraction based on Generative
    Framework" (Findings of EMNLP 2022). The decoder of the encoder's model writes symbols.

    mode (str): "rows" for a sequence of each head entity, all of them in parallel (Section 3.3),
        or "matrix" for one of the whole document.
    negatives (Optional[Negatives]): Which pairs without a relation to learn, drawn again at each
        pass (Section 3.4). Dynamic ones if None.
    order (str): "row_column", "random" or "annotation" order of statements (Section 3.2).
    beam_width (int): Width of beam search. 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    max_labels (Optional[int]): How many relations of the same entities are extracted; as many
        as there are in the training data if None.
    RETURNS (Head): The head.
    RAISES (ValueError): If a setting is out of range.
    """
    check_mode(mode)
    get_order(order)
    check_limits(beam_width=beam_width, max_labels=max_labels)
    check_not_negative(length_penalty=length_penalty)
    return Seq2SeqRows(
        negatives or DynamicNegatives(1, 1, 3), mode, order, beam_width, length_penalty, max_labels
    )


class Target(NamedTuple):
    """What there is to learn of a document.

    doc (EntityDoc): The document.
    strategy (Negatives): Which pairs are stated as NA.
    sequences (List[SymbolSequence]): The sequences.
    """

    doc: EntityDoc
    strategy: Negatives
    sequences: List[SymbolSequence]

    @property
    def length(self) -> int:
        """RETURNS (int): The length of the longest sequence."""
        return max((len(each.symbols) for each in self.sequences), default=0)


class Batch(NamedTuple):
    """What was generated for some documents.

    grammar (Grammar): Their grammar.
    decoder (Symbols): Their decoder.
    generated (List[Generated]): Their sequences, as `Grammar.heads` lists them.
    """

    grammar: Grammar
    decoder: Symbols
    generated: List[Generated]


@dataclass(frozen=True)
class Seq2SeqRows(Head):
    """Learn and generate sequences of symbols. See `make_seq2seq_rows` and `Head`."""

    negatives: Negatives
    mode: str
    order: str
    beam_width: int
    length_penalty: float
    max_labels: Optional[int]

    def check(self, encoder: Encoder) -> None:
        """See `Head`.

        RAISES (ValueError): If the encoder has no decoder of symbols.
        """
        if not isinstance(encoder, Seq2Seq):
            raise ValueError(Errors.DRE528.format(encoder=type(encoder).__name__))

    def network(self, sizes: Sizes, saved_settings: Optional[Dict[str, Any]] = None) -> nn.Module:
        """There is nothing that the model does not have already. See `Head`."""
        return nn.Module()

    def weight_settings(self) -> Dict[str, Any]:
        """See `Head`."""
        return {}

    def losses(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """The negative log-likelihood of the symbols of each document. See `Head`."""
        model: SymbolNetwork = network.encoder
        sizes: Sizes = network.sizes
        warn_of_fuller_pairs(model, docs, sizes.max_labels)
        targets = self.targets(model, sizes, docs, rng)
        sequences = [sequence for target in targets for sequence in target.sequences]
        if not sequences:
            return Losses(torch.zeros(len(docs), device=model.device), 0)
        most = max(sizes.max_labels, most_labels(docs))
        strategies = [target.strategy for target in targets]
        grammar = self.grammar(model, sizes, docs, strategies, most)
        memory = cast(Seq2SeqReading, reading).memory

        def read(of_doc: Tensor, heads: Tensor, ids: Tensor) -> Tensor:
            with model.precision():
                return Symbols(model, docs, memory, grammar.size).read(of_doc, ids)

        return Losses(*sequence_losses(grammar, sequences, read))

    def prepare(self, network: Any, docs: Sequence[EntityDoc]) -> None:
        """See `Head`."""
        check_negatives(self.negatives, network.sizes.trie)
        if network.encoder.longest_output is not None:
            rng = numpy.random.default_rng(0)
            self.targets(network.encoder, network.sizes, docs, rng)

    def targets(
        self, model: SymbolNetwork, sizes: Sizes, docs: Sequence[EntityDoc], rng: Generator
    ) -> List[Target]:
        """What there is to learn of documents, in one pass.

        model (SymbolNetwork): The model.
        sizes (Sizes): The relations.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (List[Target]): The targets.
        RAISES (ValueError): If one is longer than what the decoder can read.
        """
        table, trie = model.table, sizes.trie
        targets: List[Target] = []
        for doc in docs:
            candidates = CandidatePairs(trie, doc)
            gold = doc.gold or ()
            strategy = self.negatives.drawn(rng)
            negatives = strategy(candidates, {triple.entities for triple in gold}, rng)
            sequences = linearize(
                table, candidates, gold, negatives, mode=self.mode, order=self.order, rng=rng
            )
            targets.append(Target(doc, strategy, sequences))
        model.check_targets(docs, [target.length for target in targets], Errors.DRE540)
        return targets

    def extract(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `Head`."""
        batch = self.generate(network, reading, docs, threshold)
        return read_triples(batch.grammar, batch.generated, threshold)

    def generate(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> Batch:
        """Generate the sequences of documents.

        network (Module): The extractor's network.
        reading (Reading): What was read of the documents.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a relation needs against NA.
        RETURNS (Batch): The documents with their sequences.
        """
        model: SymbolNetwork = network.encoder
        sizes: Sizes = network.sizes
        strategies = [self.negatives] * len(docs)
        grammar = self.grammar(model, sizes, docs, strategies, sizes.max_labels)
        memory = cast(Seq2SeqReading, reading).memory
        with model.precision():
            decoder = Symbols(model, docs, memory, grammar.size)
            generated = self.search(decoder, grammar, threshold)
        return Batch(grammar, decoder, generated)

    def search(self, decoder: Symbols, grammar: Grammar, threshold: float) -> List[Generated]:
        """Generate the sequences of a grammar.

        decoder (Symbols): The decoder of its documents.
        grammar (Grammar): The grammar.
        threshold (float): The score that a relation needs against NA.
        RETURNS (List[Generated]): The sequences.
        """
        return search_sequences(
            decoder,
            grammar,
            threshold=threshold,
            beam_width=self.beam_width,
            length_penalty=self.length_penalty,
            max_length=decoder.network.longest_output,
        )

    def grammar(
        self,
        model: SymbolNetwork,
        sizes: Sizes,
        docs: Sequence[EntityDoc],
        strategies: Sequence[Negatives],
        max_labels: int,
    ) -> Grammar:
        """The grammar of documents. Where pairs come in a fixed order, it passes over none that is
        always stated.

        model (SymbolNetwork): The model.
        sizes (Sizes): The relations.
        docs (Sequence[EntityDoc]): The documents.
        strategies (Sequence[Negatives]): For each of them, which pairs are stated as NA.
        max_labels (int): How many relations a pair may hold.
        RETURNS (Grammar): The grammar.
        """
        table, trie = model.table, sizes.trie
        due = None
        if self.mode == "rows" and self.order == "row_column":
            due = [
                strategy.due(CandidatePairs(trie, doc)) for strategy, doc in zip(strategies, docs)
            ]
        return Grammar(
            table,
            docs,
            mode=self.mode,
            order=self.order,
            negatives=self.negatives.states_na,
            due=due,
            max_labels=max_labels,
            trie=trie,
            device=model.device,
        )
