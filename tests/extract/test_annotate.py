"""`python -m spacy docre-annotate`: silver documents of a teacher, with soft labels."""

import os
import signal
import time
from dataclasses import replace

import pytest
from spacy.cli._util import app
from spacy.tokens import DocBin
from typer.testing import CliRunner

import spacy_docre.cli.annotate  # noqa: F401  # as spaCy does through the entry points
from spacy_docre.data.calibration import Calibration, Line
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple
from spacy_docre.extract.estimate import estimate
from spacy_docre.extract.run import Options, extract

from ..pipe.making import STORIES, examples, facts_of, learn, small_pipeline, stories
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


@pytest.mark.parametrize("options", [{"soft": 0.5}, {"soft": None}, {"soft": 0.01, "others": "x"}])
def test_another_way_to_teach_is_another_command(nlp, pipeline, jsonl, tmp_path, options):
    path, output = jsonl({"text": "Ann"}, "{"), tmp_path / "silver.spacy"
    with pytest.raises(ValueError, match="DRE703"):
        extract(pipeline, path, output, Options(soft=0.01, on_error="raise"), nlp=nlp)
    with pytest.raises(ValueError, match="DRE711"):
        extract(pipeline, path, output, Options(**options), nlp=nlp)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another teacher, which knows less."""
    nlp = small_pipeline({"head": "BilinearPairs"})
    nlp.initialize(lambda: examples(nlp))
    learn(nlp, stories(nlp), steps=5)
    path = tmp_path_factory.mktemp("other") / "pipeline"
    nlp.to_disk(path)
    return nlp, str(path)


def test_several_teachers_teach_what_they_mean(nlp, pipeline, other, tmp_path):
    second, second_path = other
    DocBin(docs=stories(nlp), store_user_data=True).to_disk(tmp_path / "in.spacy")
    path, output = str(tmp_path / "in.spacy"), tmp_path / "silver.spacy"
    options = Options(soft=0.0, others=[second_path])
    extract(pipeline, path, output, options, nlp=nlp)
    alone = list(nlp.pipe(stories(nlp), component_cfg={"docre": {"soft": 0.0}}))
    theirs = list(second.pipe(stories(second), component_cfg={"docre": {"soft": 0.0}}))
    for doc, one, two in zip(docs_in(output, nlp), alone, theirs):
        one, two = labels_of(one), labels_of(two)
        mean = {key: (one.get(key, 0.0) + two.get(key, 0.0)) / 2 for key in {**one, **two}}
        assert labels_of(doc) == pytest.approx(mean, abs=1e-5)
        decided = {(t.entities, t.label) for t in load_relations(doc).triples}
        assert decided == {key for key, score in labels_of(doc).items() if score >= 0.5}


@pytest.fixture
def one_story(nlp, tmp_path):
    DocBin(docs=stories(nlp)[:1], store_user_data=True).to_disk(tmp_path / "in.spacy")
    return str(tmp_path / "in.spacy")


def test_several_teachers_state_nothing_that_the_schema_rules_out(
    nlp, pipeline, other, one_story, tmp_path, monkeypatch
):
    component, output = nlp.get_pipe("docre"), tmp_path / "silver.spacy"
    limited = [replace(relation, functional=True) for relation in component.schema.relations]
    monkeypatch.setattr(component, "_schema", replace(component.schema, relations=tuple(limited)))
    options = Options(soft=0.0, threshold=0.0, others=[other[1]])
    extract(pipeline, one_story, output, options, nlp=nlp)
    (doc,) = docs_in(output, nlp)
    heads = [(t.label, t.entities[0]) for t in load_relations(doc).triples]
    assert len(heads) > 1
    assert len(heads) == len(set(heads)), "a functional relation has one tail"


def test_labels_that_are_not_kept_are_not_taught_by_any_of_several_teachers(
    nlp, pipeline, other, one_story, tmp_path
):
    options = Options(soft=0.0, threshold=0.0, labels=["born_in"], others=[other[1]])
    extract(pipeline, one_story, tmp_path / "silver.spacy", options, nlp=nlp)
    (doc,) = docs_in(tmp_path / "silver.spacy", nlp)
    assert {label for _, label in labels_of(doc)} == {"born_in"}
    assert {triple.label for triple in load_relations(doc).triples} == {"born_in"}


@pytest.fixture
def calibrated(other):
    """The other teacher, with an operating point."""
    nlp, _ = other
    component = nlp.get_pipe("docre")
    component.calibration = Calibration(Line(1.0, 0.0), thresholds={"balanced": 0.4})
    component.cfg["threshold"] = "balanced"
    yield nlp
    component.cfg["threshold"], component.calibration = 0.5, None


def test_a_further_teacher_may_be_calibrated(nlp, pipeline, calibrated, one_story, tmp_path):
    calibrated.to_disk(tmp_path / "calibrated")
    options = Options(soft=0.0, others=[str(tmp_path / "calibrated")])
    counts = extract(pipeline, one_story, tmp_path / "silver.spacy", options, nlp=nlp)
    assert (counts.written, counts.failed) == (1, 0)


def test_the_threshold_of_a_calibrated_teacher_is_none_of_a_mean(
    pipeline, calibrated, one_story, tmp_path
):
    output, others = tmp_path / "silver.spacy", [pipeline]
    for threshold in (None, "balanced"):
        with pytest.raises(ValueError, match="DRE430"):
            options = Options(soft=0.0, threshold=threshold, others=others)
            extract("other", one_story, output, options, nlp=calibrated)
    options = Options(soft=0.0, threshold=0.5, others=others)
    assert extract("other", one_story, output, options, nlp=calibrated).written == 1


TWO = {"relations": [{"label": "born_in"}, {"label": "lives_in"}]}


def test_teachers_of_other_relations_are_no_panel(nlp, pipeline, jsonl, tmp_path):
    strange = small_pipeline()
    strange.get_pipe("docre").initialize(
        lambda: examples(strange)[1:2],
        labels={"relations": [{"label": "born_in"}, {"label": "lives_in"}]},
    )
    strange.to_disk(tmp_path / "strange")
    options = Options(soft=0.0, others=[str(tmp_path / "strange")])
    with pytest.raises(ValueError, match=r"DRE792.*lies_in"):
        extract(pipeline, jsonl({"text": "Ann"}), tmp_path / "silver.spacy", options, nlp=nlp)


def test_votes_of_a_teacher_without_a_distribution_are_its_decisions():
    from spacy_docre.data.storage import StoredRelations
    from spacy_docre.extract.panel import votes_of

    triple = Triple((0, 1), "met", 0.3)
    (vote,) = votes_of(StoredRelations(triples=(triple,)))
    assert (vote, vote.score) == (triple, 1.0)


def test_an_estimate_grows_with_the_tokens_of_the_input(nlp, pipeline, texts, jsonl):
    path = jsonl(*({"text": text} for text in texts))
    found = estimate(nlp, pipeline, path, Options(soft=0.0, limit=2), sample=5)
    tokens = sum(len(nlp.make_doc(text)) for text in texts[:2])
    assert (found.documents, found.tokens, found.sampled, found.requests) == (2, tokens, 2, None)
