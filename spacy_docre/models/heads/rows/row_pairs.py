"""Which pairs rows over given tails are made of: in extraction, and so in training."""

from collections.abc import Sequence
from typing import List, Optional, Tuple

import torch
from torch import Tensor

from ...pairs.batch import EntityBatch
from .network import Marked, RowNetwork
from .top_tails import most_likely


def row_pairs(rows: RowNetwork, marked: Marked, top_k_tails: Optional[int]) -> List[Tensor]:
    """The pairs that extraction asks about: those that some relation may fill and, of these, the
    most likely ones of each row.

    rows (RowNetwork): The rows.
    marked (Marked): The documents, with marked mentions.
    top_k_tails (Optional[int]): How many pairs a row may have; all of them if None.
    RETURNS (List[Tensor]): The pairs of each document, in row-column order. *Shape:* (pairs, 2)
    """
    batch = marked.batch
    pairs = [_all_pairs(count, batch.entity_type.device) for count in batch.entities_per_doc]
    possible = allowed_relations(rows, batch, pairs)[:, 1:].any(1)
    pairs = [pair[own] for pair, own in zip(pairs, _split(possible, pairs))]
    if top_k_tails is None:
        return pairs
    assert rows.top_tails is not None
    kept = []
    with torch.no_grad():
        for logits, pair in zip(rows.top_tails(marked.symbols, batch), pairs):
            head, tail = pair.unbind(1)
            grid = torch.zeros_like(logits, dtype=torch.bool)
            grid[head, tail] = True
            kept.append(pair[most_likely(logits, grid, top_k_tails)[head, tail]])
    return kept


def allowed_relations(rows: RowNetwork, batch: EntityBatch, pairs: Sequence[Tensor]) -> Tensor:
    """Which relations the schema allows in pairs.

    rows (RowNetwork): The rows.
    batch (EntityBatch): The entities.
    pairs (Sequence[Tensor]): The pairs of each document. *Shape:* (pairs, 2)
    RETURNS (Tensor): *Shape:* (all pairs, 1 + relations), where NA is always allowed.
    """
    types = batch.entity_type.split(batch.entities_per_doc)
    heads, tails = (
        torch.cat([type[pair[:, side]] for type, pair in zip(types, pairs)]) for side in (0, 1)
    )
    return rows.allowed(heads, tails)


def _split(values: Tensor, pairs: Sequence[Tensor]) -> Tuple[Tensor, ...]:
    return values.split([len(pair) for pair in pairs])


def _all_pairs(entities: int, device: torch.device) -> Tensor:
    """All ordered pairs of different entities. *Shape:* (entities * (entities - 1), 2)"""
    index = torch.arange(entities, device=device)
    pairs = torch.cartesian_prod(index, index).view(-1, 2)
    return pairs[pairs[:, 0] != pairs[:, 1]]
