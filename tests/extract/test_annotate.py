"""`python -m spacy docre-annotate`: silver documents of a teacher, with soft labels."""

import os
import signal
import time

import pytest
from spacy.cli._util import app
from spacy.tokens import DocBin
from typer.testing import CliRunner

import spacy_docre.cli.annotate  # noqa: F401  # as spaCy does through the entry points
from spacy_docre.data.storage import load_relations
from spacy_docre.extract.estimate import estimate
from spacy_docre.extract.run import Options, extract
from spacy_docre.pipe import RelationExtractor

from ..pipe.making import STORIES, facts_of, stories
from .test_kills import content, in_fork, many

ON = Options(soft=0.01)


@pytest.fixture
def command(pipeline, tmp_path):
    def command(*arguments):
        result = CliRunner().invoke(app, ["docre-annotate", pipeline, *map(str, arguments)])
        return result.exit_code, result.output

    return command


def docs_in(path, nlp):
    return list(DocBin().from_disk(path).get_docs(nlp.vocab))


def labels_of(doc):
    return {(t.entities, t.label): t.score for t in load_relations(doc).soft or ()}


def test_it_says_what_it_will_cost_and_annotates(command, nlp, texts, jsonl, tmp_path):
    path, output = jsonl(*({"text": text} for text in texts)), tmp_path / "silver.spacy"
    code, said = command(path, output, "--soft", 0.2, "--sample", 2)
    assert code == 0
    tokens = sum(len(nlp.make_doc(text)) for text in texts)
    assert "Estimate, of 2 documents" in said
    assert [line.split() for line in said.splitlines() if "Tokens" in line] == [
        ["Tokens", str(tokens)]
    ]
    assert "Questions" not in said
    docs = docs_in(output, nlp)
    assert [facts_of(doc) for doc in docs] == [*map(set, STORIES)]
    for doc in docs:
        decided = {(t.entities, t.label) for t in load_relations(doc).triples}
        assert decided <= labels_of(doc).keys()
        assert all(score >= 0.2 for score in labels_of(doc).values())


def test_an_estimate_alone_writes_nothing(command, texts, jsonl, tmp_path):
    path, output = jsonl({"text": texts[0]}, "{"), tmp_path / "silver.spacy"
    code, said = command(path, output, "--estimate")
    assert code == 0
    assert "Estimate, of 1 documents" in said
    assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl"]
    code, said = command("-", output)
    assert code == 1
    assert "[DRE793]" in said


def test_a_document_that_fails_costs_no_other_one_in_the_estimate_either(
    command, nlp, texts, jsonl, tmp_path, monkeypatch
):
    fail_with(monkeypatch, texts[0])
    output = tmp_path / "silver.spacy"
    code, said = command(jsonl(*({"text": text} for text in texts)), output)
    assert code == 3
    assert "Estimate, of" in said
    assert len(docs_in(output, nlp)) == len(texts) - 1


@pytest.mark.parametrize("options", [(), ("--on-error", "raise")])
def test_an_estimate_of_documents_that_all_fail_is_none(
    command, texts, jsonl, tmp_path, monkeypatch, options
):
    fail_with(monkeypatch, "")
    code, said = command(jsonl({"text": texts[0]}), tmp_path / "silver.spacy", *options)
    assert code == 1
    assert "too hard" in said
    assert "Estimate" not in said


def test_nothing_is_asked_for_an_output_that_is_there(command, texts, jsonl, tmp_path):
    path, output = jsonl({"text": texts[0]}), tmp_path / "silver.spacy"
    assert command(path, output)[0] == 0
    code, said = command(path, output)
    assert code == 1
    assert "[DRE712]" in said
    assert "Estimate" not in said
    (tmp_path / "silver.spacy.journal").touch()  # that of a run that was killed
    code, said = command(path, output, "--overwrite")
    assert code == 0
    assert "Estimate" in said, "all of it is done again"


def fail_with(monkeypatch, text):
    """Let extraction fail for documents with a text."""
    entity_doc = RelationExtractor.entity_doc

    def fail(pipe, doc):
        if text in doc.text:
            raise ValueError("too hard")
        return entity_doc(pipe, doc)

    monkeypatch.setattr(RelationExtractor, "entity_doc", fail)


def test_a_threshold_may_be_an_operating_point_of_the_teacher(command, texts, jsonl, tmp_path):
    path = jsonl({"text": texts[0]})
    code, output = command(path, tmp_path / "silver.spacy", "--threshold", "precise")
    assert code == 1
    assert "DRE690" in output, "this teacher has none"


def test_silver_documents_have_one_form(command, texts, jsonl, tmp_path):
    code, said = command(jsonl({"text": texts[0]}), tmp_path / "silver.jsonl")
    assert code == 1
    assert "[DRE791]" in said


def test_documents_are_annotated_with_the_entities_that_they_have(nlp, pipeline, texts, tmp_path):
    docs = DocBin(docs=stories(nlp), store_user_data=True)
    docs.to_disk(tmp_path / "in.spacy")
    output = tmp_path / "silver.spacy"
    extract(pipeline, str(tmp_path / "in.spacy"), output, ON, nlp=nlp)
    for silver, doc in zip(docs_in(output, nlp), stories(nlp)):
        assert load_relations(silver).entities == load_relations(doc).entities
        assert labels_of(silver)


def test_labels_that_are_not_kept_are_not_taught(nlp, pipeline, texts, jsonl, tmp_path):
    path, output = jsonl({"text": texts[0]}), tmp_path / "silver.spacy"
    extract(pipeline, path, output, Options(soft=0.0, labels=["born_in"]), nlp=nlp)
    (doc,) = docs_in(output, nlp)
    assert {label for _, label in labels_of(doc)} == {"born_in"}


def test_killed_again_and_again_soft_labels_are_those_of_a_run_that_is_not(
    nlp, pipeline, texts, jsonl, tmp_path
):
    path = many(texts, jsonl, 40)
    options = Options(soft=0.01, batch_size=4, commit_every=0.0)
    whole, output = tmp_path / "whole.spacy", tmp_path / "silver.spacy"
    start = time.monotonic()
    extract(pipeline, path, whole, options, nlp=nlp)
    needed = time.monotonic() - start
    kills = 0
    while not output.exists():
        process = in_fork(lambda: extract(pipeline, path, output, options, nlp=nlp))
        time.sleep(needed * (0.3 + kills / 10))  # for longer each time, so that it ends
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        kills += os.WIFSIGNALED(status)
    assert kills
    assert content(output, nlp) == content(whole, nlp)


@pytest.mark.parametrize("options", [{"soft": 0.5}, {"soft": None}])
def test_another_way_to_teach_is_another_command(nlp, pipeline, jsonl, tmp_path, options):
    path, output = jsonl({"text": "Ann"}, "{"), tmp_path / "silver.spacy"
    with pytest.raises(ValueError, match="DRE703"):
        extract(pipeline, path, output, Options(soft=0.01, on_error="raise"), nlp=nlp)
    with pytest.raises(ValueError, match="DRE711"):
        extract(pipeline, path, output, Options(**options), nlp=nlp)


def test_an_estimate_grows_with_the_tokens_of_the_input(nlp, pipeline, texts, jsonl):
    path = jsonl(*({"text": text} for text in texts))
    found = estimate(nlp, path, Options(soft=0.0, limit=2), sample=5)
    tokens = sum(len(nlp.make_doc(text)) for text in texts[:2])
    assert (found.documents, found.tokens, found.sampled, found.requests) == (2, tokens, 2, None)
