"""Read a JSON array or JSONL object by object, never the whole file at once."""

import codecs
import json
import re
from collections import Counter
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterable, Iterator, List, Optional, Tuple

from ..errors import Errors
from ..showing import show
from .base import DocumentError, Record, place

CHUNK = 1 << 16
SPACE = b" \t\n\r"
WHITESPACE = re.compile(r"[ \t\n\r]*")
# Brackets, and strings, whose brackets are text. One that is cut shows as its first quote.
SIGNS = re.compile(r'[\[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"|"', re.DOTALL)
# No less than the longest literal, escape or exponent that the end of the buffer can cut.
MARGIN = 16


def read_json_records(path: Path) -> Iterator[Record]:
    """Read the objects of a JSON array, or the lines of JSONL.

    path (Path): The file, in UTF-8.
    YIELDS (Record): The objects. A broken line of JSONL is a record with an error, and so is
        an object that has a key twice, or one that is nested too deeply.
    RAISES (ValueError): If the file has neither form, or an array is broken.
    """
    with path.open("rb") as file:
        head = _read_head(file)
        start = head.removeprefix(codecs.BOM_UTF8)
        first = start.strip(SPACE)[:1]
        if first == b"[":
            yield from _read_array(path, _JsonBuffer(file, start.decode("ascii"), len(head)))
        elif first == b"{":
            yield from _read_lines(path, chain(BytesIO(start + file.readline()), file))
        else:
            problem = f"starts with {first!r}" if first else "is empty"
            raise ValueError(Errors.DRE303.format(path=path, problem=problem))


def _read_head(file: BinaryIO) -> bytes:
    """RETURNS (bytes): What a file begins with, up to the first sign that is no whitespace. It
    cannot be read again, since the file may be a pipe."""
    head = bytearray()
    while byte := file.read(1):
        head += byte
        if byte not in SPACE and not codecs.BOM_UTF8.startswith(bytes(head)):
            break
    return bytes(head)


def _read_lines(path: Path, lines: Iterable[bytes]) -> Iterator[Record]:
    decoder = _Decoder()
    index = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            value = decoder.decode(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            problem = _message(place(path, index), error)
            yield Record(path, index, error=DocumentError(problem))
        else:
            yield _to_record(path, index, value, decoder.repeated)
        index += 1


def _read_array(path: Path, text: "_JsonBuffer") -> Iterator[Record]:
    index = 0
    try:
        text.take("[")
        while text.peek() != "]" or index:
            try:
                value = text.value()
            except RecursionError as error:
                text.skip_value()
                message = _message(place(path, index), error)
                yield Record(path, index, error=DocumentError(message))
            else:
                yield _to_record(path, index, value, text.decoder.repeated)
            index += 1
            if text.peek() == "]":
                break
            text.take(",")
        text.take("]")
        if text.peek():
            raise json.JSONDecodeError("text after the end of the array", text.text, text.position)
    except ValueError as error:
        raise ValueError(_message(place(path, index), error, text.dropped)) from error


def _to_record(path: Path, index: int, value: Any, repeated: Optional[Dict[str, str]]) -> Record:
    if repeated is None:
        return Record(path, index, value)
    message = Errors.DRE314.format(where=place(path, index), **repeated)
    return Record(path, index, error=DocumentError(message))


def _message(where: str, error: Exception, offset: int = 0) -> str:
    if isinstance(error, UnicodeDecodeError):
        return Errors.DRE302.format(where=where, problem=error.reason, position=error.start)
    if isinstance(error, json.JSONDecodeError):
        position: Any = offset + error.pos
        return Errors.DRE301.format(where=where, problem=error.msg, position=position)
    # Or a number of thousands of digits.
    problem = "nested too deeply" if isinstance(error, RecursionError) else error
    return Errors.DRE301.format(where=where, problem=problem, position="unknown")


class _Decoder(json.JSONDecoder):
    """Python's decoder, of equal keys in an object, keeps the last. This one says so.

    repeated (Optional[Dict[str, str]]): A key that an object of the last value has twice, with
        two of its values.
    """

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=self._object)
        self.repeated: Optional[Dict[str, str]] = None

    def raw_decode(self, s: str, idx: int = 0) -> Tuple[Any, int]:
        self.repeated = None
        return super().raw_decode(s, idx)

    def _object(self, pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        data = dict(pairs)
        if len(data) < len(pairs) and self.repeated is None:
            field = Counter(key for key, _ in pairs).most_common(1)[0][0]
            first, second, *_ = (show(value) for key, value in pairs if key == field)
            self.repeated = {"field": show(field), "first": first, "second": second}
        return data


class _JsonBuffer:
    """The part of a JSON text that was read and not yet consumed.

    text (str): The part.
    position (int): Where in it the next value or sign starts.
    dropped (int): How many characters of the file lie before it.
    decoder (_Decoder): What decodes its values.
    """

    def __init__(self, file: BinaryIO, text: str, size: int) -> None:
        """Go on where a file was read so far.

        file (BinaryIO): The file.
        text (str): What was read of it, as text.
        size (int): How many bytes were read of it.
        """
        self.text = text
        self.position = 0
        self.dropped = 0
        self.decoder = _Decoder()
        self._file = file
        self._size = size
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._ended = False
        self._undecodable: Optional[UnicodeDecodeError] = None

    def peek(self) -> str:
        """RETURNS (str): The next character that is not whitespace, or ""."""
        while True:
            self.position = WHITESPACE.match(self.text, self.position).end()  # type: ignore[union-attr]
            if self.position < len(self.text) or self._ended:
                return self.text[self.position : self.position + 1]
            self._fill()

    def take(self, sign: str) -> None:
        """Step over an expected character."""
        if self.peek() != sign:
            raise json.JSONDecodeError(f"expected '{sign}'", self.text, self.position)
        self.position += 1

    def value(self) -> Any:
        """RETURNS (Any): The next JSON value."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.position)
            except json.JSONDecodeError as error:
                if self._ended or not self._is_cut(error):
                    raise
            else:
                # A number that ends with the buffer, even as "1.0e-", may go on in the file.
                if end + MARGIN <= len(self.text) or self._ended:
                    self.position = end
                    return value
            self._fill()

    def skip_value(self) -> None:
        """Step over a list or an object, however deeply it is nested. Only brackets outside of
        strings count."""
        depth = 0
        while True:
            for match in SIGNS.finditer(self.text, self.position):
                sign = match[0]
                if sign in "[{":
                    depth += 1
                elif sign in "]}":
                    depth -= 1
                elif sign == '"':
                    break  # a string that may go on
                self.position = match.end()
                if not depth:
                    return
            if self._ended:
                raise json.JSONDecodeError("no end of the list or object", self.text, self.position)
            self._fill()

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether more text can mend the error. Anything else is reported at once,
        rather than after reading the rest of the file in search of an end."""
        unterminated = error.msg.startswith("Unterminated string")
        return unterminated or error.pos >= len(self.text) - MARGIN

    def _fill(self) -> None:
        if self._undecodable is not None:
            raise self._undecodable
        self.text = self.text[self.position :]
        self.dropped += self.position
        self.position = 0
        # Twice as much each time, or a long value would be parsed over and over.
        data = self._file.read(max(CHUNK, len(self.text)))
        self._size += len(data)
        self._ended = not data
        try:
            self.text += self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            # The documents before the damage are sound: hand them out first.
            self.text += error.object[: error.start].decode("utf-8")
            error.start += self._size - len(error.object)
            self._undecodable = error
            self._ended = False
