"""Where a chain loses recall and precision."""

from dataclasses import replace

import pytest
import spacy
import srsly
from spacy.tokens import Doc, DocBin

from spacy_docre.cli.stages import docre_stages_cli, score_stages, tables
from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.entities import Entity
from spacy_docre.data.schema import Schema
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple
from spacy_docre.models.llm.answers.lists import Item
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.local.session import LocalSession
from spacy_docre.models.llm.questions import gold_items, gold_parts
from spacy_docre.models.llm.stage_scores import analyse, score_chain
from tests.pipe.making import STORIES, annotate, examples, small_pipeline, stories

from .making import rhf_pipeline

FACTS = sum(map(len, STORIES))


class Oracle:
    """A session that knows the gold triples, but has its faults."""

    def __init__(self, schema, miss, invent):
        self.schema, self.miss, self.invent = schema, miss, invent

    def answer(self, stage, questions):
        answers = []
        for question in questions:
            items = gold_items(question, gold_parts(question.passage, self.schema))
            if stage.name == self.miss:
                items = items[1:]
            if stage.name == self.invent:
                options = question.choices(self.schema).options()
                values = [(v,) for v in range(options.bit_length()) if options >> v & 1]
                items = values
            answers.append([Item(values, 0.9) for values in items])
        return answers


def consulted(nlp, monkeypatch, miss="", invent=""):
    """Who asks an oracle in place of the language model, and the documents."""
    prompter = prompter_of(nlp.get_pipe("docre").model)
    oracle = Oracle(prompter.schema, miss, invent)
    monkeypatch.setattr(type(prompter), "session", lambda *args: oracle)
    return prompter, [gold_entity_doc(example) for example in examples(nlp)]


def scores_with(nlp, monkeypatch, miss="", invent=""):
    prompter, docs = consulted(nlp, monkeypatch, miss, invent)
    return {each.name: each for each in analyse(prompter, docs, 0.5).stages}


def test_a_chain_that_knows_everything_loses_nothing(untrained, monkeypatch):
    scores = scores_with(untrained, monkeypatch)
    assert list(scores) == ["relations", "heads", "facts"]
    for each in scores.values():
        assert each.given_gold.fscore == each.in_chain.fscore == pytest.approx(1)
    assert scores["facts"].in_chain.tp == FACTS
    assert scores["relations"].in_chain.tp == 3 + 2 + 2


def test_what_a_stage_misses_is_lost_to_all_that_follow(untrained, monkeypatch):
    scores = scores_with(untrained, monkeypatch, miss="relations")
    assert scores["relations"].given_gold.recall == pytest.approx(4 / 7)
    assert scores["heads"].given_gold.recall == pytest.approx(1)
    assert scores["heads"].in_chain.recall < 1
    assert scores["facts"].given_gold.recall == pytest.approx(1)
    assert scores["facts"].in_chain.recall < 1
    assert scores["facts"].in_chain.precision == pytest.approx(1)


def test_what_a_stage_invents_costs_precision_at_once_and_in_the_end_only_if_it_leads_on(
    untrained, monkeypatch
):
    scores = scores_with(untrained, monkeypatch, invent="heads")
    assert scores["relations"].in_chain.precision == pytest.approx(1)
    assert scores["heads"].given_gold.precision < 1
    assert scores["heads"].in_chain.precision < 1
    assert scores["facts"].in_chain.precision == pytest.approx(1)


@pytest.fixture
def symmetric(base):
    """A pipeline for which living in a town and being lived in by someone are the same."""
    nlp = rhf_pipeline(base)
    pipe = nlp.get_pipe("docre")
    relations = [
        replace(relation, symmetric=relation.label == "lives_in")
        for relation in pipe.schema.relations
    ]
    pipe.use_schema(Schema(tuple(relations), pipe.schema.entity_types))
    return nlp


def test_a_chain_that_knows_symmetric_relations_in_both_directions_loses_nothing(
    symmetric, monkeypatch
):
    scores = scores_with(symmetric, monkeypatch)
    for each in scores.values():
        for score in (each.given_gold, each.in_chain):
            assert score.precision == score.recall == pytest.approx(1)
    assert scores["heads"].in_chain.tp > 0
    # Whatever its directions, a fact counts once.
    assert scores["facts"].in_chain.tp == FACTS


def test_of_symmetric_relations_that_a_chain_finds_one_direction_is_written(symmetric, monkeypatch):
    consulted(symmetric, monkeypatch)
    documents = examples(symmetric)
    scores = score_chain(symmetric.get_pipe("docre"), documents)
    for example in documents:
        assert set(load_relations(example.predicted).triples) == set(
            load_relations(example.reference).triples
        )
    assert scores.strings["docre_string_predicted"] == FACTS


def test_documents_that_state_something_are_scored_as_the_component_scores_them(
    untrained, monkeypatch
):
    prompter, docs = consulted(untrained, monkeypatch)
    # What three stages are sure of to 0.9 each has 0.73, and more among few triples of a document.
    assert analyse(prompter, docs, 0.74).stages[-1].in_chain.tp == 0
    known = analyse(prompter, docs, 0.74, at_least_one=True)
    assert known.stages[-1].in_chain.fscore == pytest.approx(1)


@pytest.fixture
def files(base, tmp_path):
    nlp = rhf_pipeline(base)
    nlp.get_pipe("docre").cfg["threshold"] = 0.1
    nlp.to_disk(tmp_path / "model")
    DocBin(docs=stories(nlp), store_user_data=True).to_disk(tmp_path / "data.spacy")
    return tmp_path


def test_the_command_prints_and_saves_the_scores(files, capsys):
    output = files / "scores.json"
    docre_stages_cli(files / "model", files / "data.spacy", output=output)
    printed = capsys.readouterr().out
    for title in ("given what is right", "in the chain", "after facts", "strings, as AutoRE"):
        assert title in printed
    saved = srsly.read_json(output)
    assert [each["name"] for each in saved["stages"]] == ["relations", "heads", "facts"]
    assert saved["docre_string_gold"] == FACTS
    given_gold, *_ = tables(score_stages(files / "model", files / "data.spacy", limit=1))
    assert [row[4] for row in given_gold.rows] == ["3", "3", "3"]


def test_the_documents_are_not_overwritten(files, capsys):
    data = files / "data.spacy"
    before = data.read_bytes()
    with pytest.raises(SystemExit):
        docre_stages_cli(files / "model", data, output=data)
    assert "[DRE333]" in capsys.readouterr().out
    assert data.read_bytes() == before


def test_strings_are_counted_as_autore_does(files, monkeypatch):
    """An entity with two names states each of its facts twice."""
    nlp = spacy.load(files / "model")
    words = ["Ann", "was", "born", "in", "Bonn", ".", "Annie", "lives", "in", "Kiel", "."]
    entities = [Entity.of([(0, 1), (6, 7)], "PER"), Entity.of([(4, 5)], "LOC")]
    entities.append(Entity.of([(9, 10)], "LOC"))
    gold = [Triple((0, 1), "born_in"), Triple((0, 2), "lives_in")]
    doc = annotate(Doc(nlp.vocab, words=words), entities, gold)
    DocBin(docs=[doc], store_user_data=True).to_disk(files / "data.spacy")
    schema = nlp.get_pipe("docre").schema
    oracle = Oracle(schema, miss="relations", invent="")
    monkeypatch.setattr(LocalSession, "answer", lambda self, *args: oracle.answer(*args))
    scores = score_stages(files / "model", files / "data.spacy")
    assert scores.stages[-1].in_chain.recall == pytest.approx(1 / 2)
    assert scores.strings["docre_string_gold"] == 4
    assert scores.strings["docre_string_predicted"] == 2
    assert tables(scores)[2].rows[1][1:] == ("100.00", "50.00", "66.67", "4", "2", "2")


def test_other_extractors_have_no_stages():
    with pytest.raises(ValueError, match="DRE617"):
        prompter_of(small_pipeline().get_pipe("docre").model)


def test_a_missing_component_is_named(files):
    with pytest.raises(ValueError, match="'other'"):
        score_stages(files / "model", files / "data.spacy", component="other")
