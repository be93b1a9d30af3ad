"""Killed at any moment and started again with the same command, it goes on: nothing is lost, and
nothing is there twice."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from spacy.tokens import DocBin

from spacy_docre.extract.journal import Counts, Journal
from spacy_docre.extract.run import Options, extract

from .conftest import records_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed as forks")
KILLS = {".jsonl": 20, ".csv": 6, ".spacy": 6}


def in_fork(action):
    """Do something in a process that has all that was loaded, and return its id."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        action()
        code = 0
    finally:
        os._exit(code)


def many(texts, jsonl, count):
    lines = [{"text": texts[n % 3], "id": n} for n in range(count)]
    lines[count // 2] = "{"  # one of them is broken
    return jsonl(*lines)


def content(path, nlp):
    if path.suffix != ".spacy":
        return path.read_bytes()
    docs = DocBin().from_disk(path).get_docs(nlp.vocab)
    return [(doc.text, doc.user_data) for doc in docs]


@pytest.mark.parametrize("suffix", KILLS)
def test_what_is_killed_again_and_again_equals_what_is_not(
    nlp, pipeline, texts, jsonl, tmp_path, suffix
):
    path = many(texts, jsonl, 60)
    options = Options(batch_size=4, commit_every=0.0)
    start = time.monotonic()
    whole = tmp_path / f"whole{suffix}"
    extract(pipeline, path, whole, options, nlp=nlp)
    needed = time.monotonic() - start
    chance = random.Random(suffix)
    output = tmp_path / f"killed{suffix}"
    kills = finished = progress = 0
    while kills < KILLS[suffix] or not finished:
        process = in_fork(lambda: extract(pipeline, path, output, options, nlp=nlp))
        time.sleep(chance.uniform(0, needed / 2))
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        kills += os.WIFSIGNALED(status)
        journal = output.with_name(output.name + ".journal")
        progress += journal.exists() and b"done" in journal.read_bytes()
        if output.exists() and not journal.exists():
            assert content(output, nlp) == content(whole, nlp)
            finished += 1
            output.unlink()
        else:
            assert os.WIFSIGNALED(status)
    assert progress  # some of them were killed half way


def test_processes_of_one_that_was_killed_end_as_well(nlp, pipeline, texts, jsonl, tmp_path):
    path, output = many(texts, jsonl, 400), tmp_path / "out.jsonl"
    options = Options(batch_size=2, n_process=2, commit_every=0.0)
    process = in_fork(lambda: extract(pipeline, path, output, options, nlp=nlp))
    children = Path(f"/proc/{process}/task/{process}/children")
    if not children.exists():
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        pytest.skip("this system does not say which processes a process has")
    partial = output.with_name("out.jsonl.partial")
    wait_for(lambda: partial.exists() and partial.stat().st_size)
    workers = children.read_text().split()
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert len(workers) == 2
    wait_for(lambda: not any(map(is_alive, workers)))
    counts = extract(pipeline, path, output, Options(n_process=1), nlp=nlp)
    assert (counts.written, counts.refused) == (399, 1)
    ids = [n for n in range(400) if n != 200]
    assert [record["id"] for record in records_of(output)] == list(map(str, ids))


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def stopped(nlp, pipeline, texts, jsonl, tmp_path):
    """A command that ended half way, with a broken document."""
    path, output = many(texts, jsonl, 20), tmp_path / "out.jsonl"
    with pytest.raises(ValueError, match="DRE703"):
        extract(pipeline, path, output, Options(on_error="raise"), nlp=nlp)

    def go_on(output=output, **options):
        return extract(pipeline, path, output, Options(**options), nlp=nlp)

    return go_on, output


def test_how_fast_it_goes_on_may_change(stopped):
    go_on, output = stopped
    assert go_on(batch_size=2, n_process=2).written == 19
    assert len(records_of(output)) == 19


@pytest.mark.parametrize("options", [{"threshold": 0.1}, {"limit": 19}, {"labels": ("born_in",)}])
def test_another_command_is_refused_unless_it_begins_anew(stopped, options):
    go_on, output = stopped
    (name,) = options
    with pytest.raises(ValueError, match=rf"DRE711.*{name}"):
        go_on(**options)
    assert go_on(overwrite=True, **options).written >= 18
    assert sorted(file.name for file in output.parent.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_another_version_of_a_package_is_another_command(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "en_stories").mkdir()
    (tmp_path / "en_stories" / "__init__.py").touch()
    (tmp_path / "en_stories-1.0.dist-info").mkdir()
    (tmp_path / "en_stories-1.0.dist-info" / "METADATA").write_text(
        "Name: en_stories\nVersion: 1.0\n"
    )

    def command():
        return Options().command("en_stories", "-", tmp_path / "out.jsonl")

    before = command()
    assert command() == before
    (tmp_path / "en_stories" / "config.cfg").write_text("[nlp]")
    assert command()["pipeline"] != before["pipeline"]


def test_other_code_is_another_command(tmp_path):
    code = tmp_path / "code.py"

    def command(**options):
        return Options(**options).command("pipeline", "-", tmp_path / "out.jsonl")

    code.write_text("")
    before = command(code=code)
    assert command(code=code) == before != command()
    code.write_text("more = True")
    assert command(code=code) != before


def test_an_input_that_changed_is_another_command(stopped):
    go_on, output = stopped
    with (output.parent / "in.jsonl").open("a") as file:
        file.write('{"text": ""}\n')
    with pytest.raises(ValueError, match=r"DRE711.*input"):
        go_on()


def test_what_is_done_is_not_replaced_unless_that_is_said(stopped):
    go_on, output = stopped
    go_on()
    output.write_text("mine")
    with pytest.raises(ValueError, match="DRE712"):
        go_on()
    assert output.read_text() == "mine"
    go_on(overwrite=True)
    assert len(records_of(output)) == 19


def test_two_processes_do_not_write_to_the_same_output(stopped):
    go_on, output = stopped
    ready, wake = os.pipe()

    def hold():
        command = {"any": "command"}
        journal = Journal(output, command, overwrite=True)
        os.write(wake, b".")
        time.sleep(60)
        journal.close()

    process = in_fork(hold)
    try:
        os.read(ready, 1)
        for overwrite in (False, True):
            with pytest.raises(ValueError, match="DRE713"):
                go_on(overwrite=overwrite)
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(ready)
        os.close(wake)


def test_a_partial_output_that_lost_something_is_refused(stopped):
    go_on, output = stopped
    output.with_name("out.jsonl.partial").write_bytes(b"")
    with pytest.raises(ValueError, match=r"DRE714.*--overwrite"):
        go_on()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_of_the_journal_that_was_not_finished_counts_for_nothing(tmp_path, cut):
    output = tmp_path / "out.jsonl"
    journal = Journal(output, {"a": 1})
    for number in range(3):
        journal.write(b"%d\n" % number)
        journal.mark(Counts(done=number + 1))
        journal.commit()
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-cut])
    again = Journal(output, {"a": 1})
    assert again.counts.done == 2
    again.write(b"2\n")
    again.mark(Counts(done=3))
    again.commit(complete=True)
    assert again.path.read_bytes().count(b"\n") == 4
    again.publish()
    assert output.read_bytes() == b"0\n1\n2\n"


def test_what_was_written_after_the_last_mark_is_not_kept(tmp_path):
    journal = Journal(tmp_path / "out.jsonl", {})
    journal.write(b"one\n")
    journal.mark(Counts(done=1))
    journal.write(b"half of two")
    journal.commit()  # as an interruption does
    journal.close()
    again = Journal(tmp_path / "out.jsonl", {})
    assert again.data_path.read_bytes() == b"one\n"
    again.close()


def test_killed_between_its_last_two_steps_it_is_done(nlp, pipeline, texts, jsonl, tmp_path):
    path, output = jsonl({"text": texts[0]}), tmp_path / "out.jsonl"
    extract(pipeline, path, output, nlp=nlp)
    command = Options().command(pipeline, path, output)
    journal = Journal(tmp_path / "other.jsonl", command)
    journal.write(output.read_bytes())
    journal.mark(Counts(done=1, written=1))
    journal.commit(complete=True)
    journal.close()
    journal.path.rename(tmp_path / "out.jsonl.journal")
    journal.data_path.unlink()
    before = output.read_bytes()
    assert extract(pipeline, path, output, nlp=nlp).written == 1
    assert output.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
