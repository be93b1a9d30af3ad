"""Other processes find the same, and none of them hangs."""

import json
import multiprocessing
import pickle

import pytest
from spacy.training import Example
from spacy.util import registry

from spacy_docre.forks import limit_threads_of_forks

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
    arguments = ["-m", "pipe.extract_stories", str(pipeline), method, str(processes)]
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
    copied, original = (Example(without_relations(doc), doc) for _ in range(2))
    assert pipe.score([copied]) == trained.get_pipe("docre").score([original])
    assert scored(copied.predicted) == scored(original.predicted) != []


@pytest.mark.parametrize("name", ["docred", "cdr", "gda", "biored", "scirex", "autore"])
def test_a_scorer_can_be_pickled(name):
    scorer = registry.scorers.get(f"spacy_docre.{name}_scorer.v1")()
    doc = stories()[0]
    example = Example(doc, doc)
    assert pickle.loads(pickle.dumps(scorer))([example]) == scorer([example])


def test_threads_of_forks_are_limited_once(monkeypatch):
    calls = []
    limit_threads_of_forks.cache_clear()
    monkeypatch.setattr("os.register_at_fork", lambda **hooks: calls.append(hooks), raising=False)
    limit_threads_of_forks()
    limit_threads_of_forks()
    assert [list(hooks) for hooks in calls] == [["after_in_child"]]
