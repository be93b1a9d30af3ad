"""A tokenizer that keeps text apart from control tokens."""

from typing import Any, List, Optional, Sequence, Tuple

from ....errors import Errors

# Stands for the text of a message while a chat template is rendered. Not a word of any text:
# the text itself never meets the template.
CONTENT = "spacydocrecontent"


class Tokens:
    """A tokenizer.

    tokenizer (PreTrainedTokenizerBase): The tokenizer of the base model.
    RAISES (ValueError): If it has no token that ends a text.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        if tokenizer.eos_token_id is None:
            raise self.refusal("it has no token that ends a text")
        self.end: int = tokenizer.eos_token_id
        self.pad: int = self.end if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        self._special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}

    @property
    def name(self) -> str:
        """The base model whose tokenizer it is, for messages."""
        return str(self.tokenizer.name_or_path)

    def refusal(self, problem: str) -> ValueError:
        """RETURNS (ValueError): Why the tokenizer cannot be used."""
        return ValueError(Errors.DRE611.format(name=self.name, problem=problem))

    def texts(self, texts: Sequence[str]) -> List[List[int]]:
        """Tokenize texts of any origin. What looks like a control token, such as the one that
        ends a turn, is text like any other.

        texts (Sequence[str]): The texts.
        RETURNS (List[List[int]]): Their tokens.
        RAISES (ValueError): If the tokenizer makes control tokens of text nevertheless.
        """
        if not texts:
            return []
        encoded: List[List[int]] = self.tokenizer(
            list(texts),
            add_special_tokens=False,
            split_special_tokens=True,
            return_attention_mask=False,
            verbose=False,
        )["input_ids"]
        if any(not self._special.isdisjoint(ids) for ids in encoded):
            raise self.refusal("it makes control tokens of text")
        return encoded

    def show(self, tokens: Sequence[int]) -> str:
        """RETURNS (str): The text of tokens, for messages."""
        return repr(self.tokenizer.decode(tokens).strip())

    def text(self, text: str) -> List[int]:
        """RETURNS (List[int]): The tokens of one text."""
        return self.texts([text])[0]

    def all_after(self, before: str, texts: Sequence[str]) -> List[List[int]]:
        """Tokenize texts as they are in the middle of a line, where some tokenizers spell them
        differently.

        before (str): What stands before them.
        texts (Sequence[str]): The texts.
        RETURNS (List[List[int]]): The tokens of the texts alone.
        """
        start = self.text(before)
        together = self.texts([before + text for text in texts])
        return [
            ids[len(start) :] if ids[: len(start)] == start else alone
            for ids, alone in zip(together, self.texts(texts))
        ]

    def after(self, before: str, text: str) -> List[int]:
        """RETURNS (List[int]): The same for one text."""
        return self.all_after(before, [text])[0]

    def control(self, text: str) -> List[int]:
        """RETURNS (List[int]): The tokens of text that this package or the base model wrote,
        with control tokens."""
        return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=False)

    def around(self, wrap: Optional[str]) -> Tuple[List[int], List[int]]:
        """What stands before and after a message.

        wrap (Optional[str]): The message in its surroundings, with `CONTENT` in its place. If
            None, what the chat template of the tokenizer says or, where there is none, the
            token that begins a text, and an empty line.
        RETURNS (Tuple[List[int], List[int]]): The tokens before and after.
        RAISES (ValueError): If the message does not occur once.
        """
        if wrap is None and self.tokenizer.chat_template:
            wrap = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": CONTENT}], tokenize=False, add_generation_prompt=True
            )
        if wrap is None:
            begin = self.tokenizer.build_inputs_with_special_tokens([])
            return [token for token in begin if token != self.end][:1], self.text("\n\n")
        if wrap.count(CONTENT) != 1:
            problem = "its chat template does not show the message once"
            raise self.refusal(problem)
        before, after = wrap.split(CONTENT)
        return self.control(before), self.control(after)

    def offsets(self, text: str) -> List[int]:
        """RETURNS (List[int]): The character at which each token of a text begins."""
        encoded = self.tokenizer(
            text,
            add_special_tokens=False,
            split_special_tokens=True,
            return_offsets_mapping=True,
            return_attention_mask=False,
            verbose=False,
        )
        return [start for start, _ in encoded["offset_mapping"]]
