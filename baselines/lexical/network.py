"""The network: a pretrained model that reads plain text, and writes word pieces and separators."""

from typing import Any, List, Optional, Tuple

import torch
from torch import Tensor

from spacy_docre.models.encoders.seq2seq.attention import Block, Memory
from spacy_docre.models.encoders.seq2seq.decoding import Rows
from spacy_docre.models.encoders.seq2seq.network import Past, PretrainedNetwork
from spacy_docre.models.named_rows import Row

# The separators, numbered after the word pieces: the end of everything, of the name of an entity,
# and of the name of a relation, with which a triple ends.
END, ENTITY, RELATION = range(3)
SEPARATORS = ["end", ",", ";"]


class LexicalNetwork(PretrainedNetwork):
    """A pretrained model with a few separators beside its word pieces.

    model (PreTrainedModel): The model.
    tokenizer (PreTrainedTokenizerBase): What it reads text with.
    output_length (Optional[int]): See `PretrainedNetwork`.
    mixed_precision (Optional[torch.dtype]): See `PretrainedNetwork`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        output_length: Optional[int] = None,
        mixed_precision: Optional[torch.dtype] = None,
    ) -> None:
        super().__init__(model, tokenizer, len(SEPARATORS), output_length, mixed_precision)

    def symbol_pieces(self) -> List[List[int]]:
        """See `PretrainedNetwork`."""
        tokenizer = self.tokenizer
        pieces: List[List[int]] = tokenizer(SEPARATORS, add_special_tokens=False)["input_ids"]
        if tokenizer.eos_token_id is not None:
            pieces[END] = [tokenizer.eos_token_id]
        return [ids or [tokenizer.pad_token_id or 0] for ids in pieces]

    def symbol_names(self) -> List[Row]:
        """See `PretrainedNetwork`. Relations are spelled, so that they have no rows."""
        return [("separator", text) for text in SEPARATORS]

    def logits(self, states: Tensor) -> Tensor:
        """Logits of pieces, and of separators after them.

        *Shape:* (…, width) -> (…, pieces + separators)
        """
        weights = self.model.get_output_embeddings().weight
        pieces = (states * self.symbols.output_scale) @ weights.T
        # Zero in published models, but a part of them.
        bias = getattr(self.model, "final_logits_bias", None)
        if bias is not None:
            pieces = pieces + bias[0]
        # A vocabulary may be padded for the hardware.
        pieces = pieces[..., : self.n_pieces]
        return torch.cat([pieces, self.symbols.logits(states)], dim=-1)


class Pieces(Rows):
    """The decoder of word pieces and separators.

    network (LexicalNetwork): The network.
    memory (Memory): What the encoder made of the documents.
    """

    def __init__(self, network: LexicalNetwork, memory: Memory) -> None:
        super().__init__(memory)
        self.network = network

    def states(self, doc: Tensor, ids: Tensor) -> Tensor:
        """States after each piece of given sequences.

        *Shapes:* (N,), (N, L) -> (N, L, width)
        """
        block = Block.of(doc, self.docs)
        return self.network.write(self.network.embed(ids), block, self.memory)[0]

    def _decode(
        self, doc: Tensor, symbols: Tensor, block: Block, memory: Memory, past: Past
    ) -> Tuple[Tensor, Past]:
        states, past = self.network.write(self.network.embed(symbols), block, memory, past)
        return self.network.logits(states), past
