"""An answer ends with what ends a turn of the base model, which is not always what ends a text."""

import pytest

from spacy_docre.models.llm.local.tokens import Tokens

from .making import make_tokenizer


@pytest.fixture
def tokenizer():
    tokenizer = make_tokenizer()
    # As Llama 3's, whose texts end with another token than its turns.
    tokenizer.eos_token = "<|begin|>"
    return tokenizer


def stop(tokenizer):
    return tokenizer.convert_tokens_to_ids("<|stop|>")


def test_the_chat_template_says_how_a_turn_ends(tokenizer):
    assert Tokens(tokenizer).end == stop(tokenizer) != tokenizer.eos_token_id


def test_without_a_template_generation_says_it(tokenizer):
    tokenizer.chat_template = None
    assert Tokens(tokenizer, [stop(tokenizer)]).end == stop(tokenizer)
    both = [stop(tokenizer), tokenizer.eos_token_id]
    assert Tokens(tokenizer, both).end == tokenizer.eos_token_id
    assert Tokens(tokenizer).end == tokenizer.eos_token_id


def test_a_template_that_takes_no_answers_says_nothing(tokenizer):
    tokenizer.chat_template = "{{ raise_exception('one message') if messages | length > 1 }}"
    assert Tokens(tokenizer).end == tokenizer.eos_token_id


def test_the_template_is_told_what_the_settings_say(tokenizer):
    tokenizer.chat_template += "{% if enable_thinking is false %}<think></think>\n{% endif %}"
    tokens = Tokens(tokenizer)
    assert tokens.around(None, {})[1].endswith("assistant\n")
    assert tokens.around(None, {"enable_thinking": False})[1].endswith("<think></think>\n")
