"""High-order dependencies: which earlier triples each generated triple attended to (Section 4.5 and
Appendix A.4 of the paper)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import List, Tuple, cast

import numpy
import torch

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.naming import best_name
from spacy_docre.data.triples import Triple
from spacy_docre.models.extractor import Extractor
from spacy_docre.models.grammar.automaton import pad
from spacy_docre.models.grammar.linearize import read
from spacy_docre.models.grammar.scores import score_triples
from spacy_docre.models.grammar.symbols import NA
from spacy_docre.models.heads.seq2seq_rows import Batch, Seq2SeqRows
from spacy_docre.models.shim import NetworkShim
from spacy_docre.models.windows import Part

from .drawing import draw


@dataclass(frozen=True)
class Dependencies:
    """What the triples of a document attended to. In notebooks it shows as a picture.

    doc (EntityDoc): The document.
    triples (Tuple[Triple, ...]): The triples, in the order generated.
    weights (ndarray): The share of a triple's attention that went to an earlier one. With rows in
        parallel, triples of other heads are out of sight. *Shape:* (triples, triples)
    """

    doc: EntityDoc
    triples: Tuple[Triple, ...]
    weights: numpy.ndarray

    def strongest(self, triple: int, count: int = 3) -> List[Tuple[Triple, float]]:
        """RETURNS (List[Tuple[Triple, float]]): The earlier triples that one attended to most."""
        earlier = range(len(self.triples))[triple]
        order = numpy.argsort(-self.weights[triple, :earlier], kind="stable")[:count]
        return [(self.triples[i], float(self.weights[triple, i])) for i in order.tolist()]

    def to_svg(self) -> str:
        """RETURNS (str): A picture, to be written to a file or shown."""
        names = [
            best_name([self.doc.doc[start:end] for start, end in entity.mentions]).text
            for entity in self.doc.entities
        ]
        labels = [
            f"{t.label} ({', '.join(names[entity] for entity in t.entities)})" for t in self.triples
        ]
        return draw(labels, self.weights.tolist())

    def _repr_svg_(self) -> str:
        return self.to_svg()


def find_dependencies(
    model: Extractor, docs: Sequence[EntityDoc], *, threshold: float = 0.5
) -> List[Dependencies]:
    """Extract triples, and look at what the decoder attended to while it wrote each of them.

    model (Extractor): An extractor with the head `spacy_docre.Seq2SeqRows.v1`.
    docs (Sequence[EntityDoc]): The documents, as `RelationExtractor.entity_doc` makes them.
    threshold (float): The score that a triple needs.
    RETURNS (List[Dependencies]): What was found, for each document.
    """
    shim = cast(NetworkShim, model.shims[0])
    head = cast(Seq2SeqRows, shim.head)
    network = shim.network.eval()
    found = [Dependencies(doc, (), numpy.zeros((0, 0))) for doc in docs]
    with torch.inference_mode():
        parts = [Part.whole(number, doc) for number, doc in enumerate(docs)]
        costs = [head.cost(doc) for doc in docs]
        for group, reading in shim.encoder.batches(network.encoder, docs, parts, costs):
            batch = head.generate(network, reading, [docs[i] for i in group], threshold)
            attended = _attention(batch)
            rows = batch.grammar.by_doc(range(len(batch.generated)))
            for number, i in enumerate(group):
                found[i] = _of_doc(docs[i], batch, number, rows[number], attended, threshold)
    return found


def _attention(batch: Batch) -> numpy.ndarray:
    """*Shape:* (sequences, positions, positions)"""
    doc, heads = batch.grammar.heads()
    if not len(doc):
        return numpy.zeros((0, 0, 0))
    ids, _ = pad([each.sequence for each in batch.generated], doc.device)
    symbols = torch.cat([batch.grammar.start_symbols(heads).unsqueeze(1), ids[:, :-1]], dim=1)
    return batch.decoder.attention(doc, symbols).float().cpu().numpy()


def _of_doc(
    doc: EntityDoc,
    batch: Batch,
    number: int,
    rows: Sequence[int],
    attended: numpy.ndarray,
    threshold: float,
) -> Dependencies:
    table, candidates = batch.grammar.table, batch.grammar.candidates[number]
    own = [batch.generated[row] for row in rows]
    places: List[Tuple[int, int, int]] = []
    for row, generated in zip(rows, own):
        for (_, symbol), start, end in read(table, candidates, generated.sequence):
            if symbol != NA:
                places.append((row, start, end))
    triples = score_triples(table, candidates, own)
    kept = [i for i, triple in enumerate(triples) if triple.score >= threshold]
    weights = numpy.zeros((len(kept), len(kept)))
    for i, one in enumerate(kept):
        row, start, end = places[one]
        for j, other in enumerate(kept[:i]):
            earlier_row, first, last = places[other]
            if earlier_row == row:
                # A symbol is chosen where the one before it is read.
                looks = attended[row, start:end, first + 1 : last + 1]
                weights[i, j] = looks.sum(1).mean()
    return Dependencies(doc, tuple(triples[i] for i in kept), weights)
