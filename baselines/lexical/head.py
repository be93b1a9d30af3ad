"""Triples that are written as text: how their texts are learnt and generated."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, cast

import numpy
import torch
import torch.nn.functional as F
from numpy.random import Generator
from spacy.util import registry
from torch import Tensor, nn

from spacy_docre.data.entities import EntityDoc
from spacy_docre.models.encoders.encoder import Encoder, Reading
from spacy_docre.models.encoders.seq2seq.reading import Seq2SeqReading
from spacy_docre.models.extractor import Triples
from spacy_docre.models.grammar.automaton import Grammar
from spacy_docre.models.grammar.linearize import NO_HEAD, SymbolSequence, linearize
from spacy_docre.models.grammar.orders import get_order
from spacy_docre.models.grammar.scores import Generated, score_triples
from spacy_docre.models.grammar.symbols import ANY_TYPE, END, SymbolTable
from spacy_docre.models.heads.head import Head, Losses
from spacy_docre.models.limits import check_limits
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs
from spacy_docre.models.pairs.max_labels import warn_of_fuller_pairs
from spacy_docre.models.sizes import Sizes

from .encoder import PlainSeq2Seq
from .errors import Errors, Warnings
from .network import END as END_ROW
from .network import LexicalNetwork, Pieces
from .spelling import Reader, Spelling, ambiguous


@registry.misc("docre_baselines.LexicalTriples.v1")
def make_lexical_triples(
    order: str = "annotation", max_length: int = 1024, max_labels: Optional[int] = None
) -> Head:
    """Create lexical generation, the control for DORE's symbols on the same pretrained model
    (Section 4.3 of the paper): the decoder writes names of entities and relations with separators
    between them. Names are aligned with entities by their text, so what it writes are always
    triples of the document's entities.

    order (str): "row_column", "random" or "annotation" order of triples.
    max_length (int): The largest number of word pieces to generate for a document.
    max_labels (Optional[int]): How many relations of the same entities are extracted; as many
        as there are in the training data if None.
    RETURNS (Head): The head.
    RAISES (ValueError): If a setting is out of range.
    """
    get_order(order)
    check_limits(max_length=max_length, max_labels=max_labels)
    return LexicalTriples(order, max_length, max_labels)


@dataclass(frozen=True)
class LexicalTriples(Head):
    """Learn and generate texts, one for each document. In learning all pieces compete; in
    generation those that spell an entity or a relation that may come next. See
    `make_lexical_triples`."""

    order: str
    max_length: int
    max_labels: Optional[int]

    def check(self, encoder: Encoder) -> None:
        """RAISES (ValueError): If the encoder cannot write text."""
        if not isinstance(encoder, PlainSeq2Seq):
            raise ValueError(Errors.DRE543.format(encoder=type(encoder).__name__))

    def network(self, sizes: Sizes, saved_settings: Optional[Dict[str, Any]] = None) -> nn.Module:
        """There is nothing that the model does not have already."""
        return nn.Module()

    def weight_settings(self) -> Dict[str, Any]:
        """See `Head`."""
        return {}

    def losses(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], rng: Generator
    ) -> Losses:
        """The negative log-likelihood of the text of each document. See `Head`."""
        model: LexicalNetwork = network.encoder
        warn_of_fuller_pairs(model, docs, network.sizes.max_labels)
        texts = self.targets(model, network.sizes, docs, rng)
        lengths = torch.tensor([len(text) for text in texts], device=model.device)
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(text, device=model.device) for text in texts], batch_first=True
        )
        read = F.pad(ids[:, :-1], (1, 0), value=model.n_pieces + END_ROW)
        of_doc = torch.arange(len(docs), device=model.device)
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths.unsqueeze(1)
        decoder = Pieces(model, cast(Seq2SeqReading, reading).memory)
        with model.precision():
            # Over the whole vocabulary, so only where there is something to learn.
            logits = model.logits(decoder.states(of_doc, read)[inside])
        losses = F.cross_entropy(logits.float(), ids[inside], reduction="none")
        owners = of_doc.unsqueeze(1).expand_as(ids)[inside]
        per_doc = losses.new_zeros(len(docs)).index_add(0, owners, losses)
        return Losses(per_doc, int(lengths.sum()))

    def extract(
        self, network: Any, reading: Reading, docs: Sequence[EntityDoc], threshold: float
    ) -> List[Triples]:
        """See `Head`."""
        model: LexicalNetwork = network.encoder
        sizes: Sizes = network.sizes
        table = symbols_of(sizes)
        grammar = Grammar(
            table,
            docs,
            mode="matrix",
            order=self.order,
            negatives=False,
            max_labels=sizes.max_labels,
            trie=sizes.trie,
        )
        spellings = Spelling.of(docs, table, model.tokenizer, model.n_pieces)
        readers = [Reader(grammar, number, each) for number, each in enumerate(spellings)]
        decoder = Pieces(model, cast(Seq2SeqReading, reading).memory)
        with model.precision():
            generated = self._search(model, decoder, readers, table.first_entity)
        triples: List[Triples] = []
        for candidates, each in zip(grammar.candidates, generated):
            found = score_triples(table, candidates, [each])
            triples.append([triple for triple in found if triple.score >= threshold])
        return triples

    def prepare(self, network: Any, docs: Sequence[EntityDoc]) -> None:
        """Triples that text cannot tell apart are counted in a warning. See `Head`."""
        self.targets(network.encoder, network.sizes, docs, numpy.random.default_rng(0))
        count = sum(map(ambiguous, docs))
        if count:
            total = sum(len(doc.gold or ()) for doc in docs)
            warnings.warn(Warnings.DRW540.format(count=count, total=total), stacklevel=2)

    def targets(
        self, model: LexicalNetwork, sizes: Sizes, docs: Sequence[EntityDoc], rng: Generator
    ) -> List[List[int]]:
        """The texts of documents.

        model (LexicalNetwork): The model.
        sizes (Sizes): The relations.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of random order.
        RETURNS (List[List[int]]): The pieces and separators of each.
        RAISES (ValueError): If one is longer than what the decoder can read.
        """
        table = symbols_of(sizes)
        texts = []
        for doc, spelling in zip(docs, Spelling.of(docs, table, model.tokenizer, model.n_pieces)):
            candidates = CandidatePairs(sizes.trie, doc)
            gold = doc.gold or ()
            (sequence,) = linearize(
                table, candidates, gold, mode="matrix", order=self.order, rng=rng
            )
            texts.append(spelling.spell(sequence.symbols))
        model.check_targets(docs, [len(text) for text in texts], Errors.DRE541)
        return texts

    def _search(
        self, model: LexicalNetwork, decoder: Pieces, readers: List[Reader], first_entity: int
    ) -> List[Generated]:
        """Greedy search. Texts that end leave the batch."""
        limit = min(self.max_length, model.longest_output or self.max_length)
        # For each text the log-probability of each symbol, the unfinished one's at last.
        said: List[List[float]] = [[0.0] for _ in readers]
        doc = torch.arange(len(readers), device=model.device)
        state = decoder.begin(doc, torch.full_like(doc, NO_HEAD))
        ids = torch.full_like(doc, model.n_pieces + END_ROW)
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
                index = torch.tensor(kept, dtype=torch.long, device=model.device)
                ids, state = ids[index], decoder.reorder(state, index)
                alive = [alive[place] for place in kept]
            length += 1
        if alive:
            warnings.warn(
                Warnings.DRW541.format(count=len(alive), total=len(readers), length=length),
                stacklevel=2,
            )
        return [_collect(reader, own, first_entity) for reader, own in zip(readers, said)]


def symbols_of(sizes: Sizes) -> SymbolTable:
    """RETURNS (SymbolTable): The symbols of relations. Entities are spelled, so they have none."""
    return SymbolTable(sizes.schema, False, {ANY_TYPE: 0})


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
