"""A server that tokenizes whole prompts, and knows a grammar in place of names as tokens, says what
the model in this process says: with a tokenizer of bytes, and with one of sentencepiece's kind."""

import pytest
import torch
from spacy.tokens import Doc

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.storage import load_relations
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.prompts.passages import whole
from spacy_docre.models.llm.questions import PartialTriple, ask, gold_parts, values_of
from spacy_docre.models.llm.remote.constraints import ListOf
from spacy_docre.models.llm.remote.endpoint import make_endpoint
from spacy_docre.models.llm.remote.session import RemoteSession
from tests.pipe.making import blank, learn, stories

from .gbnf import Grammar
from .making import INST, make_base, make_sentencepiece, rhf_pipeline

pytest.importorskip("sentencepiece")
ZEPHYR = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}"
    "{{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


@pytest.fixture(scope="module", params=["bytes", "inst", "zephyr"])
def pipeline(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    tokenizer = None
    if request.param != "bytes":
        chat = INST if request.param == "inst" else ZEPHYR
        tokenizer = make_sentencepiece(folder / "spm", chat)
    nlp = rhf_pipeline(make_base(folder / "base", tokenizer=tokenizer))
    learn(nlp, stories(nlp), steps=12)
    return nlp


def whole_prompt(tokenizer, message):
    """The tokens of a prompt as a server makes them."""
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": message}], tokenize=False, add_generation_prompt=True
    )
    return tokenizer.encode(text, add_special_tokens=False)


class Served:
    """An endpoint that generates with a model of this process, greedily, one token after another,
    of which each must be what the grammar allows."""

    def __init__(self, prompter):
        self.lm, self.prompts = prompter.lm, prompter.prompts._prompts
        self.endpoint = make_endpoint("http://nowhere/v1", alternatives=20)
        object.__setattr__(self.endpoint, "ask_all", self.ask_all)
        object.__setattr__(self.endpoint, "check_constraints", lambda *_: None)

    def ask_all(self, requests):
        return [self.complete(request) for request in requests]

    def complete(self, request):
        tokenizer = self.lm.tokens.tokenizer
        self.lm.activate(request["model"])
        grammar = Grammar(request["structured_outputs"]["grammar"])
        ids = whole_prompt(tokenizer, request["messages"][0]["content"])
        prompt, text, told = len(ids), "", []
        while True:
            with torch.inference_mode():
                logits = self.lm.model(input_ids=torch.tensor([ids])).logits[0, -1].log_softmax(-1)
            for token in logits.argsort(descending=True).tolist():
                ends = token == self.lm.tokens.end
                longer = text if ends else self.text_of([*ids[prompt:], token])
                if grammar.allows(text) if ends else text != longer and grammar.begins(longer):
                    break
            best = logits.topk(20)
            alternatives = [
                {"token": self.shown(ids[prompt:], text, int(index)), "logprob": float(value)}
                for value, index in zip(*best)
            ]
            own = {"token": self.shown(ids[prompt:], text, token), "logprob": float(logits[token])}
            told.append({**own, "top_logprobs": alternatives})
            ids, text = [*ids, token], longer
            if ends:
                message = {"content": text}
                return {"message": message, "logprobs": {"content": told}, "finish_reason": "stop"}

    def shown(self, said, text, token):
        if token == self.lm.tokens.end:
            return ""
        return self.text_of([*said, token])[len(text) :]

    def text_of(self, ids):
        """The text of tokens in the middle of others, with the space that they may begin with."""
        tokenizer = self.lm.tokens.tokenizer
        first = tokenizer.encode("x", add_special_tokens=False)
        before = tokenizer.decode(first)
        return tokenizer.decode([*first, *ids], clean_up_tokenization_spaces=False)[len(before) :]


def gold_questions(prompter):
    """The questions of all stages that follow from what is right."""
    stored = [(doc, load_relations(doc)) for doc in stories(blank())]
    docs = [EntityDoc(doc, found.entities, found.triples) for doc, found in stored]
    passages = whole(docs)
    for stage in prompter.settings.chain:
        questions = []
        for passage in passages:
            gold = gold_parts(passage, prompter.schema)
            given = {tuple((r, parts[r]) for r in sorted(stage.given)) for parts in gold}
            partials = [PartialTriple(parts) for parts in sorted(given)]
            questions += ask(stage, passage, partials or [PartialTriple()], prompter.schema)
        yield stage, passages, questions


def test_prompts_are_the_tokens_that_a_server_makes(pipeline):
    prompter = prompter_of(pipeline.get_pipe("docre").model)
    tokenizer, encoded = prompter.lm.tokens.tokenizer, prompter.prompts
    texts = ["So Ann met Bob .", "  Two  spaces", "\tÄrger — 東京", "(x)", "- a"]
    strange = whole([EntityDoc(Doc(blank().vocab, words=[text]), ()) for text in texts])
    for _, passages, questions in gold_questions(prompter):
        for passage in [*passages, *strange]:
            for question in questions[:3]:
                plain = encoded._prompts.passage(passage) + encoded._prompts.question(question)
                ours = encoded.passages([passage])[0] + encoded.questions([question])[0]
                assert ours == whole_prompt(tokenizer, plain)


def test_served_and_local_answers_agree(pipeline):
    prompter = prompter_of(pipeline.get_pipe("docre").model)
    served = Served(prompter)
    remote = RemoteSession(
        served.endpoint, served.prompts, prompter.lm.lora, prompter.schema, answer_tokens=128
    )
    listed = 0
    for stage, passages, questions in gold_questions(prompter):
        local = prompter.session(passages, 0.5)
        # What can be listed in any order here has one there, which is the one that was learnt.
        # Where two names are about as probable, theirs is the one that begins better.
        for ours, theirs in zip(local.answer(stage, questions), remote.answer(stage, questions)):
            if ours == sorted(ours) and all(item.score > 0.6 for item in ours):
                listed += len(ours)
                assert [item.values for item in ours] == [item.values for item in theirs]
                # Theirs are no higher: they count what the constraints do not allow, too.
                for one, other in zip(ours, theirs):
                    assert 0 < other.score <= one.score + 0.02
    assert listed > 3


def test_what_is_learnt_is_the_text_that_is_read(pipeline):
    prompter = prompter_of(pipeline.get_pipe("docre").model)
    for stage, passages, questions in gold_questions(prompter):
        names = prompter.answer_tokenizer.entities(passages[0])
        question = next(each for each in questions if each.passage is passages[0])
        value = values_of(question.choices(prompter.schema).options())[0]
        target = prompter.answer_tokenizer.target(question, [(value,)], names)
        text = Served(prompter).text_of(target[:-1])
        assert text.lstrip(" ").startswith("- ")
        assert not text.endswith("\n"), stage.name
        remote = RemoteSession(None, prompter.prompts._prompts, None, prompter.schema, 9)
        names = remote._names(question)
        grammar = Grammar(ListOf(stage.asks, names, question.choices(prompter.schema)).grammar)
        assert grammar.allows(text)
