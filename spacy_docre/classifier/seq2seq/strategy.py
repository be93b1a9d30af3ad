"""How the network learns pairs and classifies them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, List, Optional

from numpy.random import Generator
from torch import Tensor

from ...dore.negatives import Negatives
from ...dore.seq2seq.marking import Written, write
from ...dore.seq2seq.windows import in_groups
from ...entities import EntityDoc
from ...extractor import Triples
from ..classification import classify, pair_losses
from .network import Seq2SeqPairNetwork


@dataclass
class PairStrategy:
    """Learn and classify pairs, see `spacy_docre.dore.seq2seq.extractor.Strategy`.

    negatives (Negatives): Which pairs without a relation to learn, drawn again at each pass.
    window (Optional[int]): How many word pieces the encoder reads at once; as many as the
        model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    """

    negatives: Negatives
    window: Optional[int]
    stride: Optional[int]
    batch_pieces: int

    def losses(
        self,
        network: Seq2SeqPairNetwork,
        tokenizer: Any,
        docs: Sequence[EntityDoc],
        rng: Generator,
    ) -> Tensor:
        """The loss of each document. Their mean is the mean over all pairs of the batch, as in
        ATLOP: all gradients are clipped together here, so their size must not depend on how many
        pairs there are.

        network (Seq2SeqPairNetwork): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents, with gold triples.
        rng (Generator): The source of negatives.
        RETURNS (Tensor): *Shape:* (docs,)
        """
        written = self._write(network, tokenizer, docs)
        states, layouts = network.read_documents(written, tokenizer, self.window, self.stride)
        return pair_losses(network.pairs, states, docs, self.negatives, rng, layouts, average=True)

    def generate(
        self,
        network: Seq2SeqPairNetwork,
        tokenizer: Any,
        docs: Sequence[EntityDoc],
        threshold: float,
    ) -> List[Triples]:
        """Classify the pairs of documents, many of about the same length together.

        network (Seq2SeqPairNetwork): The network.
        tokenizer (PreTrainedTokenizerBase): The tokenizer.
        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a triple needs.
        RETURNS (List[List[Triple]]): Triples with scores, in row-column order.
        """
        triples: List[Triples] = [[] for _ in docs]
        written = self._write(network, tokenizer, docs)
        for group in in_groups([len(each.ids) for each in written], self.batch_pieces):
            states, layouts = network.read_documents(
                [written[i] for i in group], tokenizer, self.window, self.stride
            )
            found = classify(network.pairs, states, [docs[i] for i in group], threshold, layouts)
            for i, own in zip(group, found):
                triples[i] = own
        return triples

    def check(self, network: Seq2SeqPairNetwork, tokenizer: Any, docs: Sequence[EntityDoc]) -> None:
        """There is no document that cannot be learnt."""

    def _write(
        self, network: Seq2SeqPairNetwork, tokenizer: Any, docs: Sequence[EntityDoc]
    ) -> List[Written]:
        return write(docs, tokenizer, network.settings.table, network.n_pieces)
