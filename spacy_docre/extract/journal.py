"""Output that survives its process: killed at any moment, it goes on where it was.

Beside the output lie two files until it is done. `OUTPUT.partial` grows by what was extracted.
`OUTPUT.journal` says in its first line which command that is, and in each further one how many
documents of the input are done and how large the other file was then. What lies behind that size
was written by a process that was killed before it could say so, and is cut off.
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, Mapping

from ..errors import Errors
from ..new_files import about

if sys.platform != "win32":
    import fcntl


@dataclass
class Counts:
    """What became of the documents of the input, those of former processes included.

    done (int): Documents of the input that need not be looked at again.
    written (int): Those whose relations were written.
    refused (int): Those that could not be read.
    failed (int): Those from which the pipeline could not extract.
    relations (int): Relations that were written.
    """

    done: int = 0
    written: int = 0
    refused: int = 0
    failed: int = 0
    relations: int = 0


def goes_on(output: Path, *, overwrite: bool) -> bool:
    """RETURNS (bool): Whether a command goes on where it was.
    RAISES (ValueError): If it was done before, and is not to begin anew.
    """
    begun = not overwrite and _path(output).exists()
    if output.exists() and not (begun or overwrite):
        raise ValueError(Errors.DRE712.format(path=output))
    return begun


def _path(output: Path) -> Path:
    return output.with_name(output.name + ".journal")


class Journal:
    """The partial output of a command and the journal of it. Only one process has them open.

    output (Path): The place of the output.
    command (Mapping[str, Any]): What makes it the same command, as plain data.
    overwrite (bool): Whether to begin anew, whatever is there.
    RAISES (ValueError): If a finished output is there, one of another command, another process
        writes to it, or the files cannot be written.
    """

    def __init__(
        self, output: Path, command: Mapping[str, Any], *, overwrite: bool = False
    ) -> None:
        self.output = output
        self.path = _path(output)
        self.data_path = output.with_name(output.name + ".partial")
        self.complete = False
        # What became of documents, and how much of the partial output belongs to them.
        self._mark = Counts(), 0
        self._length = 0
        goes_on(output, overwrite=overwrite)
        with about(self.path):
            self._journal = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            self._lock()
            with about(self.path):
                self._read(command, overwrite)
                self._data = self._open_data()
        except BaseException:
            self._journal.close()
            raise

    @property
    def counts(self) -> Counts:
        """RETURNS (Counts): What became of the documents of the input that are done."""
        return self._mark[0]

    def write(self, data: bytes) -> None:
        """Write to the partial output."""
        with about(self.data_path):
            self._data.write(data)
        self._length += len(data)

    def mark(self, counts: Counts) -> None:
        """Say that whatever was written belongs to documents that are done.

        counts (Counts): What became of them.
        """
        # At once: an interruption may come at any moment, and a commit after it.
        self._mark = replace(counts), self._length

    def commit(self, *, complete: bool = False) -> None:
        """Keep what was written, whatever happens from now on.

        complete (bool): Whether the input has ended.
        """
        with about(self.data_path):
            _sync(self._data)
        counts, size = self._mark
        self._add({**asdict(counts), "size": size, "complete": complete})
        self.complete = complete

    def reader(self) -> BinaryIO:
        """RETURNS (BinaryIO): The partial output, open for reading."""
        return self.data_path.open("rb")

    def publish(self) -> None:
        """Make the partial output the output."""
        with about(self.output):
            self._data.close()
            if self.data_path.exists():
                os.replace(self.data_path, self.output)
        self.remove()

    def remove(self) -> None:
        """Remove what is needed no more, now that the output is in its place."""
        self._data.close()
        self.data_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let another process go on."""
        # What a full disk refuses was not committed either.
        with suppress(OSError):
            self._data.close()
        with suppress(OSError):
            self._journal.close()

    def _lock(self) -> None:
        if sys.platform == "win32":
            return
        try:
            # A lock of this process alone: its workers may outlive it for a moment.
            fcntl.lockf(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other process may have been done, and removed it, since it was opened.
            if not os.path.samestat(os.fstat(self._journal.fileno()), self.path.stat()):
                raise BlockingIOError
        except (BlockingIOError, FileNotFoundError) as error:
            raise ValueError(Errors.DRE713.format(path=self.output)) from error

    def _read(self, command: Mapping[str, Any], overwrite: bool) -> None:
        lines = [] if overwrite else _whole_lines(self._journal)
        wanted = json.loads(json.dumps(dict(command)))
        if len(lines) < 2:  # of whatever command it was, nothing was kept
            self._begin(wanted)
            return
        known = lines[0]["command"]
        differ = [key for key in {**known, **wanted} if known.get(key) != wanted.get(key)]
        if differ:
            raise ValueError(Errors.DRE711.format(path=self.output, what=", ".join(differ)))
        last = dict(lines[-1])
        self._length = last.pop("size")
        self.complete = last.pop("complete")
        self._mark = Counts(**last), self._length

    def _begin(self, command: Mapping[str, Any]) -> None:
        self._journal.seek(0)
        self._journal.truncate()
        self._add({"command": command})

    def _open_data(self) -> BinaryIO:
        size = self.data_path.stat().st_size if self.data_path.exists() else 0
        if size < self._length:
            # It is in its place, and only the journal was still to be removed.
            if self.complete and self.output.exists():
                return open(os.devnull, "ab")
            raise ValueError(Errors.DRE714.format(path=self.data_path))
        data = self.data_path.open("ab")
        data.truncate(self._length)
        data.seek(0, os.SEEK_END)
        return data

    def _add(self, entry: Dict[str, Any]) -> None:
        with about(self.path):
            self._journal.write(json.dumps(entry).encode("utf8") + b"\n")
            _sync(self._journal)


def _whole_lines(file: BinaryIO) -> List[Dict[str, Any]]:
    """Read lines up to one that was not finished, which is cut off."""
    file.seek(0)
    found: List[Dict[str, Any]] = []
    end = 0
    for line in file:
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            break
        found.append(entry)
        end += len(line)
    file.seek(end)
    file.truncate()
    return found


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
