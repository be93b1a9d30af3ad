"""Files that take their place once they are complete, all of a command's together.

Each is written under a new name beside its place, so that neither a full disk nor an interruption
leaves half a file behind or costs the file that was there before. What a process leaves that was
killed is removed by the next one that writes beside it.
"""

import os
import re
import secrets
import shutil
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, List, Optional

from .errors import Errors

if sys.platform != "win32":
    import fcntl


OURS = re.compile(r"\.docre-[0-9a-f]{16}\.tmp")


class Fresh:
    """A file or a folder under a name in a folder that nothing else has, and that begins with a
    dot, so that spaCy's reader passes over it. As long as this process lives, it is locked.

    parent (Path): The folder. What killed processes left there is removed.
    folder (bool): Whether it is a folder rather than a file.
    """

    def __init__(self, parent: Path, *, folder: bool = False) -> None:
        remove_abandoned(parent)
        self._lock: Optional[int] = None
        while True:
            self.path = parent / f".docre-{secrets.token_hex(8)}.tmp"
            if folder:
                self.path.mkdir()
            else:
                # Never a file of somebody else. Permissions are those that any new file gets.
                self.path.touch(exist_ok=False)
            if sys.platform == "win32":
                return  # which has no locks of folders, and removes no file that is open
            self._lock = os.open(self.path, os.O_RDONLY)
            # Without locks, as on some file systems, nothing is taken for abandoned.
            with suppress(OSError):
                fcntl.flock(self._lock, fcntl.LOCK_EX)
            if self.path.exists():
                return
            # Another process took it for abandoned before it was locked.
            self.release()

    def release(self) -> None:
        """Give up the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_abandoned(folder: Path) -> None:
    """Remove what processes of this package left in a folder when they were killed. Whatever
    is locked belongs to one that lives."""
    if sys.platform == "win32":
        return
    with suppress(OSError):  # not every folder that can be written to can be read
        for path in [path for path in folder.iterdir() if OURS.fullmatch(path.name)]:
            lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            except OSError:
                continue
            finally:
                os.close(lock)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Say which output it is that an operating system refuses.

    path (Path): The output.
    RAISES (ValueError): In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        problem = error.strerror or str(error)
        raise ValueError(Errors.DRE335.format(path=path, problem=problem)) from error


class NewFile:
    """A file on its way to its place.

    path (Path): The place. A file there is replaced, and what a link leads to rather than the link.
    RAISES (ValueError): If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = path.resolve()
        with about(path):
            self._fresh = Fresh(self._place.parent)
            self._file = self._fresh.path.open("wb")

    def write(self, data: bytes) -> None:
        """Write to the file. A full disk shows here, while nothing is in its place yet.

        data (bytes): What comes next in the file.
        RAISES (ValueError): If it cannot be written.
        """
        with about(self.path):
            self._file.write(data)
            self._file.flush()

    def finish(self) -> None:
        """Put the file in its place.

        RAISES (ValueError): If that is not possible.
        """
        with about(self.path):
            self._file.close()
            if self._place.exists():
                shutil.copymode(self._place, self._fresh.path)
            os.replace(self._fresh.path, self._place)

    def discard(self) -> None:
        """Remove the file, unless it is in its place."""
        # A full disk refuses what is still to be written, which nobody needs any more.
        with suppress(OSError):
            self._file.close()
        self._fresh.path.unlink(missing_ok=True)
        self._fresh.release()


@contextmanager
def new_files(*paths: Optional[Path]) -> Iterator[List[Optional[NewFile]]]:
    """Open files, and put them in their places unless something goes wrong.

    paths (Optional[Path]): The places, or None where no file is wanted.
    YIELDS (List[Optional[NewFile]]): The files.
    RAISES (ValueError): If one cannot be written.
    """
    files: List[Optional[NewFile]] = []
    try:
        for path in paths:
            files.append(None if path is None else NewFile(path))
        yield files
        for file in files:
            if file is not None:
                file.finish()
    finally:
        for file in files:
            if file is not None:
                file.discard()
