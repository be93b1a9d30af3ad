"""Check where a command would write, before it has worked for an hour."""

import os
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Optional, Sequence

from ..errors import Errors


def check_output(path: Path, *, suffixes: Sequence[str] = ()) -> None:
    """Check that a file can be written.

    path (Path): The file.
    suffixes (Sequence[str]): What its name may end in; anything if empty.
    RAISES (ValueError): If it ends in something else, is no file or one that must not be
        changed, or would lie in a folder that does not exist.
    """
    if suffixes and path.suffix not in suffixes:
        raise ValueError(Errors.DRE330.format(path=path, suffixes=" or ".join(suffixes)))
    problem = ""
    if path.is_dir():
        problem = "it is a folder"
    elif path.exists() and not path.is_file():
        problem = "it is a device or a pipe"
    elif path.exists() and not os.access(path, os.W_OK):
        problem = "it may only be read"
    elif not path.resolve().parent.is_dir():
        problem = "its folder does not exist"
    if problem:
        raise ValueError(Errors.DRE335.format(path=path, problem=problem))


def check_different(paths: Iterable[Optional[Path]]) -> None:
    """Check that no input is overwritten, and no output by another.

    paths (Iterable[Optional[Path]]): The files, or None where there is none.
    RAISES (ValueError): If two are the same file, whatever their names.
    """
    for first, second in combinations([path for path in paths if path is not None], 2):
        linked = first.exists() and second.exists() and first.samefile(second)
        if linked or first.resolve() == second.resolve():
            raise ValueError(Errors.DRE333.format(path=second, other=first))
