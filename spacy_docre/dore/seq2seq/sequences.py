"""How sequences of symbols are learnt and generated: by rows, or the matrix as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence

import numpy
import torch
from numpy.random import Generator
from torch import Tensor

from ...entities import EntityDoc
from ...errors import Errors
from ...extractor import Triples
from ...labels_per_cell import labels_per_cell, warn_of_fuller_cells
from ..beam import beam_search
from ..cells import Cells
from ..grammar import Grammar, pad
from ..linearize import SymbolSequence, linearize
from ..negatives import Negatives, check_negatives
from ..scores import Generated, log_softmax, off_the_ends, score_triples
from ..search import greedy_search
from .decoding import Symbols
from .marking import to_pieces
from .network import Network
from .windows import in_groups


class Target(NamedTuple):
    """What there is to learn of a document.

    doc (EntityDoc): The document.
    strategy (Negatives): Which cells are stated as NA.
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

    docs (List[int]): Which documents those are.
    grammar (Grammar): Their grammar.
    decoder (Symbols): Their decoder.
    generated (List[Generated]): Their sequences, as `Grammar.heads` lists them.
    """

    docs: List[int]
    grammar: Grammar
    decoder: Symbols
    generated: List[Generated]


@dataclass
class Sequences:
    """Learn and generate sequences.

    negatives (Negatives): Which cells to learn as NA, drawn again at each pass.
    mode (str): "rows" for a sequence of each head entity, or "matrix" for one of the document.
    order (str): The order of statements, see `spacy_docre.dore.orders`.
    beam_width (int): Width of beam search; 1 is greedy search.
    length_penalty (float): The exponent of the length penalty of beam search.
    window (Optional[int]): How many word pieces the encoder reads at once; as many as the
        model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    """

    negatives: Negatives
    mode: str
    order: str
    beam_width: int
    length_penalty: float
    window: Optional[int]
    stride: Optional[int]
    batch_pieces: int

    def losses(
        self, network: Network, tokenizer: object, docs: Sequence[EntityDoc], rng: Generator
    ) -> Tensor:
        """The loss of each document: the negative log-likelihood of its symbols. Their mean over
        the documents is the mean over all symbols of the batch.

        network (Network): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (Tensor): *Shape:* (docs,)
        """
        warn_of_fuller_cells(network, docs, network.settings.labels_per_cell)
        targets = self.targets(network, docs, rng)
        sequences = [sequence for target in targets for sequence in target.sequences]
        if not sequences:
            return torch.zeros(len(docs), device=network.device)
        most = max(network.settings.labels_per_cell, labels_per_cell(docs))
        grammar = self.grammar(network, docs, [target.strategy for target in targets], most)
        of_doc, heads = grammar.heads()
        ids, lengths = pad(sequences, network.device)
        choice = grammar.along(of_doc, heads, ids, lengths)
        symbols = torch.cat([grammar.start_symbols(heads).unsqueeze(1), ids[:, :-1]], dim=1)
        with network.precision():
            written = self._write(network, tokenizer, docs)
            decoder = self._decoder(network, tokenizer, docs, written, grammar)
            logits = decoder.read(of_doc, symbols)
        said = log_softmax(logits, choice).gather(2, ids.unsqueeze(2)).squeeze(2)
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths.unsqueeze(1)
        loss = -said.masked_fill(~inside, 0.0).sum(1)
        mean = loss * (len(docs) / lengths.sum())
        return mean.new_zeros(len(docs)).index_add(0, of_doc, mean)

    def check(self, network: Network, tokenizer: object, docs: Sequence[EntityDoc]) -> None:
        """See `Strategy`."""
        check_negatives(self.negatives, network.settings.trie)
        if network.longest_output is not None:
            self.targets(network, docs, numpy.random.default_rng(0))

    def targets(self, network: Network, docs: Sequence[EntityDoc], rng: Generator) -> List[Target]:
        """What there is to learn of documents, in one pass.

        network (Network): The network.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (List[Target]): The targets.
        RAISES (ValueError): If one is longer than what the decoder can read.
        """
        table, trie = network.settings.table, network.settings.trie
        targets: List[Target] = []
        for doc in docs:
            cells = Cells(trie, doc)
            gold = doc.gold or ()
            strategy = self.negatives.drawn(rng)
            negatives = strategy(cells, {triple.entities for triple in gold}, rng)
            sequences = linearize(
                table, cells, gold, negatives, mode=self.mode, order=self.order, rng=rng
            )
            targets.append(Target(doc, strategy, sequences))
        network.check_targets(docs, [target.length for target in targets], Errors.DRE540)
        return targets

    def generate(
        self, network: Network, tokenizer: object, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """Generate the sequences of documents, many of about the same length together.

        network (Network): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a triple needs.
        RETURNS (List[List[Triple]]): Triples with scores, in the order generated.
        """
        triples: List[Triples] = [[] for _ in docs]
        table = network.settings.table
        for batch in self.batches(network, tokenizer, docs, threshold):
            grammar = batch.grammar
            for i, cells, own in zip(batch.docs, grammar.cells, grammar.by_doc(batch.generated)):
                found = score_triples(table, cells, own)
                # Where NA is no alternative, the search could not weigh it against the threshold.
                triples[i] = [triple for triple in found if triple.score >= threshold]
        return triples

    def batches(
        self, network: Network, tokenizer: object, docs: Sequence[EntityDoc], threshold: float
    ) -> Iterator[Batch]:
        """Generate the sequences of documents.

        network (Network): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a relation needs against NA.
        YIELDS (Batch): Some of the documents with their sequences.
        """
        written = self._write(network, tokenizer, docs)
        for group in in_groups([len(ids) for ids in written], self.batch_pieces):
            some = [docs[i] for i in group]
            strategies = [self.negatives] * len(some)
            grammar = self.grammar(network, some, strategies, network.settings.labels_per_cell)
            with network.precision():
                decoder = self._decoder(
                    network, tokenizer, some, [written[i] for i in group], grammar
                )
                generated = self.search(decoder, grammar, threshold)
            yield Batch(group, grammar, decoder, generated)

    def search(self, decoder: Symbols, grammar: Grammar, threshold: float) -> List[Generated]:
        """Generate the sequences of a grammar.

        decoder (Symbols): The decoder of its documents.
        grammar (Grammar): The grammar.
        threshold (float): The score that a relation needs against NA.
        RETURNS (List[Generated]): The sequences.
        """
        bias = off_the_ends(threshold)
        limit = decoder.network.longest_output
        if self.beam_width == 1:
            return greedy_search(
                decoder, grammar, *grammar.heads(), threshold=bias, max_length=limit
            )
        return beam_search(
            decoder,
            grammar,
            *grammar.heads(),
            width=self.beam_width,
            alpha=self.length_penalty,
            threshold=bias,
            max_length=limit,
        )

    def grammar(
        self,
        network: Network,
        docs: Sequence[EntityDoc],
        strategies: Sequence[Negatives],
        max_labels: int,
    ) -> Grammar:
        """The grammar of documents. Where cells come in a fixed order, it passes over none that is
        always stated.

        network (Network): The network.
        docs (Sequence[EntityDoc]): The documents.
        strategies (Sequence[Negatives]): For each of them, which cells are stated as NA.
        max_labels (int): How many relations a cell may hold.
        RETURNS (Grammar): The grammar.
        """
        table, trie = network.settings.table, network.settings.trie
        due = None
        if self.mode == "rows" and self.order == "row_column":
            due = [strategy.due(Cells(trie, doc)) for strategy, doc in zip(strategies, docs)]
        return Grammar(
            table,
            docs,
            mode=self.mode,
            order=self.order,
            negatives=self.negatives.states_na,
            due=due,
            max_labels=max_labels,
            trie=trie,
            device=network.device,
        )

    def _write(
        self, network: Network, tokenizer: object, docs: Sequence[EntityDoc]
    ) -> List[numpy.ndarray]:
        return to_pieces(docs, tokenizer, network.settings.table, network.n_pieces)

    def _decoder(
        self,
        network: Network,
        tokenizer: object,
        docs: Sequence[EntityDoc],
        written: List[numpy.ndarray],
        grammar: Grammar,
    ) -> Symbols:
        memory = network.encode_pieces(written, tokenizer, self.window, self.stride)
        return Symbols(network, docs, memory, grammar.size)
