"""A file or a folder that only some scores need."""

import warnings
from pathlib import Path
from typing import Callable, Generic, List, Optional, TypeVar, Union

from ..errors import Warnings
from ..trust import Outside

Content = TypeVar("Content")


class LazyFile(Generic[Content]):
    """A file that some scores need, read once and not before. Pipelines travel without such files,
    and are evaluated all the same.

    path (Optional[Union[str, Path]]): The file, or a folder of files, or None where those scores
        are not wanted.
    warning (str): What to say where it is not there; takes a `path`.
    """

    def __init__(self, path: Optional[Union[str, Path]], warning: str) -> None:
        self.path = path
        self.warning = warning
        self.outside = None if path is None else Outside(f"read {path}")
        self._content: List[Optional[Content]] = []

    def read(self, load: Callable[[Path], Content]) -> Optional[Content]:
        """RETURNS (Optional[Content]): What the file holds, or None without a file."""
        if self.path is None:
            return None
        if not self._content:
            path = Path(self.path)
            # "" would be the working directory.
            if self.outside is not None and not self.outside.allowed:
                warnings.warn(Warnings.DRW563.format(path=path), stacklevel=2)
                return None
            if self.path != "" and path.exists():
                self._content.append(load(path))
            else:
                self._content.append(None)
                warnings.warn(self.warning.format(path=path), stacklevel=2)
        return self._content[0]
