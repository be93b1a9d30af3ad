"""The same stages against an endpoint, which is a server in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
import spacy

import spacy_docre
from spacy_docre.models.llm.answers.choices import Choices
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.remote.session import pattern, read_items
from tests.pipe.making import STORIES, blank, examples, facts_of, stories, without_relations

from .making import rhf_model, rhf_pipeline

httpx = pytest.importorskip("httpx")
SERVER = Path(__file__).parent / "server.py"


@pytest.fixture(scope="module")
def server():
    process = subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE, text=True)
    with process.stdout:
        port = process.stdout.readline().strip()
    yield f"http://127.0.0.1:{port}/v1"
    process.terminate()
    process.wait()


@pytest.fixture
def url(server):
    """The server, with nothing in its memory."""
    httpx.delete(server).raise_for_status()
    return server


def served(url, *, chain=None, **settings):
    """A pipeline without a base model in this process."""
    endpoint = {"@misc": "spacy_docre.OpenAIEndpoint.v1", "url": url, "backoff": 0.01, **settings}
    model = {**rhf_model("nowhere"), "endpoint": endpoint}
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
    assert [relation.score for relation in doc._.relations] == pytest.approx([0.95**6] * 2)


def test_candidates_are_scored(url):
    chain = {"@misc": "spacy_docre.RHFChain.v1", "relations": {"answer": "score"}}
    nlp = served(url, chain=chain)
    assert found(nlp) == list(map(set, STORIES))
    constraints = [r["structured_outputs"] for r in requests_to(url)["requests"]]
    assert constraints.count({"choice": ["yes", "no"]}) == 9


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
        ("overloaded", 3, "status 429"),
        ("slow", 3, "ReadTimeout"),
        ("odd", 1, "another form"),
    ],
)
def test_failures_are_reported(url, model, requests, problem):
    nlp = served(url, models={"relations": model}, retries=2, timeout=0.4)
    with pytest.raises(ValueError, match=f"DRE615.*{model}.*{problem}"):
        nlp(without_relations(stories()[0]))
    assert len(requests_to(url)["requests"]) == requests


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


def questions_to(url):
    """The requests besides the one that sees whether constraints hold."""
    asked = requests_to(url)["requests"]
    questions = [r for r in asked if not r["messages"][0]["content"].startswith("Answer with")]
    assert len(questions) == len(asked) - 1
    return questions


@pytest.mark.parametrize("old", [False, True])
def test_constraints_allow_what_can_be_read(url, old):
    import re

    before = {"url": url.replace("/v1", "/old/v1"), "constraints": "guided"}
    nlp = served(**(before if old else {"url": url}))
    assert found(nlp) == found(nlp) == list(map(set, STORIES))
    for request in questions_to(url):
        pattern = request["guided_regex"] if old else request["structured_outputs"]["regex"]
        regex = re.compile(pattern)
        assert regex.fullmatch("none")
        assert not regex.fullmatch("- Nobody\n")


@pytest.mark.parametrize("chain", [{}, {"relations": {"answer": "score"}}])
@pytest.mark.parametrize(
    ("constraints", "field"),
    [("structured_outputs", "structured_outputs"), ("guided", "guided_(regex|choice)")],
)
def test_a_server_that_ignores_constraints_is_found_out_at_once(url, chain, constraints, field):
    chain = {"@misc": "spacy_docre.RHFChain.v1", **chain}
    careless = url.replace("/v1", "/careless/v1")
    nlp = served(careless, constraints=constraints, chain=chain)
    with pytest.raises(ValueError, match=rf"DRE621.*careless.*`{field}`.*'relations'.*'Hello!'"):
        nlp(without_relations(stories()[0]))
    assert len(requests_to(url)["requests"]) == 1


def test_without_constraints_no_server_is_tested(url):
    assert found(served(url, constraints="none")) == list(map(set, STORIES))
    for request in requests_to(url)["requests"]:
        assert not {"structured_outputs", "guided_regex", "guided_choice"} & set(request)


def test_a_server_that_refuses_constraints_is_reported(url):
    nlp = served(url, constraints="guided")
    with pytest.raises(ValueError, match=r"DRE615.*status 400.*guided_regex"):
        nlp(without_relations(stories()[0]))


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


NAMES = [{0: ("A (x)", "a"), 1: ("B.",)}] * 2


@pytest.mark.parametrize(
    ("text", "items", "wrong"),
    [
        ("none", [], 0),
        ("- A (x) | B.\n- B. | a\n", [(0, 1), (1, 0)], 0),
        ("- A (x) | B.\n- a | B.\n", [(0, 1)], 1),
        ("- a | a\n- A | B.\n- a\n- a | B. | a\nnone\n", [], 4),
        ("", [], 0),
    ],
)
def test_answers_are_read_strictly(text, items, wrong):
    read, refused = read_items(text, [], NAMES, choices())
    assert [item.values for item in read] == items
    assert refused == wrong


def test_the_last_line_of_a_cut_answer_does_not_count():
    read, refused = read_items("- a | B.\n- B. | a", [], NAMES, choices(), cut=True)
    assert [item.values for item in read] == [(0, 1)]
    assert refused == 0


def test_names_are_no_patterns():
    import re

    regex = re.compile(pattern(NAMES, choices()))
    assert regex.fullmatch("- A (x) | B.\n- B. | a\n")
    assert regex.fullmatch("- A (x) | B.\n- B. | a")
    assert not regex.fullmatch("- A (x) | B.- B. | a")
    assert not regex.fullmatch("- A x | B.\n")
    assert not regex.fullmatch("- a | Bx\n")


def test_an_endpoint_with_unknown_constraints_is_refused():
    with pytest.raises(ValueError, match=r"DRE610.*'constraints'"):
        served("http://x/v1", constraints="outlines")


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
