"""Reading text files line by line, whatever ends their lines and marks their start."""

import codecs
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple

from ..errors import Errors
from .base import DocumentError


class Line(NamedTuple):
    """A line as the file has it, without what ends it.

    number (int): Its number, from 1.
    data (bytes): The line, not decoded yet, so that damage concerns one document only.
    """

    number: int
    data: bytes

    @property
    def is_blank(self) -> bool:
        return not self.data.strip()

    def text(self, where: str) -> str:
        """Decode the line.

        where (str): The document, for messages.
        RAISES (DocumentError): If it is not UTF-8, or has a NUL character.
        """
        where = f"{where}, line {self.number}"
        if b"\0" in self.data:
            raise DocumentError(Errors.DRE344.format(where=where, position=self.data.index(b"\0")))
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            message = Errors.DRE302.format(where=where, problem=error.reason, position=error.start)
            raise DocumentError(message) from error


def read_lines(path: Path) -> Iterator[Line]:
    """Read a file line by line, without a byte order mark. Lines end with LF or CR LF.

    path (Path): The file.
    YIELDS (Line): All lines, blank ones included.
    """
    with path.open("rb") as file:
        yield from lines_of(file)


def lines_of(file: Iterable[bytes]) -> Iterator[Line]:
    """Read an open file, or lines of one, line by line. See `read_lines`."""
    for number, data in enumerate(file, 1):
        if number == 1:
            data = data.removeprefix(codecs.BOM_UTF8)
        yield Line(number, data.rstrip(b"\r\n"))
