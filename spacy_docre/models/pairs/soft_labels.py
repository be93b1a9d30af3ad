"""What a teacher finds probable of pairs of entities, as a matrix to learn from."""

from collections.abc import Sequence
from typing import Tuple

import numpy
import torch
from torch import Tensor

from ...data.entities import EntityDoc
from ...data.schema import Schema


def have_teachers(docs: Sequence[EntityDoc]) -> bool:
    """RETURNS (bool): Whether any of these documents has soft labels."""
    return any(doc.soft is not None for doc in docs)


def soft_labels(
    docs: Sequence[EntityDoc], pairs: Sequence[Tensor], schema: Schema, device: torch.device
) -> Tuple[Tensor, Tensor]:
    """Look soft labels of pairs up.

    docs (Sequence[EntityDoc]): The documents.
    pairs (Sequence[Tensor]): The heads and tails of each. *Shape:* (pairs, 2)
    schema (Schema): The relations.
    device (torch.device): Where the tensors go.
    RETURNS (Tuple[Tensor, Tensor]): Which pairs have a teacher, and how probable it finds each
        relation of theirs. *Shapes:* (all pairs,), (all pairs, relations)
    """
    lengths = [len(pair) for pair in pairs]
    taught = numpy.repeat([doc.soft is not None for doc in docs], lengths)
    labels = numpy.zeros((sum(lengths), len(schema.relations)), dtype="float32")
    first = 0
    for doc, own, length in zip(docs, pairs, lengths):
        if doc.soft:
            rows = {pair: first + n for n, pair in enumerate(map(tuple, own.tolist()))}
            for triple in doc.soft:
                labels[rows[triple.entities], schema.index(triple.label)] = triple.score
        first += length
    labels = labels.clip(0.0, 1.0)
    return torch.as_tensor(taught, device=device), torch.as_tensor(labels, device=device)
