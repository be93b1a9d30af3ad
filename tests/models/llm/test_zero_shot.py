"""A served model extracts relations of a schema that nobody trained it for."""

import json
import pickle
from copy import deepcopy

import pytest
import spacy
from spacy.training import Example

import spacy_docre
from spacy_docre.data.schema import Schema
from spacy_docre.models.llm.architecture import prompter_of, usage_of
from tests.pipe.making import (
    STORIES,
    blank,
    examples,
    facts_of,
    small_pipeline,
    stories,
    tell,
    without_relations,
)

from .gbnf import Grammar
from .stand_in import read_stories, serve, tokens

pytest.importorskip("httpx")
SCHEMA = {
    "relations": [
        {
            "label": "born_in",
            "description": "where a person was born",
            "types": [["PER"], ["LOC", "LAND"]],
        },
        {"label": "lives_in", "description": "where a person lives", "types": [["PER"], []]},
        {"label": "lies_in", "name": "lies in", "description": "the country of a town"},
    ]
}
RHF = {"@misc": "spacy_docre.ListedRHFChain.v1"}


@pytest.fixture
def server():
    with serve() as stand_in:
        # One of its relations is called otherwise than its label.
        stand_in.answer = lambda prompt: read_stories(prompt.replace("lies in", "lies_in")).replace(
            "lies_in", "lies in"
        )
        yield stand_in


def model_at(url, *, schema=SCHEMA, **settings):
    return {
        "@architectures": "spacy_docre.ServedLM.v1",
        "endpoint": {"@misc": "spacy_docre.OpenAIEndpoint.v1", "url": url, "retries": 0},
        "name": "some-model",
        "schema": schema,
        **settings,
    }


def zero_shot(url, **settings):
    nlp = blank()
    nlp.add_pipe("docre", config={"model": model_at(url, **settings), "threshold": 0.0})
    return nlp


@pytest.fixture
def nlp(server):
    return zero_shot(server.url)


def found(nlp):
    return [facts_of(doc) for doc in nlp.pipe(map(without_relations, stories(nlp)))]


def test_a_schema_is_all_it_needs(server, nlp):
    assert found(nlp) == list(map(set, STORIES))
    assert len(server.questions) == len(STORIES)
    assert {body["model"] for body in server.bodies} == {"some-model"}
    assert nlp.get_pipe("docre").labels == ("born_in", "lies_in", "lives_in")


def test_the_prompt_names_entities_and_relations(server, nlp):
    nlp(without_relations(stories(nlp)[0]))
    (prompt,) = server.questions
    assert "1: Ann (PER)\n2: Bonn (LOC)\n3: Germany (LAND)\n4: Kiel (LOC)" in prompt
    assert "born_in (from PER to LOC or LAND): where a person was born\n" in prompt
    assert "lives_in (from PER to any): where a person lives" in prompt
    assert "lies in: the country of a town\n" in prompt


def test_the_grammar_has_the_numbers_and_labels_of_the_document_alone(server, nlp):
    nlp(without_relations(stories(nlp)[1]))  # Bob and Ulm
    grammar = Grammar(server.bodies[-1]["structured_outputs"]["grammar"])
    assert grammar.allows("- 1 | born_in | 2\n- 2 | lies in | 1")
    for wrong in ("- 3 | born_in | 2", "- 1 | married_to | 2", "- 1 | born_in | 12", "- Bob"):
        assert not grammar.allows(wrong)


@pytest.mark.parametrize(
    "line",
    [
        "- 2 | born_in | 1",  # a town is nobody
        "- 1 | born_in | 1",
        "- 1 | knows | 2",
        "- 9 | lies in | 2",
        "- Bob | born_in | Ulm",
        "Bob was born in Ulm.",
    ],
)
def test_what_the_schema_does_not_allow_is_left_out_and_reported(server, nlp, line):
    server.answer = lambda prompt: f"{line}\n- 1 | lives_in | 2"
    with pytest.warns(UserWarning, match=r"DRW602.*1 "):
        doc = nlp(without_relations(stories(nlp)[1]))
    assert facts_of(doc) == {("Bob", "lives_in", "Ulm")}


@pytest.mark.parametrize("copy", [deepcopy, lambda pipe: pickle.loads(pickle.dumps(pipe.model))])
def test_what_has_asked_can_be_copied_and_pickled(server, nlp, copy):
    expected = found(nlp)
    docre = nlp.get_pipe("docre")
    again = copy(docre)
    docre.model = getattr(again, "model", again)
    assert found(nlp) == expected


def test_a_document_in_which_nothing_can_hold_costs_nothing(server):
    nlp = zero_shot(server.url, schema={"relations": [SCHEMA["relations"][0]]})
    assert not nlp(without_relations(tell([("Bonn", "lies_in", "Germany")])))._.relations
    assert not server.bodies


def test_rhf_asks_for_relations_then_heads_then_facts(server):
    nlp = zero_shot(server.url, chain=RHF)
    doc = nlp(without_relations(stories(nlp)[0]))
    assert facts_of(doc) == set(STORIES[0])
    # One for the relations, one for each of the three, and one for each of their heads.
    assert len(server.questions) == 1 + 3 + 3
    assert "lies in: the country of a town" in server.questions[0]


@pytest.mark.parametrize("chain", [None, RHF])
def test_usage_is_what_the_server_counts(server, chain):
    nlp = zero_shot(server.url, chain=chain)
    list(nlp.pipe(map(without_relations, stories(nlp))))
    usage = usage_of(nlp.get_pipe("docre").model)
    prompts = [body["messages"][0]["content"] for body in server.bodies]
    assert usage.to_dict() == {
        "requests": len(prompts),
        "prompt_tokens": sum(len(tokens(prompt)) for prompt in prompts),
        "completion_tokens": sum(len(tokens(answer)) for answer in server.answers),
        "uncounted": 0,
    }


def test_answers_without_counts_are_no_answers_without_cost(server, nlp):
    server.counts = False
    nlp(without_relations(stories(nlp)[0]))
    usage = usage_of(nlp.get_pipe("docre").model)
    assert (usage.requests, usage.uncounted) == (2, 2)


def test_what_asks_no_server_has_no_usage():
    with pytest.raises(ValueError, match="DRE780"):
        usage_of(small_pipeline().get_pipe("docre").model)


@pytest.mark.parametrize("how", ["disk", "bytes"])
def test_a_loaded_pipeline_sends_nothing_until_it_is_trusted(server, nlp, how, tmp_path):
    expected = found(nlp)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    if how == "bytes":
        again.from_bytes(nlp.to_bytes())
    asked = len(server.bodies)
    with pytest.raises(ValueError, match=rf"DRE570.*send documents to {server.url}"):
        again(without_relations(stories()[0]))
    assert len(server.bodies) == asked
    with spacy_docre.trust():
        assert found(again) == expected


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(SCHEMA), encoding="utf8")
    return file


def test_the_schema_may_be_a_file_which_a_saved_pipeline_does_not_need(server, path, tmp_path):
    nlp = zero_shot(server.url, schema=str(path))
    expected = found(nlp)
    assert expected == list(map(set, STORIES))
    nlp.to_disk(tmp_path / "nlp")
    path.unlink()
    again = spacy.load(tmp_path / "nlp")
    assert again.get_pipe("docre").labels == nlp.get_pipe("docre").labels
    with spacy_docre.trust():
        assert found(again) == expected


def test_the_file_of_a_stranger_is_read_only_if_it_is_trusted(server, path, tmp_path):
    zero_shot(server.url, schema=str(path)).to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    docre = loaded.get_pipe("docre")
    docre.schema = None  # as if it had been left out
    with pytest.raises(ValueError, match=r"DRE570.*read the schema.*schema\.json"):
        _ = docre.schema
    with spacy_docre.trust():
        assert docre.schema is not None


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_file_that_is_no_schema_is_named(server, path, content):
    path.unlink() if content is None else path.write_text(content, encoding="utf8")
    with pytest.raises(ValueError, match=r"DRE782.*schema\.json"):
        zero_shot(server.url, schema=str(path))(without_relations(stories()[0]))


def test_a_schema_without_relations_is_refused(server):
    with pytest.raises(ValueError, match="DRE783"):
        zero_shot(server.url, schema={"relations": []})


def test_a_schema_edited_in_the_config_is_not_passed_over(nlp, tmp_path):
    nlp.to_disk(tmp_path)
    other = {"relations": [{"label": "knows"}]}
    with pytest.raises(ValueError, match=r"DRE781.*use_schema"):
        spacy.load(tmp_path, config={"components": {"docre": {"model": {"schema": other}}}})


def test_another_schema_is_asked_about_and_kept(server, nlp, tmp_path):
    schema = Schema.from_dict({"relations": [{"label": "born_in", "description": "x"}]})
    nlp.get_pipe("docre").use_schema(schema)
    nlp.to_disk(tmp_path)
    with spacy_docre.trust():
        again = spacy.load(tmp_path)
    for each in (nlp, again):
        with pytest.warns(UserWarning, match="DRW602"):
            doc = each(without_relations(stories()[0]))
        assert facts_of(doc) == {("Ann", "born_in", "Bonn")}
    assert "lives_in" not in server.questions[-1]


def test_initializing_keeps_what_the_schema_says(nlp):
    nlp.initialize(lambda: examples(nlp))
    assert nlp.get_pipe("docre").schema == Schema.from_dict(SCHEMA)
    nlp.initialize()
    assert nlp.get_pipe("docre").schema == Schema.from_dict(SCHEMA)


def test_gold_relations_that_the_schema_lacks_are_refused(server):
    nlp = zero_shot(server.url, schema={"relations": SCHEMA["relations"][:1]})
    with pytest.raises(ValueError, match=r"DRE024.*(lives|lies)_in"):
        nlp.initialize(lambda: examples(nlp))


def test_without_a_schema_it_is_initialized_as_any_other(server):
    server.answer = read_stories
    nlp = zero_shot(server.url, schema=None)
    with pytest.raises(ValueError, match="DRE025"):
        nlp(without_relations(stories()[0]))
    with pytest.warns(UserWarning, match="DRW601"):
        nlp.initialize(lambda: examples(nlp))
    assert found(nlp) == list(map(set, STORIES))


def test_it_is_scored_and_not_trained(nlp):
    data = [Example(without_relations(doc), doc) for doc in stories(nlp)]
    assert nlp.evaluate(data)["docre_micro_f"] == 1.0
    assert prompter_of(nlp.get_pipe("docre").model).schema == Schema.from_dict(SCHEMA)
    with pytest.raises(ValueError, match="DRE618"):
        nlp.update(data)
