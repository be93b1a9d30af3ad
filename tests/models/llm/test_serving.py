"""The same stages against an endpoint, which is a server in a process of its own."""

import subprocess
import sys
from math import log
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, Span

import spacy_docre
from spacy_docre.data.entities import EntityDoc
from spacy_docre.models.llm.answers.choices import Choices
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.remote import endpoint as endpoints
from spacy_docre.models.llm.remote.constraints import MOST_ITEMS, ListOf
from spacy_docre.models.llm.remote.reading import Answer
from tests.pipe.making import STORIES, blank, examples, facts_of, stories, without_relations

from .gbnf import Grammar
from .making import rhf_model, rhf_pipeline

httpx = pytest.importorskip("httpx")
SERVER = Path(__file__).parent / "server.py"


@pytest.fixture(scope="module")
def server():
    process = subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE, text=True)
    with process.stdout:
        port = process.stdout.readline().strip()
    yield f"http://127.0.0.1:{port}/vllm/v1"
    process.terminate()
    process.wait()


@pytest.fixture
def url(server):
    """The server, with nothing in its memory."""
    httpx.delete(server).raise_for_status()
    return server


def served(url, *, chain=None, prompts=None, budget=None, **settings):
    """A pipeline without a base model in this process."""
    server = {"@misc": "spacy_docre.OpenAIEndpoint.v1", "url": url, "backoff": 0.01, **settings}
    given = {name: value for name, value in (("prompts", prompts), ("budget", budget)) if value}
    model = {**rhf_model("nowhere", **given), "endpoint": server}
    if chain:
        model["chain"] = chain
    nlp = blank()
    nlp.add_pipe("docre", config={"model": model})
    nlp.initialize(lambda: examples(nlp))
    return nlp


@pytest.mark.parametrize("move", ["to_cpu", "to_gpu"])
def test_what_has_no_model_in_this_process_can_be_moved(url, move):
    nlp = served(url)
    model = nlp.get_pipe("docre").model
    model.shims[0].to_device("cpu" if move == "to_cpu" else "gpu", 0)
    if move == "to_cpu":
        model.to_cpu()
    model.finish_update(nlp.resume_training())
    assert any(found(nlp))


def found(nlp):
    return [facts_of(doc) for doc in nlp.pipe(map(without_relations, stories(nlp)))]


def requests_to(url):
    return httpx.get(f"{url}/requests").json()


def test_the_stages_find_what_the_server_knows(url, monkeypatch):
    monkeypatch.setenv("THE_KEY", "sesame")
    nlp = served(url, models={"heads": "heads-v2"}, key_variable="THE_KEY", concurrency=4)
    assert found(nlp) == list(map(set, STORIES))
    seen = requests_to(url)
    assert {request["model"] for request in seen["requests"]} == {"relations", "heads-v2", "facts"}
    assert {request["key"] for request in seen["requests"]} == {"Bearer sesame"}
    assert {request["temperature"] for request in seen["requests"]} == {0}
    assert 1 < seen["most"] <= 4
    doc = nlp(without_relations(stories()[1]))
    # Each stage was nearly certain of it.
    assert all(0.8 < relation.score < 1 for relation in doc._.relations)


SCORED = {"@misc": "spacy_docre.RHFChain.v1", "relations": {"answer": "score"}}
KINDS = ["vllm", "llama.cpp", "openai", "ollama", "json", "plain"]


def at(url, server):
    return {"url": url.replace("/vllm/", f"/{server}/"), "server": server}


@pytest.mark.parametrize("chain", [None, SCORED], ids=["listed", "scored"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_server_is_asked_in_its_own_words(url, kind, chain):
    """The server refuses fields that one of its kind does not have."""
    nlp = served(**at(url, kind), chain=chain)
    docs = list(nlp.pipe(map(without_relations, stories(nlp))))
    assert list(map(facts_of, docs)) == list(map(set, STORIES))
    scores = [relation.score for doc in docs for relation in doc._.relations]
    if kind in ("vllm", "llama.cpp", "openai"):
        assert all(0 < score < 1 for score in scores)
    else:
        assert scores == [None] * len(scores), "what nobody told is not 1"
    endpoint = prompter_of(nlp.get_pipe("docre").model)._endpoint
    asked = len(requests_to(url)["requests"])
    assert endpoint.usage.to_dict() == {
        "requests": asked,
        "prompt_tokens": 10 * asked,
        "completion_tokens": 2 * asked,
        "uncounted": 0,
    }


def test_a_model_that_takes_no_temperature_is_asked_without(url):
    settings = {"extra": {"temperature": None, "reasoning_effort": "low"}, "log_probs": False}
    models = dict.fromkeys(["relations", "heads", "facts"], "thinker")
    with pytest.raises(ValueError, match=r"DRE615.*thinker.*no temperature"):
        found(served(**at(url, "openai"), models=models))
    nlp = served(**at(url, "openai"), models=models, **settings)
    assert found(nlp) == list(map(set, STORIES))
    asked = requests_to(url)["requests"][-1]
    assert asked["reasoning_effort"] == "low"
    assert "temperature" not in asked


def test_the_chat_template_is_told_what_the_prompts_say(url):
    thinking = {"chat_settings": {"enable_thinking": False}}
    found(served(url, prompts=thinking))
    asked = requests_to(url)["requests"]
    assert all(each["chat_template_kwargs"] == {"enable_thinking": False} for each in asked)


def test_an_answer_may_begin_with_a_space(url):
    nlp = served(url, models={"heads": "spaced"})
    assert found(nlp) == list(map(set, STORIES))


def test_one_document_that_is_refused_does_not_end_the_run(url):
    nlp = served(url)
    docs = list(map(without_relations, stories(nlp)))
    words = ["Qqq" if token.text in ("was", "now") else token.text for token in docs[1]]
    assert "Qqq" in words
    refused = Doc(nlp.vocab, words=words, spaces=[bool(token.whitespace_) for token in docs[1]])
    refused.ents = [Span(refused, ent.start, ent.end, ent.label_) for ent in docs[1].ents]
    docs[1] = refused
    with pytest.warns(UserWarning, match=r"DRW760.*longer than the model's context"):
        read = list(nlp.pipe(docs))
    assert [facts_of(doc) for doc in read] == [set(STORIES[0]), set(), *map(set, STORIES[2:])]


def test_what_is_longer_than_the_context_of_the_server_is_read_in_windows(url):
    nlp = served(url, budget={"answer_tokens": 128})
    prompter = prompter_of(nlp.get_pipe("docre").model)
    words = [token.text for doc in stories() for token in doc] * 12
    long = Doc(nlp.vocab, words=words)
    passages = prompter.passages([EntityDoc(long, ())])
    assert len(passages) > 1
    assert passages[-1].end == len(long)
    room = 800 - 128 - prompter._longest_question
    for passage in passages:
        assert len(prompter._texts.passage(passage).encode()) / 3 <= room
    (whole,) = prompter_of(served(**at(url, "openai")).get_pipe("docre").model).passages(
        [EntityDoc(long, ())]
    )
    assert whole.end == len(long), "this one does not say what it can read"


def test_a_busy_server_is_asked_again(url):
    nlp = served(url, models={"relations": "busy"}, concurrency=1)
    assert found(nlp) == list(map(set, STORIES))
    models = [request["model"] for request in requests_to(url)["requests"]]
    # Once for each question, twice in vain, and once to see that constraints hold.
    assert models.count("busy") == 3 + 2 + 1


@pytest.mark.parametrize(
    ("model", "requests", "problem"),
    [
        ("absent", 1, "status 404"),
        ("moved", 1, "status 307"),
        ("overloaded", 3, "status 429"),
        ("slow", 3, "ReadTimeout"),
        ("odd", 1, "another form"),
        ("parts", 1, "another form.*no text"),
        ("nan", 1, "another form.*no log-probabilities"),
        ("deep", 1, "another form.*RecursionError"),
        ("squeezed", 3, "DecodingError"),
        ("dripping", 3, "ReadTimeout"),
    ],
)
def test_failures_are_reported(url, model, requests, problem):
    nlp = served(url, models={"relations": model}, retries=2, timeout=0.4)
    with pytest.raises(ValueError, match=f"DRE615.*{model}.*{problem}"):
        nlp(without_relations(stories()[0]))
    assert len(requests_to(url)["requests"]) == requests


@pytest.mark.parametrize("key", ["sesame\r", "sesame\n", " sesame", "se\nsame", "sesamé"])
def test_what_cannot_be_a_key_is_neither_sent_nor_shown(url, monkeypatch, key):
    monkeypatch.setenv("THE_KEY", key)
    nlp = served(url, key_variable="THE_KEY")
    with pytest.raises(ValueError, match=r"DRE623.*THE_KEY") as error:
        nlp(without_relations(stories()[0]))
    assert "same" not in str(error.value)
    assert not requests_to(url)["requests"]


def test_a_password_in_the_address_is_sent_but_not_shown(url):
    nlp = served(url.replace("//", "//ann:sesame@"), models={"relations": "busy"}, retries=0)
    with pytest.raises(ValueError, match="DRE615") as error:
        nlp(without_relations(stories()[0]))
    assert url in str(error.value)
    assert "sesame" not in str(error.value)


def test_a_server_that_repeats_the_key_does_not_put_it_into_messages(url, monkeypatch):
    monkeypatch.setenv("THE_KEY", "sesame")
    nlp = served(url, models={"relations": "talkative"}, key_variable="THE_KEY")
    with pytest.raises(ValueError, match=r"DRE615.*wrong: Bearer \(the key\)") as error:
        nlp(without_relations(stories()[0]))
    assert "sesame" not in str(error.value)


def test_an_answer_that_unpacks_to_more_than_any_answer_has_is_not_read(url, monkeypatch):
    monkeypatch.setattr(endpoints, "LARGEST_ANSWER", 1 << 16)
    with pytest.raises(ValueError, match=r"DRE615.*endless.*more than 65,536 bytes"):
        served(url, models={"relations": "endless"})(without_relations(stories()[0]))


def test_a_server_that_is_gone_is_reported():
    with pytest.raises(ValueError, match=r"DRE615.*ConnectError"):
        served("http://127.0.0.1:9/v1", retries=1)(without_relations(stories()[0]))


def test_what_is_no_item_is_left_out_and_counted(url):
    nlp = served(url, models={"heads": "chatty"})
    with pytest.warns(UserWarning, match=r"DRW602.*'heads'"):
        doc = nlp(without_relations(stories()[0]))
    assert facts_of(doc) == set(STORIES[0])


def test_answers_that_were_cut_are_warned_about(url):
    nlp = served(url, models={"facts": "cut"})
    with pytest.warns(UserWarning, match="DRW600"):
        assert facts_of(nlp(without_relations(stories()[0]))) == set(STORIES[0])


@pytest.mark.parametrize("chain", [None, SCORED], ids=["listed", "scored"])
@pytest.mark.parametrize(
    ("kind", "field"),
    [("vllm", "structured_outputs"), ("llama.cpp", "grammar"), ("openai", "response_format")],
)
def test_a_server_that_ignores_constraints_is_found_out_at_once(url, chain, kind, field):
    careless = url.replace("/vllm/", "/careless/")
    nlp = served(careless, server=kind, chain=chain)
    with pytest.raises(ValueError, match=rf"DRE621.*careless.*`{field}`.*'relations'.*'Hello!'"):
        nlp(without_relations(stories()[0]))
    assert len(requests_to(url)["requests"]) == 1


def test_a_server_that_refuses_after_it_ignored_constraints_is_reported(url, monkeypatch):
    nlp = served(url.replace("/vllm/", "/careless/"))
    with pytest.raises(ValueError, match="DRE621"):
        nlp(without_relations(stories()[0]))
    monkeypatch.setattr(endpoints, "HELLO", "Qqq")  # which it refuses
    with pytest.raises(ValueError, match=r"DRE615.*status 400.*longer"):
        nlp(without_relations(stories()[0]))


def test_a_model_that_has_no_room_to_think_is_reported_and_may_get_it(url):
    models = dict.fromkeys(["relations", "heads", "facts"], "muser")
    with pytest.raises(ValueError, match=r"DRE622.*'muser'.*24 tokens.*`max_completion_tokens`"):
        found(served(url, models=models))
    nlp = served(url, models=models, extra={"max_completion_tokens": 4096})
    assert found(nlp) == list(map(set, STORIES))


def test_a_server_of_another_kind_is_reported(url):
    with pytest.raises(ValueError, match=r"DRE615.*status 400.*structured_outputs"):
        found(served(url.replace("/vllm/", "/llama.cpp/"), server="vllm", extra=MAX))


MAX = {"max_completion_tokens": None, "max_tokens": 8}


def test_adapters_are_kept_beside_an_endpoint(url, base, trained, tmp_path):
    trained.to_disk(tmp_path / "local")
    endpoint = {"@misc": "spacy_docre.OpenAIEndpoint.v1", "url": url}
    config = {"components": {"docre": {"model": {"endpoint": endpoint}}}}
    with spacy_docre.trust():
        nlp = spacy.load(tmp_path / "local", config=config)
    assert found(nlp) == list(map(set, STORIES))
    nlp.to_disk(tmp_path / "served")
    config["components"]["docre"]["model"]["endpoint"] = None
    again = spacy.load(tmp_path / "served", config=config)
    expected = prompter_of(trained.get_pipe("docre").model).lm.parameters()
    for name, parameter in prompter_of(again.get_pipe("docre").model).lm.parameters().items():
        assert parameter.equal(expected[name])


def test_what_is_behind_an_endpoint_is_not_trained(url):
    nlp = served(url)
    with pytest.raises(ValueError, match="DRE618"):
        nlp.update(examples(nlp))


def choices():
    domains = {"head": (0, 1), "tail": (0, 1)}
    return Choices({}, ("head", "tail"), domains, lambda p: p["head"] != p.get("tail"))


ASKS = ("head", "tail")
NAMES = [{0: ("A (x)", "a"), 1: ("B.",)}] * 2


def answer(text, *, in_json=False, reason="stop", tokens=()):
    choice = {"message": {"content": text}, "finish_reason": reason}
    return Answer({**choice, "logprobs": {"content": tokens}}, in_json=in_json)


@pytest.mark.parametrize(
    ("text", "items", "wrong"),
    [
        ("none", [], 0),
        (" none", [], 0),
        ("- A (x) | B.\n- B. | a\n", [(0, 1), (1, 0)], 0),
        (" - A (x) | B.\n- B. | a", [(0, 1), (1, 0)], 0),
        ("- A (x) | B.\n- a | B.\n", [(0, 1)], 1),
        ("- a | a\n- A | B.\n- a\n- a | B. | a\nnone\n", [], 5),
        ("", [], 1),
    ],
)
def test_answers_are_read_strictly(text, items, wrong):
    read, refused = answer(text).items(ASKS, NAMES, choices())
    assert [item.values for item in read] == items
    assert [item.score for item in read] == [None] * len(items)
    assert refused == wrong


@pytest.mark.parametrize(
    ("text", "items", "wrong"),
    [
        ('{"answer": []}', [], 0),
        (
            '{"answer": [{"head": "a", "tail": "B."}, {"head": "B.", "tail": "a"}]}',
            [(0, 1), (1, 0)],
            0,
        ),
        ('{"answer": [{"head": "a", "tail": "B."}, {"head": "a", "tail": 3}, "a"]}', [(0, 1)], 2),
        ("- a | B.", [], 1),
        ('{"answer": [{"head": "a", "tail": "B."}, {"head": "B.", "ta', [(0, 1)], 1),
        ('{"answer": [{"head": "a", "tail": "B."}, oops, {"head": "B."}]}', [(0, 1)], 1),
        ('{"answer": [' + "[" * 100_000, [], 1),
    ],
)
def test_answers_in_json_are_read_strictly(text, items, wrong):
    read, refused = answer(text, in_json=True).items(ASKS, NAMES, choices())
    assert [item.values for item in read] == items
    assert refused == wrong


@pytest.mark.parametrize("reason", ["length", "content_filter", "error", {"odd": 1}])
def test_the_last_line_of_a_cut_answer_does_not_count(reason):
    cut = answer("- a | B.\n- B. | a", reason=reason)
    read, refused = cut.items(ASKS, NAMES, choices())
    assert [item.values for item in read] == [(0, 1)]
    assert refused == 0
    assert cut.cut
    cut = answer(
        '{"answer": [{"head": "a", "tail": "B."}, {"head": "B.", "ta', in_json=True, reason=reason
    )
    assert [item.values for item in cut.items(ASKS, NAMES, choices())[0]] == [(0, 1)]


@pytest.mark.parametrize("reason", ["stop", "STOP", "eos", "end_turn", "", None])
def test_the_last_line_of_an_answer_that_ended_counts(reason):
    ended = answer("- a | B.\n- B. | a", reason=reason)
    assert [item.values for item in ended.items(ASKS, NAMES, choices())[0]] == [(0, 1), (1, 0)]
    assert not ended.cut


def told(token, log_prob, **alternatives):
    others = [
        {"token": key.replace("END", ""), "logprob": log(p)} for key, p in alternatives.items()
    ]
    own = {"token": token, "logprob": log(log_prob)}
    return {**own, "top_logprobs": [own, *others] if others else []}


def test_a_score_compares_an_item_with_the_end_of_the_list():
    tokens = [told("-", 0.6, none=0.2), told(" a", 0.5), told("\n", 0.3, END=0.6), told("- B.", 1)]
    read, _ = answer("- a\n- B.", tokens=tokens).items(("head",), NAMES[:1], one_part())
    assert [item.score for item in read] == pytest.approx([0.3 / (0.3 + 0.2), 0.3 / 0.9])


def one_part():
    return Choices({}, ("head",), {"head": (0, 1)}, lambda parts: True)


def test_the_score_of_an_item_in_json_is_the_same_in_one_token_with_what_is_around_it():
    def items(open_list, between, close):
        tokens = [told('{"answer', 1), *open_list]
        for head, tail, share, behind in (("a", "B.", 0.1, between), ("B.", "a", 0.9, close)):
            names = [told('head":"', 1, x=1e-9), told(head, share, other=1 - share)]
            tokens += [*names, told('","tail":"', 1), told(tail, 1), *behind]
        text = "".join(token["token"] for token in tokens)
        read, wrong = answer(text, in_json=True, tokens=tokens).items(ASKS, NAMES, choices())
        assert not wrong
        return [item.score for item in read]

    apart = items(
        [told('":[', 1), told('{"', 0.5, **{"]": 0.5})],
        [told('"}', 1), told(',{"', 0.2, **{"]}": 0.8})],
        [told('"}', 1), told("]}", 1)],
    )
    together = items(
        [told('":[{"', 0.5, **{'":[]}': 0.5})],
        [told('"},{"', 0.2, **{'"}]}': 0.8})],
        [told('"}]}', 1)],
    )
    assert apart == pytest.approx([0.05 / 0.55, 0.18 / 0.98])
    assert together == pytest.approx(apart)


def test_a_space_that_tokens_lack_changes_no_score_in_json():
    tokens = [told('{"', 1), told("answer", 1), told('":', 1), told("[", 0.9)]
    tokens += [told('"', 0.5, **{"]": 0.25}), told("a", 0.8), told('"', 1), told("]}", 1)]
    scores = []
    for text in ('{"answer":["a"]}', '{"answer": [ "a"]}'):
        read, _ = answer(text, in_json=True, tokens=tokens).items(("head",), NAMES[:1], one_part())
        scores += [item.score for item in read]
    assert scores == pytest.approx([0.4 / 0.65] * 2)


def test_what_can_not_be_said_has_a_log_probability_of_any_size():
    for never in (-9999.0, float("-inf")):
        own = {"token": "- a", "logprob": log(0.5)}
        end = {"token": "none", "logprob": never}
        (item,), _ = answer("- a", tokens=[{**own, "top_logprobs": [own, end]}]).items(
            ("head",), NAMES[:1], one_part()
        )
        assert item.score == pytest.approx(1.0)
        alone = {"token": "- a", "logprob": never, "top_logprobs": [end, end]}
        (item,), _ = answer("- a", tokens=[alone]).items(("head",), NAMES[:1], one_part())
        assert 0 <= item.score <= 1


def test_without_alternatives_a_score_is_the_probability_of_the_item():
    tokens = [told("-", 0.5), told(" a", 0.5)]
    ((item,), _) = answer("- a", tokens=tokens).items(("head",), NAMES[:1], one_part())
    assert item.score == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("text", "tokens", "score"),
    [
        ("yes", [told("yes", 0.6, no=0.2, x=0.1)], 0.75),
        (" yes", [told(" ", 1), told("yes", 0.6, no=0.2)], 0.75),
        ("no", [told("no", 0.6, Yes=0.2)], 0.25),
        ("no", [told("no", 0.9)], 0.1),
        ("yes", [], None),
        ("no", [], 0.0),
    ],
)
def test_a_verdict_is_the_probability_of_yes(text, tokens, score):
    assert answer(text, tokens=tokens).verdict() == (True, score and pytest.approx(score))


def test_a_verdict_is_nothing_else():
    assert answer("maybe").verdict() == (False, None)
    assert answer('{"answer": "yes"}', in_json=True).verdict() == (True, None)
    assert answer("yes", in_json=True).verdict() == (False, None)


def test_a_grammar_lists_each_item_once_in_order_and_ends_behind_a_name():
    grammar = Grammar(ListOf(ASKS, NAMES, choices()).grammar)
    for text in ("none", " none", "- A (x) | B.", "- B. | A (x)", " - a | B.\n- B. | a"):
        assert grammar.allows(text)
    for text in (
        "",
        "- A (x) | B.\n",
        "- A (x) | B.\n- a | B.",
        "- B. | a\n- a | B.",
        "- A (x) | B.- B. | a",
        "- A x | B.",
        "- a | Bx",
        "none\n- a | B.",
    ):
        assert not grammar.allows(text)


def test_a_grammar_of_very_many_items_knows_the_names():
    entities = tuple(range(60))
    domains = {"head": entities, "tail": entities}
    many = Choices({}, ASKS, domains, lambda p: p["head"] != p.get("tail"))
    names = [{i: (f"n{i}",) for i in entities}] * 2
    assert MOST_ITEMS < 60 * 59
    grammar = Grammar(ListOf(ASKS, names, many).grammar)
    assert grammar.allows("- n59 | n3\n- n1 | n0")
    assert not grammar.begins("- n60")


@pytest.mark.parametrize("name", ['a "b"', "a\\b", "ä|b".replace("|", ""), "(x)* [y]", "\t"])
def test_names_are_no_grammar(name):
    (own,) = [{0: (name,), 1: ("b",)}]
    assert Grammar(ListOf(("head",), [own], one_part()).grammar).allows(f"- {name}\n- b")


@pytest.mark.parametrize(("setting", "value"), [("server", "tgi"), ("constraints", "guided")])
def test_an_endpoint_with_unknown_capabilities_is_refused(setting, value):
    with pytest.raises(ValueError, match=rf"DRE610.*'{setting}'"):
        served("http://x/v1", **{setting: value})


@pytest.mark.parametrize(("name", "value", "least"), [("concurrency", 0, 1), ("retries", -1, 0)])
def test_a_number_of_an_endpoint_that_is_too_small_is_named(name, value, least):
    with pytest.raises(ValueError, match=rf"DRE610.*'{name}' is {value}.*at least {least}"):
        served("http://x/v1", **{name: value})


def test_a_missing_package_is_named_with_its_extra(monkeypatch, url):
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"DRE600.*spacy-docre\[serve\]"):
        served(url)(without_relations(stories()[0]))


def test_a_missing_package_for_training_is_named_with_its_extra(monkeypatch, base):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ImportError, match=r"DRE600.*spacy-docre\[rhf\]"):
        rhf_pipeline(base)
