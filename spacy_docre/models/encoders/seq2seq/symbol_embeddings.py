"""The embeddings of symbols: new rows beside those of the model's word pieces."""

from typing import Any, List, Optional

import torch
from torch import Tensor, nn

from ...grammar.symbols import SymbolTable

END_TEXT = "end"
NA_TEXT = "no relation"


class SymbolEmbeddings(nn.Module):
    """Embed symbols, and say how probable they are. In place of a larger vocabulary, of which
    only the symbols would ever be generated, they have a small matrix of their own.

    rows (int): The number of symbols: END, NA, relations and entities.
    width (int): The width of the model.
    tied (bool): Whether input and output share their embeddings, as the pieces of the model do.
    input_scale (float): What the model multiplies embeddings by.
    output_scale (float): What it multiplies states by, before they are compared with embeddings.
    positions (int): The number of positions for symbols after those that the model has.
    """

    def __init__(
        self,
        rows: int,
        width: int,
        *,
        tied: bool,
        input_scale: float,
        output_scale: float,
        positions: int = 0,
    ) -> None:
        super().__init__()
        self.input = nn.Embedding(rows, width)
        self.output = None if tied else nn.Embedding(rows, width)
        self.positions = nn.Parameter(torch.zeros(positions, width)) if positions else None
        self.input_scale = input_scale
        self.output_scale = output_scale

    def forward(self, rows: Tensor) -> Tensor:
        """*Shape:* (…,) -> (…, width)"""
        return self.input(rows) * self.input_scale

    def logits(self, states: Tensor) -> Tensor:
        """*Shape:* (…, width) -> (…, rows)"""
        embeddings = self.input if self.output is None else self.output
        return (states * self.output_scale) @ embeddings.weight.T

    @torch.no_grad()
    def start_from(self, pieces: List[List[int]], input: Tensor, output: Optional[Tensor]) -> None:
        """Begin with the mean of word pieces.

        pieces (List[List[int]]): The pieces of each symbol, one or more.
        input (Tensor): The embeddings of pieces. *Shape:* (pieces, width)
        output (Optional[Tensor]): The same of the model's output, where it has its own.
        """
        for row, ids in enumerate(pieces):
            self.input.weight[row] = input[ids].mean(0)
            if self.output is not None and output is not None:
                self.output.weight[row] = output[ids].mean(0)

    @torch.no_grad()
    def repeat_positions(self, positions: Tensor) -> None:
        """Begin further positions as copies of the model's own, one after another, which is how
        LED's encoder was made from BART's (Longformer, Beltagy et al. 2020, Section 7).

        positions (Tensor): The model's positions. *Shape:* (positions, width)
        """
        if self.positions is not None:
            index = torch.arange(len(self.positions), device=positions.device) % len(positions)
            self.positions.copy_(positions[index])


def symbol_pieces(table: SymbolTable, tokenizer: Any) -> List[List[int]]:
    """What each symbol's embedding begins as (Appendix A.1 of the paper): an entity as its
    number, after its type where types have symbols of their own; a relation as its name; END
    as the end of a text.

    table (SymbolTable): The symbols.
    tokenizer (PreTrainedTokenizerBase): The tokenizer.
    RETURNS (List[List[int]]): The word pieces of each symbol.
    """
    texts = [END_TEXT, NA_TEXT, *(relation.name for relation in table.schema.relations)]
    for type, size in table.capacity.items():
        texts.extend(f"{type} {number}".strip() for number in range(size))
    pieces: List[List[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    if tokenizer.eos_token_id is not None:
        pieces[0] = [tokenizer.eos_token_id]
    # A name may consist of nothing that the tokenizer knows.
    return [ids or pieces[1] for ids in pieces]
