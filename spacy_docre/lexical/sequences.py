"""How texts of triples are learnt and generated."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import List, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from ..dore.cells import Cells
from ..dore.grammar import Grammar
from ..dore.linearize import NO_HEAD, SymbolSequence, linearize
from ..dore.scores import Generated, score_triples
from ..dore.seq2seq.marking import to_pieces
from ..dore.seq2seq.windows import in_groups
from ..dore.symbols import END
from ..entities import EntityDoc
from ..errors import Errors, Warnings
from ..extractor import Triples
from ..labels_per_cell import warn_of_fuller_cells
from .network import END as END_ROW
from .network import LexicalNetwork, Pieces
from .spelling import Reader, Spelling, ambiguous


@dataclass
class LexicalSequences:
    """Learn and generate texts, one for each document. In learning all pieces compete; in
    generation those that spell an entity or a relation that may come next.

    order (str): The order of triples, see `spacy_docre.dore.orders`.
    max_length (int): The largest number of pieces to generate.
    window (Optional[int]): How many word pieces the encoder reads at once; as many as the
        model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    """

    order: str
    max_length: int
    window: Optional[int]
    stride: Optional[int]
    batch_pieces: int

    def losses(
        self, network: LexicalNetwork, tokenizer: object, docs: Sequence[EntityDoc], rng: Generator
    ) -> Tensor:
        """The loss of each document: the negative log-likelihood of its text. Their mean over the
        documents is the mean over all pieces of the batch.

        network (LexicalNetwork): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of random order.
        RETURNS (Tensor): *Shape:* (docs,)
        """
        warn_of_fuller_cells(network, docs, network.settings.labels_per_cell)
        texts = self.targets(network, tokenizer, docs, rng)
        lengths = torch.tensor([len(text) for text in texts], device=network.device)
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(text, device=network.device) for text in texts], batch_first=True
        )
        read = F.pad(ids[:, :-1], (1, 0), value=network.n_pieces + END_ROW)
        of_doc = torch.arange(len(docs), device=network.device)
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths.unsqueeze(1)
        with network.precision():
            decoder = self._decoder(network, tokenizer, docs, _plain(network, tokenizer, docs))
            # Over the whole vocabulary, so only where there is something to learn.
            logits = network.logits(decoder.states(of_doc, read)[inside])
        losses = F.cross_entropy(logits.float(), ids[inside], reduction="none")
        owners = of_doc.unsqueeze(1).expand_as(ids)[inside]
        mean = losses * (len(docs) / lengths.sum())
        return mean.new_zeros(len(docs)).index_add(0, owners, mean)

    def generate(
        self,
        network: LexicalNetwork,
        tokenizer: object,
        docs: Sequence[EntityDoc],
        threshold: float,
    ) -> List[Triples]:
        """Generate the texts of documents, many of about the same length together.

        network (LexicalNetwork): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a triple needs.
        RETURNS (List[List[Triple]]): Triples with scores, in the order generated.
        """
        triples: List[Triples] = [[] for _ in docs]
        table = network.settings.table
        written = _plain(network, tokenizer, docs)
        for group in in_groups([len(ids) for ids in written], self.batch_pieces):
            some = [docs[i] for i in group]
            grammar = self._grammar(network, some, network.settings.labels_per_cell)
            spellings = Spelling.of(some, table, tokenizer, network.n_pieces)
            readers = [Reader(grammar, number, each) for number, each in enumerate(spellings)]
            with network.precision():
                own = [written[i] for i in group]
                decoder = self._decoder(network, tokenizer, some, own)
                generated = self._search(network, decoder, readers)
            for i, cells, each in zip(group, grammar.cells, generated):
                found = score_triples(table, cells, [each])
                triples[i] = [triple for triple in found if triple.score >= threshold]
        return triples

    def check(self, network: LexicalNetwork, tokenizer: object, docs: Sequence[EntityDoc]) -> None:
        """See `Strategy`. Triples that text cannot tell apart are counted in a warning."""
        self.targets(network, tokenizer, docs, numpy.random.default_rng(0))
        count = sum(map(ambiguous, docs))
        if count:
            total = sum(len(doc.gold or ()) for doc in docs)
            warnings.warn(Warnings.DRW540.format(count=count, total=total), stacklevel=2)

    def targets(
        self, network: LexicalNetwork, tokenizer: object, docs: Sequence[EntityDoc], rng: Generator
    ) -> List[List[int]]:
        """The texts of documents.

        network (LexicalNetwork): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of random order.
        RETURNS (List[List[int]]): The pieces and separators of each.
        RAISES (ValueError): If one is longer than what the decoder can read.
        """
        table, trie = network.settings.table, network.settings.trie
        texts = []
        for doc, spelling in zip(docs, Spelling.of(docs, table, tokenizer, network.n_pieces)):
            cells = Cells(trie, doc)
            gold = doc.gold or ()
            (sequence,) = linearize(table, cells, gold, mode="matrix", order=self.order, rng=rng)
            texts.append(spelling.spell(sequence.symbols))
        network.check_targets(docs, [len(text) for text in texts], Errors.DRE541)
        return texts

    def _search(
        self, network: LexicalNetwork, decoder: Pieces, readers: List[Reader]
    ) -> List[Generated]:
        """Greedy search. Texts that end leave the batch."""
        limit = min(self.max_length, network.longest_output or self.max_length)
        # For each text the log-probability of each symbol, the unfinished one's at last.
        said: List[List[float]] = [[0.0] for _ in readers]
        doc = torch.arange(len(readers), device=network.device)
        state = decoder.begin(doc, torch.full_like(doc, NO_HEAD))
        ids = torch.full_like(doc, network.n_pieces + END_ROW)
        alive = list(range(len(readers)))
        length = 0
        while alive and length < limit:
            logits, state = decoder.step(state, ids)
            ids, log_probs = _choose(logits, [readers[i].choices() for i in alive])
            for i, id, log_prob in zip(alive, ids.tolist(), log_probs.tolist()):
                said[i][-1] += log_prob
                if readers[i].read(id):
                    said[i].append(0.0)
            kept = [place for place, i in enumerate(alive) if not readers[i].finished]
            if len(kept) < len(alive):
                index = torch.tensor(kept, dtype=torch.long, device=network.device)
                ids, state = ids[index], decoder.reorder(state, index)
                alive = [alive[place] for place in kept]
            length += 1
        if alive:
            warnings.warn(
                Warnings.DRW541.format(count=len(alive), total=len(readers), length=length),
                stacklevel=2,
            )
        first_entity = network.settings.table.first_entity
        return [_collect(reader, own, first_entity) for reader, own in zip(readers, said)]

    def _grammar(
        self, network: LexicalNetwork, docs: Sequence[EntityDoc], max_labels: int
    ) -> Grammar:
        return Grammar(
            network.settings.table,
            docs,
            mode="matrix",
            order=self.order,
            negatives=False,
            max_labels=max_labels,
            trie=network.settings.trie,
        )

    def _decoder(
        self,
        network: LexicalNetwork,
        tokenizer: object,
        docs: Sequence[EntityDoc],
        written: List[numpy.ndarray],
    ) -> Pieces:
        memory = network.encode_pieces(written, tokenizer, self.window, self.stride)
        return Pieces(network, memory)


def _plain(
    network: LexicalNetwork, tokenizer: object, docs: Sequence[EntityDoc]
) -> List[numpy.ndarray]:
    """Texts as word pieces, in which nothing says where entities are."""
    bare = [replace(doc, entities=(), gold=None) for doc in docs]
    return to_pieces(bare, tokenizer, network.settings.table, network.n_pieces)


def _choose(logits: Tensor, choices: List[List[int]]) -> Tuple[Tensor, Tensor]:
    """The most probable of some pieces, and its log-probability among them. *Shape:* (N,) each"""
    width = max(map(len, choices))
    padded = torch.tensor(
        [own + [-1] * (width - len(own)) for own in choices], device=logits.device
    )
    scores = logits.float().gather(1, padded.clamp(min=0))
    log_probs = scores.masked_fill(padded < 0, -math.inf).log_softmax(1)
    best, place = log_probs.max(1)
    return padded.gather(1, place.unsqueeze(1)).squeeze(1), best


def _collect(reader: Reader, log_probs: List[float], first_entity: int) -> Generated:
    """What was generated, up to its last whole triple if it did not end."""
    symbols = list(reader.symbols)
    while not reader.finished and symbols and symbols[-1] >= first_entity:
        symbols.pop()
    said = tuple(symbols) if reader.finished else (*symbols, END)
    own = tuple(log_probs[: len(symbols)])
    margins = (math.nan,) * len(symbols)
    return Generated(SymbolSequence(NO_HEAD, said), own, margins, reader.finished)
