"""Other processes find the same, and none of them hangs."""

import json
import multiprocessing
import pickle

import pytest
from spacy.training import Example
from spacy.util import registry

from .in_processes import run_python
from .making import scored, stories, without_relations

METHODS = [
    pytest.param(
        method,
        marks=pytest.mark.skipif(
            method not in multiprocessing.get_all_start_methods(), reason="not to be had here"
        ),
    )
    for method in ("fork", "spawn")
]


def found_by(pipeline, method, processes, threads):
    arguments = ["-m", "tests.pipe.extract_stories", str(pipeline), method, str(processes)]
    printed = run_python(*arguments, threads=threads, timeout=300)
    return json.loads(printed.splitlines()[-1])


def as_json(scores):
    return [
        [list(entities), label, pytest.approx(score, abs=1e-4)] for entities, label, score in scores
    ]


@pytest.mark.parametrize("method", METHODS)
def test_workers_find_the_same_after_the_parent_used_all_its_threads(method, trained, saved):
    expected = [as_json(scored(trained(without_relations(doc)))) for doc in stories()]
    assert found_by(saved, method, processes=2, threads=2) == expected * 4


def test_a_component_can_be_pickled(trained):
    pipe = pickle.loads(pickle.dumps(trained.get_pipe("docre")))
    doc = stories()[0]
    example = Example(without_relations(doc), doc)
    assert pipe.score([example]) == trained.get_pipe("docre").score([example])
    assert scored(pipe(without_relations(doc))) == scored(trained(without_relations(doc))) != []


@pytest.mark.parametrize("name", ["relations", "cdr", "gda", "biored", "scirex", "autore"])
def test_a_scorer_can_be_pickled(name):
    scorer = registry.scorers.get(f"spacy_docre.{name}_scorer.v1")()
    doc = stories()[0]
    example = Example(doc, doc)
    assert pickle.loads(pickle.dumps(scorer))([example]) == scorer([example])


@pytest.mark.parametrize("method", METHODS)
def test_only_workers_of_the_pipeline_are_limited_to_one_thread(method, saved):
    printed = run_python(
        "-m", "tests.pipe.count_threads", str(saved), method, threads=2, timeout=300
    )
    assert json.loads(printed.splitlines()[-1]) == [[1], 2, 2]
