"""A tokenizer that keeps text apart from control tokens."""

from typing import Any, List, Mapping, Optional, Sequence, Tuple

from jinja2 import TemplateError

from ....errors import Errors

# Stands for the text of a message while a chat template is rendered. Not a word of any text:
# the text itself never meets the template.
CONTENT = "spacydocrecontent"
REPLY = "spacydocrereply"
# What stands before the beginning of a line.
LINE = "x\n"


class Tokens:
    """A tokenizer.

    tokenizer (PreTrainedTokenizerBase): The tokenizer of the base model.
    ends (Sequence[int]): The tokens that end what the base model generates, as its generation
        config has them.
    RAISES (ValueError): If it has no token that ends a text.
    """

    def __init__(self, tokenizer: Any, ends: Sequence[int] = ()) -> None:
        self.tokenizer = tokenizer
        end = self._end_of_turn(ends)
        if end is None:
            raise self.refusal("it has no token that ends a text")
        self.end: int = end
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
        if not before:
            return self.texts(texts)
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

    def control_after(self, before: str, text: str) -> List[int]:
        """RETURNS (List[int]): The same, as it is spelled behind other text."""
        start, together = self.control(before), self.control(before + text)
        alike = together[: len(start)] == start
        return together[len(start) :] if alike else self.control(text)

    def context(self, before: str, text: str) -> str:
        """Find out how text is spelled behind what this package or the base model wrote: as if it
        stood alone, at the beginning of a line, or within one. Tokenizers of the kind of
        sentencepiece make other tokens of each.

        before (str): What stands before it, with control tokens.
        text (str): Some text.
        RETURNS (str): Behind this, text of any origin is spelled as it is there.
        """
        wanted = self.control_after(before, text)
        behind = ("", LINE, "x")
        return next((each for each in behind if self.after(each, text) == wanted), "")

    def around(self, wrap: Optional[str], chat_settings: Mapping[str, Any]) -> Tuple[str, str]:
        """What stands before and after a message.

        wrap (Optional[str]): The message in its surroundings, with `CONTENT` in its place. If
            None, what the chat template of the tokenizer says or, where there is none, the
            token that begins a text, and an empty line.
        chat_settings (Mapping[str, Any]): What the chat template is told.
        RETURNS (Tuple[str, str]): The text before and after, with control tokens.
        RAISES (ValueError): If the message does not occur once.
        """
        if wrap is None and self.tokenizer.chat_template:
            wrap = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": CONTENT}],
                tokenize=False,
                add_generation_prompt=True,
                **chat_settings,
            )
        if wrap is None:
            begin = self.tokenizer.build_inputs_with_special_tokens([])
            begin = [token for token in begin if token != self.end][:1]
            return "".join(self.tokenizer.convert_ids_to_tokens(begin)), "\n\n"
        if wrap.count(CONTENT) != 1:
            raise self.refusal("its chat template does not show the message once")
        before, after = wrap.split(CONTENT)
        return before, after

    def _end_of_turn(self, ends: Sequence[int]) -> Optional[int]:
        """The token that ends an answer: the one that the chat template writes behind it, or one
        with which generation ends. A tokenizer often names the end of a whole text instead."""
        own: Optional[int] = self.tokenizer.eos_token_id
        if self.tokenizer.chat_template:
            turns = [("user", CONTENT), ("assistant", REPLY)]
            messages = [{"role": role, "content": content} for role, content in turns]
            try:
                shown = self.tokenizer.apply_chat_template(messages, tokenize=False)
            except TemplateError:  # it takes no answers
                shown = ""
            _, found, after = shown.rpartition(REPLY)
            special = {*self.tokenizer.all_special_ids, *self.tokenizer.added_tokens_decoder}
            following = self.control(after.lstrip()) if found else []
            # What the template leaves out is what a text ends with.
            if following and following[0] in special:
                return following[0]
        return ends[0] if ends and own not in ends else own

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
