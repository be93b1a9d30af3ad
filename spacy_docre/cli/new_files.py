"""Files that take their place once they are complete, all of a command's together.

Each is written under a new name beside its place, so that neither a full disk nor an interruption
leaves half a file behind or costs the file that was there before.
"""

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, List, Optional

from ..errors import Errors


def fresh_name(folder: Path) -> Path:
    """RETURNS (Path): A name in a folder that nothing else has. It begins with a dot, so that
    spaCy's reader passes over it."""
    return folder / f".{secrets.token_hex(8)}.tmp"


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
        self._fresh = fresh_name(self._place.parent)
        with about(path):
            # "x": never a file of somebody else. Permissions are those that any new file gets.
            self._file = self._fresh.open("xb")

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
                shutil.copymode(self._place, self._fresh)
            os.replace(self._fresh, self._place)

    def discard(self) -> None:
        """Remove the file, unless it is in its place."""
        # A full disk refuses what is still to be written, which nobody needs any more.
        with suppress(OSError):
            self._file.close()
        self._fresh.unlink(missing_ok=True)


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
