"""Plain generation: the whole matrix as one sequence over the full vocabulary, constrained by a
Python function."""

from typing import Any, List, Set, Tuple

import torch
from prompting import BONUS, facts_of
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.encoders.frame import Frame
from spacy_docre.models.encoders.seq2seq.marking import to_pieces
from spacy_docre.models.encoders.seq2seq.network import SymbolNetwork
from spacy_docre.models.grammar.linearize import NO_HEAD, SymbolSequence, delinearize
from spacy_docre.models.grammar.symbols import END, NA
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs, TypeTrie
from spacy_docre.models.pairs.negatives import Negatives


class PlainGeneration:
    """A copy of a network's model, with the symbols as the last pieces of its vocabulary.

    network (SymbolNetwork): The network, with untyped symbols.
    trie (TypeTrie): The schema, compiled.
    negatives (Negatives): Which pairs it states as NA.
    """

    def __init__(self, network: SymbolNetwork, trie: TypeTrie, negatives: Negatives) -> None:
        self.negatives = negatives
        self.trie = trie
        self.table = network.table
        self.tokenizer = network.tokenizer
        self.first = network.n_pieces
        model: Any = network.model
        self.model = type(model)(model.config).to(network.device).eval()
        self.model.load_state_dict(model.state_dict())
        symbols = network.symbols.input.weight
        self.model.resize_token_embeddings(self.first + len(symbols), mean_resizing=False)
        self.model.get_input_embeddings().weight.data[self.first :] = symbols

    def __call__(self, docs: List[EntityDoc], width: int) -> List[List[Triple]]:
        """Generate the triples of documents.

        docs (List[EntityDoc]): The documents.
        width (int): The width of beams.
        RETURNS (List[List[Triple]]): Their triples.
        """
        frame = Frame.of(self.tokenizer)
        written = to_pieces(docs, self.tokenizer, self.table, self.first)
        texts = [torch.tensor([*frame.before, *ids, *frame.after]) for ids in written]
        ids = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True)
        candidates = [CandidatePairs(self.trie, doc) for doc in docs]
        told = [
            facts_of(self.table, each, "matrix", self.negatives)[0].symbols for each in candidates
        ]
        end = self.first + END
        self.model.generation_config = GenerationConfig(
            max_length=max(map(len, told)) + 2,
            num_beams=width,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=0,
            decoder_start_token_id=end,
        )
        with torch.inference_mode():
            generated = self.model.generate(
                ids.to(self.model.device),
                attention_mask=(ids > 0).long().to(self.model.device),
                prefix_allowed_tokens_fn=lambda number, said: self.allowed(docs[number], said),
                logits_processor=LogitsProcessorList([Prompt(told, self.first, width)]),
            )
        return [self.read(each, said) for each, said in zip(candidates, generated.tolist())]

    def read(self, candidates: CandidatePairs, said: List[int]) -> List[Triple]:
        """RETURNS (List[Triple]): What a generated sequence states."""
        symbols = [id - self.first for id in said[1:]]
        # What is behind the end was never said.
        end = symbols.index(END) + 1 if END in symbols else len(symbols)
        sequence = SymbolSequence(NO_HEAD, tuple(symbols[:end]))
        return list(delinearize(self.table, candidates, [sequence]).triples)

    def allowed(self, doc: EntityDoc, said: Tensor) -> List[int]:
        """RETURNS (List[int]): The pieces that may follow a sequence."""
        entities = range(self.table.first_entity, self.table.size(doc))
        relations = range(NA, self.table.first_entity)
        statements: List[Tuple[int, ...]] = []
        open: Tuple[int, ...] = ()
        for id in said[1:].tolist():
            open = (*open, id - self.first)
            if id - self.first in relations:
                statements.append(open)
                open = ()
        seen: Set[Tuple[int, ...]] = set(statements)
        symbols: List[int] = []
        if not open:
            symbols = [END, *entities]
        elif len(open) == 1:
            symbols = [entity for entity in entities if entity != open[0]]
        elif len(open) == 2:
            symbols = [relation for relation in relations if (*open, relation) not in seen]
        return [self.first + symbol for symbol in symbols or [END]]


class Prompt(LogitsProcessor):
    """Gives the symbol that comes next in what is told a bonus."""

    def __init__(self, told: List[Tuple[int, ...]], first: int, width: int) -> None:
        self.told = [symbols for symbols in told for _ in range(width)]
        self.first = first

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """See `transformers`."""
        step = input_ids.shape[1] - 1
        for row, symbols in zip(scores, self.told):
            if step < len(symbols):
                row[self.first + symbols[step]] += BONUS
        return scores
