"""The page about language models without training does what it says, and says what was measured."""

import re
from pathlib import Path

import pytest
import spacy

import spacy_docre
from spacy_docre.component.lookup import find_component
from spacy_docre.models.llm.architecture import usage_of
from tests.pipe.making import STORIES, blank, facts_of, learn, stories, tell, untrained

from .stand_in import serve

pytest.importorskip("httpx")
ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "llm.md").read_text("utf8")
CODE = re.compile(r"```python\n(.*?)```", re.S)
ZERO_SHOT, USAGE, PAIR_FIRST = CODE.findall(PAGE)


@pytest.fixture
def server():
    with serve() as stand_in:
        yield stand_in


@pytest.fixture
def run(server, monkeypatch):
    """Runs code of the page, with the pipeline that it loads."""

    def execute(code, loaded, **names):
        monkeypatch.setattr(spacy, "load", lambda path: loaded)
        exec(code.replace("http://localhost:8000/v1", server.url), {"spacy": spacy, **names})

    return execute


def with_entities():
    """In the place of a pipeline that finds entities."""
    nlp = spacy.blank("en")
    patterns = {"Ann Berg": "PERSON", "Bonn": "GPE", "Kiel": "GPE"}
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": name} for name, label in patterns.items()])
    return nlp


def test_the_readme_has_the_same_ten_lines():
    assert ZERO_SHOT in CODE.findall((ROOT / "README.md").read_text("utf8"))


def test_ten_lines_find_relations(server, run, capsys):
    assert len(ZERO_SHOT.strip().splitlines()) < 12
    nlp = with_entities()
    server.answer = lambda prompt: "- 1 | born_in | 2\n- 1 | lives_in | 3"
    run(ZERO_SHOT, nlp)
    assert capsys.readouterr().out == "Ann Berg born_in Bonn\nAnn Berg lives_in Kiel\n"
    (prompt,) = server.questions
    assert "born_in (from PERSON to GPE): where one was born" in prompt
    run(USAGE, nlp, nlp=nlp)
    assert re.fullmatch(r"2 \d+ \d+\n", capsys.readouterr().out)


def cost(url, chain):
    relations = [{"label": label, "description": label} for label in ("born_in", "lives_in")]
    model = {
        "@architectures": "spacy_docre.ServedLM.v1",
        "endpoint": {"@misc": "spacy_docre.OpenAIEndpoint.v1", "url": url, "constraints": "none"},
        "name": "some-model",
        "schema": {"relations": [*relations, {"label": "lies_in", "description": "lies_in"}]},
        "chain": {"@misc": chain},
    }
    nlp = blank()
    nlp.add_pipe("docre", config={"model": model, "threshold": 0.0})
    facts = [fact for story in STORIES for fact in story]
    doc = tell(facts, nlp)
    doc.user_data.clear()
    assert facts_of(nlp(doc)) == set(facts)
    usage = usage_of(nlp.get_pipe("docre").model)
    return len(doc), usage.requests, usage.prompt_tokens, usage.completion_tokens


@pytest.mark.parametrize("chain", ["OneRequestChain", "ListedRHFChain"])
def test_the_table_of_costs_is_what_the_server_counts(server, chain):
    words, *counts = cost(server.url, f"spacy_docre.{chain}.v1")
    assert f"For a document of {words} words with 8 facts, 9 entities and 3 relations" in PAGE
    row = " | ".join(f"{count:,}" for count in counts)
    assert f"| `spacy_docre.{chain}.v1` | {row} |" in PAGE
    assert counts[0] == len(server.bodies)


def test_a_trained_pipeline_gets_a_judge(server, run, tmp_path):
    nlp = untrained()
    learn(nlp, stories(nlp), steps=10)
    with pytest.warns(UserWarning, match="DRW601"):
        run(PAIR_FIRST, nlp)
        docs = list(nlp.pipe(tell(story, nlp) for story in STORIES))
    assert find_component(nlp) is nlp.get_pipe("judge")
    assert server.questions
    assert all(relation.score >= 0.5 for doc in docs for relation in doc._.relations)
    nlp.to_disk(tmp_path)
    with spacy_docre.trust(), pytest.warns(UserWarning, match="DRW601"):
        again = spacy.util.load_model(tmp_path)
    assert [facts_of(again(tell(story, again))) for story in STORIES] == list(map(facts_of, docs))
