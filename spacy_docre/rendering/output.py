"""What takes records, one after the other, and becomes a page of them."""

from pathlib import Path
from types import TracebackType
from typing import Any, Mapping, Optional, Type

from .page import PageParts
from .settings import Settings


class HtmlWriter:
    """Writes a page, document by document, so that its memory does not grow.

    path (Path): The file.
    options (Mapping[str, Any]): What can be chosen, see `Settings`.
    """

    def __init__(self, path: Path, *, options: Mapping[str, Any] = {}) -> None:
        self._parts = PageParts(Settings.of(options), page=True)
        self._file = Path(path).open("w", encoding="utf8", newline="\n")  # noqa: SIM115
        self._file.write(self._parts.begin())

    def write(self, record: Mapping[str, Any]) -> None:
        """Write a document.

        record (Mapping[str, Any]): Its record, see `document_record`.
        """
        self._file.write(self._parts.document(record))

    def close(self) -> None:
        """Write the end of the page."""
        with self._file:
            self._file.write(self._parts.end())

    def __enter__(self) -> "HtmlWriter":
        return self

    def __exit__(
        self,
        type: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._file.close() if type else self.close()
