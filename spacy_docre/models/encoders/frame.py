"""What a tokenizer puts around a text."""

from typing import Any, List, NamedTuple


class Frame(NamedTuple):
    """What a tokenizer puts around a text.

    before (List[int]): Pieces before it, as BART's <s>.
    after (List[int]): Pieces after it, as </s>.
    """

    before: List[int]
    after: List[int]

    @classmethod
    def of(cls, tokenizer: Any) -> "Frame":
        """RETURNS (Frame): The frame of a tokenizer."""
        encoded = tokenizer("a", return_special_tokens_mask=True)
        pieces, special = encoded["input_ids"], encoded["special_tokens_mask"]
        text = [i for i, is_special in enumerate(special) if not is_special]
        first, last = (text[0], text[-1]) if text else (len(pieces), len(pieces))
        return cls(list(pieces[:first]), list(pieces[last + 1 :]))
