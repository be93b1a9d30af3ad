"""Outputs take their place when they are complete, and look like files written in place."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spacy_docre.cli.converted_files import create_output
from spacy_docre.cli.paths import check_output
from spacy_docre.new_files import new_files


def write(path, data=b"new"):
    with new_files(path) as (file,):
        file.write(data)


def test_what_is_interrupted_leaves_the_old_file_and_nothing_else(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), new_files(old, None, new) as (first, nothing, second):
        assert nothing is None
        first.write(b"half")
        second.write(b"half")
        raise KeyboardInterrupt
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "new")
        (tmp_path / "other").touch()
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o640}


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path):
    path = tmp_path / "old"
    path.touch(mode=0o600)
    write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_leads_to_the_new_file(tmp_path, exists):
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(path)
    if exists:
        path.touch()
    write(link)
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    # Even root cannot create files there.
    refused = pytest.raises(ValueError, match=r"\[DRE335\] /proc/new cannot be written: \w+")
    with refused, new_files(tmp_path / "first", Path("/proc/new")):
        raise AssertionError("the work began")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_or_may_not_be_written_is_refused(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ValueError, match=r"\[DRE335\]"):
            check_output(path)
    (tmp_path / "file").touch()
    check_output(tmp_path / "file")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(ValueError, match=r"\[DRE335\].*only be read"):
        check_output(tmp_path / "file")


WRITER = """
import sys, time
from pathlib import Path
from spacy.lang.en import English
from spacy_docre.cli.converted_files import create_output

output = create_output(Path(sys.argv[1]), int(sys.argv[2]))
output.add(English()("Ann."))
print("writing", flush=True)
time.sleep(60)
"""


@pytest.fixture
def writer():
    """Begins an output in a process of its own."""
    processes = []

    def begin(path, docs_per_file):
        arguments = [sys.executable, "-c", WRITER, str(path), str(docs_per_file)]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "writing\n"
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("name", "docs_per_file", "exists", "complete"),
    [
        ("corpus.spacy", 0, False, ["corpus.spacy"]),
        ("corpus.jsonl", 0, False, ["corpus.jsonl"]),
        ("corpus", 1, False, ["00000.spacy", "corpus"]),
        ("corpus", 1, True, ["00000.spacy", "corpus"]),
    ],
)
def test_what_a_killed_process_left_is_removed_by_the_next_one(
    tmp_path, writer, name, docs_per_file, exists, complete
):
    from spacy.lang.en import English

    path = tmp_path / name
    if exists:
        path.mkdir()
    process = writer(path, docs_per_file)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert any(name.endswith(".tmp") for name in names(tmp_path))
    output = create_output(path, docs_per_file)
    try:
        output.add(English()("Bob."))
        output.finish()
    finally:
        output.discard()
    assert names(tmp_path) == complete


def test_what_a_living_process_writes_stays(tmp_path, writer):
    folder = tmp_path / "corpus"
    folder.mkdir()
    writer(folder, 1)
    writer(tmp_path / "corpus.spacy", 0)
    before = names(tmp_path)
    with pytest.raises(ValueError, match=r"DRE366.*another process is writing"):
        create_output(folder, 1)
    write(tmp_path / "other.spacy")
    assert names(tmp_path) == sorted([*before, "other.spacy"])


def test_files_of_others_stay_and_are_named(tmp_path):
    (tmp_path / ".0123456789abcdef.tmp").touch()
    (tmp_path / ".docre-x.tmp").touch()
    with pytest.raises(ValueError, match=r"DRE366.*it holds \.0123456789abcdef\.tmp, \.docre-x"):
        create_output(tmp_path, 1)
    assert len(names(tmp_path)) == 2
