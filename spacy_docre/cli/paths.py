"""Check where a command would write, before it has worked for an hour."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from ..errors import Errors


def check_output(path: Path, *, suffix: str = "") -> None:
    """Check that a file can be written.

    path (Path): The file.
    suffix (str): What its name must end in.
    RAISES (ValueError): If it ends in something else, is a folder, or would lie in a folder
        that does not exist.
    """
    if suffix and path.suffix != suffix:
        raise ValueError(Errors.DRE330.format(path=path))
    if path.is_dir():
        raise ValueError(Errors.DRE335.format(path=path, problem="it is a folder"))
    if not path.resolve().parent.is_dir():
        raise ValueError(Errors.DRE335.format(path=path, problem="its folder does not exist"))


def check_different(paths: Iterable[Optional[Path]]) -> None:
    """Check that no input is overwritten, and no output by another.

    paths (Iterable[Optional[Path]]): The files, or None where there is none.
    RAISES (ValueError): If two are the same file.
    """
    given = [path for path in paths if path is not None]
    counts = Counter(path.resolve() for path in given)
    for path in given:
        if counts[path.resolve()] > 1:
            raise ValueError(Errors.DRE333.format(path=path))
