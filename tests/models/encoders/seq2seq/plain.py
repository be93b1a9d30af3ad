"""The plain way to decode: `transformers`' own model with the symbols added to its vocabulary,
one row after another, and nothing shared between rows."""

import math

import numpy as np
import torch
from transformers import GenerationConfig, LogitsProcessorList

from spacy_docre.models.encoders.frame import Frame
from spacy_docre.models.encoders.seq2seq.marking import to_pieces
from spacy_docre.models.grammar.scores import log_softmax
from spacy_docre.models.grammar.symbols import END


class Plain:
    """A copy of a network's model with a larger vocabulary.

    network (Network): The network.
    tokenizer: Its tokenizer.
    docs: The documents.
    """

    def __init__(self, network, tokenizer, docs):
        model, self.first = network.model, network.n_pieces
        self.table = network.table
        copy = type(model)(model.config).to(model.dtype).eval()
        copy.load_state_dict(model.state_dict())
        count = network.symbols.input.num_embeddings
        copy.resize_token_embeddings(self.first + count, mean_resizing=False)
        with torch.no_grad():
            copy.get_input_embeddings().weight[self.first :] = network.symbols.input.weight
            if network.symbols.output is not None:
                copy.get_output_embeddings().weight[self.first :] = network.symbols.output.weight
        self.model = copy
        frame = Frame.of(tokenizer)
        self.texts = [
            torch.tensor([[*frame.before, *written, *frame.after]])
            for written in to_pieces(docs, tokenizer, self.table, self.first)
        ]
        self.docs = docs

    def ids(self, doc):
        """The number in the vocabulary of each symbol of a document."""
        rows = [self.table.first_entity + row for row in self.table.rows(self.docs[doc])]
        return self.first + np.asarray([*range(self.table.first_entity), *rows])

    def options(self, doc):
        text = self.texts[doc]
        options = {"attention_mask": torch.ones_like(text)}
        if self.model.config.model_type == "led":
            options["global_attention_mask"] = torch.zeros_like(text)
            options["global_attention_mask"][:, 0] = 1
        return options

    def logits(self, doc, symbols):
        """Logits of the document's symbols after the last of these. *Shape:* (V,)"""
        ids = torch.as_tensor(self.ids(doc))
        with torch.inference_mode():
            logits = self.model(
                input_ids=self.texts[doc],
                decoder_input_ids=ids[symbols][None],
                use_cache=False,
                **self.options(doc),
            ).logits
        return logits[0, -1, ids]

    def generate(self, grammar, doc, head, threshold=0.5):
        """The greedy sequence of a row and its log-probabilities, by `generate`, which the
        grammar tells what it may choose from."""
        ids = self.ids(doc)
        back = {int(id): symbol for symbol, id in enumerate(ids)}
        doc_index, heads = torch.tensor([doc]), torch.tensor([head])
        start = int(grammar.start_symbols(heads))
        log_probs = []

        def constrain(said, scores):
            place = grammar.start(doc_index, heads)
            for id in said[0, 1:].tolist():
                place = grammar.advance(place, torch.tensor([back[id]]))
            padded = torch.full((1, grammar.size), -math.inf, dtype=torch.float64)
            padded[0, : len(ids)] = scores[0, torch.as_tensor(ids)].double()
            own = log_softmax(padded, grammar.choice(place), threshold)
            log_probs.append(float(own.max()))
            constrained = torch.full_like(scores, -math.inf)
            constrained[0, torch.as_tensor(ids)] = own[0, : len(ids)].to(scores)
            return constrained

        settings = GenerationConfig(
            max_length=200,
            do_sample=False,
            eos_token_id=int(ids[END]),
            pad_token_id=0,
            decoder_start_token_id=int(ids[start]),
            return_dict_in_generate=True,
        )
        self.model.generation_config = settings
        found = self.model.generate(
            self.texts[doc],
            logits_processor=LogitsProcessorList([constrain]),
            **self.options(doc),
        )
        symbols = [back[id] for id in found.sequences[0, 1:].tolist()]
        return tuple(symbols), log_probs


class OneByOne:
    """A decoder for searches that runs the whole plain model on each sequence at each step."""

    def __init__(self, plain, size):
        self.plain, self.size = plain, size

    def begin(self, doc, heads):
        return [(d, []) for d in doc.tolist()]

    def step(self, state, symbols):
        state = [(doc, [*said, symbol]) for (doc, said), symbol in zip(state, symbols.tolist())]
        logits = torch.full((len(state), self.size), -math.inf, dtype=torch.float64)
        for row, (doc, said) in zip(logits, state):
            own = self.plain.logits(doc, said)
            row[: len(own)] = own
        return logits, state

    def reorder(self, state, index):
        return [state[i] for i in index.tolist()]
