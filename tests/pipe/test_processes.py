"""Other processes find the same, and none of them hangs."""

import json
import multiprocessing

import pytest

from spacy_docre.forks import limit_threads_of_forks

from .in_processes import run_python
from .making import scored, stories, without_relations


def found_by(pipeline, processes, threads):
    arguments = ["-m", "pipe.extract_stories", str(pipeline), str(processes)]
    printed = run_python(*arguments, threads=threads, timeout=300)
    return json.loads(printed.splitlines()[-1])


def as_json(scores):
    return [
        [list(entities), label, pytest.approx(score, abs=1e-4)] for entities, label, score in scores
    ]


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="nothing is forked here"
)
def test_workers_find_the_same_after_the_parent_used_all_its_threads(trained, saved):
    expected = [as_json(scored(trained(without_relations(doc)))) for doc in stories()]
    assert found_by(saved, processes=2, threads=2) == expected * 4


def test_threads_of_forks_are_limited_once(monkeypatch):
    calls = []
    limit_threads_of_forks.cache_clear()
    monkeypatch.setattr("os.register_at_fork", lambda **hooks: calls.append(hooks), raising=False)
    limit_threads_of_forks()
    limit_threads_of_forks()
    assert [list(hooks) for hooks in calls] == [["after_in_child"]]
