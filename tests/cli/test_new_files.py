"""Outputs take their place when they are complete, and look like files written in place."""

import os
from pathlib import Path

import pytest

from spacy_docre.cli.new_files import new_files
from spacy_docre.cli.paths import check_output


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
