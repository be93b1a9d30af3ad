"""Attention of decoder rows: to their own past, and to their document.

A document's keys and values exist once. Its rows look at them side by side, as one block of
queries, so that nothing is copied for each row.
"""

import math
from typing import Callable, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# *Shape:* (batch, attention heads, positions, depth) each.
KeysValues = Tuple[Tensor, Tensor]


class Attention:
    """The projections of a pretrained attention module, under the names they have here.

    query, key, value, output (nn.Linear): The projections.
    attention_heads (int): The number of attention heads.
    scale (float): What scores are multiplied by.
    dropout (float): The dropout rate of weights.
    module (nn.Module): The module they belong to.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        query: nn.Module,
        key: nn.Module,
        value: nn.Module,
        output: nn.Module,
        attention_heads: int,
        scale: float,
        dropout: float,
    ) -> None:
        self.module = module
        self.query = query
        self.key = key
        self.value = value
        self.output = output
        self.attention_heads = attention_heads
        self.scale = scale
        self.dropout = dropout

    def keys_values(self, states: Tensor) -> KeysValues:
        """*Shape:* (batch, positions, width)"""
        return self._split(self.key(states)), self._split(self.value(states))

    def queries(self, states: Tensor) -> Tensor:
        """*Shape:* (batch, positions, width) -> (batch, attention heads, positions, depth)"""
        return self._split(self.query(states))

    def attend(
        self,
        queries: Tensor,
        keys_values: KeysValues,
        mask: Optional[Tensor] = None,
        causal: bool = False,
    ) -> Tensor:
        """Look at keys, and take values.

        queries (Tensor): *Shape:* (batch, attention heads, positions, depth)
        keys_values (KeysValues): What to look at.
        mask (Optional[Tensor]): What to add to scores, or where to look.
        causal (bool): Whether a position sees only those up to itself.
        RETURNS (Tensor): What was seen by all attention heads, not yet projected.
            *Shape:* (batch, positions, width)
        """
        keys, values = keys_values
        if mask is not None and mask.dtype != torch.bool:
            mask = mask.to(queries.dtype)
        seen = F.scaled_dot_product_attention(
            queries,
            keys,
            values,
            attn_mask=mask,
            dropout_p=self.dropout if self.module.training else 0.0,
            is_causal=causal,
            scale=self.scale,
        )
        return seen.transpose(1, 2).flatten(2)

    def weights(
        self, queries: Tensor, keys: Tensor, mask: Optional[Tensor] = None, causal: bool = False
    ) -> Tensor:
        """How much each position looks at each key. For people to see: `attend` does not need it.

        *Shape:* (batch, attention heads, positions, keys)
        """
        scores = queries @ keys.transpose(2, 3) * self.scale
        if mask is not None:
            scores = scores + mask
        if causal:
            later = torch.ones(scores.shape[2:], dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(later, -math.inf)
        return scores.softmax(-1)

    def _split(self, projected: Tensor) -> Tensor:
        return projected.unflatten(2, (self.attention_heads, -1)).transpose(1, 2)


# From normalized states to what attention makes of them. *Shape:* (rows, positions, width)
Attend = Callable[[Attention, Tensor], Tensor]


class Memory(NamedTuple):
    """What the decoder knows of documents.

    keys_values (List[KeysValues]): For each decoder layer those of the documents' positions.
    visible (Tensor): What of them is not padding. *Shape:* (docs, 1, 1, positions)
    """

    keys_values: List[KeysValues]
    visible: Tensor

    def select(self, docs: Tensor) -> "Memory":
        """RETURNS (Memory): That of some of the documents."""
        return Memory([(k[docs], v[docs]) for k, v in self.keys_values], self.visible[docs])


class Block(NamedTuple):
    """Rows side by side, document by document.

    doc (Tensor): The document of each row. *Shape:* (rows,)
    slot (Tensor): Its place among the rows of the document. *Shape:* (rows,)
    docs (int): The number of documents.
    slots (int): The number of rows of the document with most.
    """

    doc: Tensor
    slot: Tensor
    docs: int
    slots: int

    @classmethod
    def of(cls, doc: Tensor, docs: int) -> "Block":
        """RETURNS (Block): The block of rows of these documents. *Shape:* (rows,)"""
        counts = torch.bincount(doc, minlength=docs)
        order = doc.argsort(stable=True)
        first = counts.cumsum(0) - counts
        slot = torch.empty_like(doc)
        slot[order] = torch.arange(len(doc), device=doc.device) - first[doc[order]]
        return cls(doc, slot, docs, int(counts.max()) if len(counts) else 0)

    def look(self, attention: Attention, states: Tensor, memory: Memory, layer: int) -> Tensor:
        """Let all rows look at their documents.

        attention (Attention): The attention to use.
        states (Tensor): The states of the rows. *Shape:* (rows, positions, width)
        memory (Memory): The documents.
        layer (int): The decoder layer.
        RETURNS (Tensor): *Shape:* (rows, positions, width)
        """
        projected = attention.query(states)
        positions, width = projected.shape[1:]
        block = projected.new_zeros(self.docs, self.slots, positions, width)
        block = block.index_put((self.doc, self.slot), projected)
        queries = block.view(
            self.docs, self.slots * positions, attention.attention_heads, -1
        ).transpose(1, 2)
        seen = attention.attend(queries, memory.keys_values[layer], memory.visible)
        seen = seen.view(self.docs, self.slots, positions, width)[self.doc, self.slot]
        return attention.output(seen)
