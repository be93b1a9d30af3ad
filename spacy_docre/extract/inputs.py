"""What `docre-extract` reads: texts and documents, one after the other, whatever they lie in.

What is wrong with one of them is part of the stream, so that a document has the same number each
time the input is read.
"""

import codecs
import csv
import json
import os
import sys
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Callable,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    NamedTuple,
    Optional,
)

from ..errors import Errors
from ..formats.base import DocumentError
from ..formats.line_records import Line, lines_of
from ..optional_packages import need
from ..showing import show

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

STDIN = "-"
# Fields of a row as large as any document. The largest that fits a C long everywhere.
LARGEST_FIELD = 2**31 - 1


@dataclass(frozen=True)
class Keys:
    """Where the rows of a table, or the objects of JSONL, have what is needed of them.

    text (str): The key of the text.
    id (str): The key of the id, or "" for "id", which rows may lack.
    """

    text: str = "text"
    id: str = ""


@dataclass(frozen=True)
class Item:
    """A document of the input.

    where (str): Names it in messages: the file and, if it has several documents, the line.
    id (str): Its id.
    text (str): Its text.
    doc (Optional[Doc]): The document in place of a text, where the input has its tokens.
    meta (Dict[str, Any]): What else the input says of it.
    error (Optional[DocumentError]): Why it cannot be read.
    """

    where: str
    id: str = ""
    text: str = ""
    doc: "Optional[Doc]" = None
    meta: Dict[str, Any] = field(default_factory=dict)
    error: Optional[DocumentError] = None


class Source(NamedTuple):
    """A file to read.

    path (str): Its path as the user knows it.
    name (str): What it is called in ids: its path in the input folder, or its name.
    file (BinaryIO): The open file.
    vocab (Vocab): The vocabulary of the pipeline.
    keys (Keys): Where rows have their text and id.
    """

    path: str
    name: str
    file: BinaryIO
    vocab: "Vocab"
    keys: Keys


Reader = Callable[[Source], Iterable[Item]]


def read_items(path: str, vocab: "Vocab", keys: Keys) -> Iterator[Item]:
    """Read the documents of an input.

    path (str): A file, a folder of files, of which hidden ones are passed over, or "-" for
        standard input. Of a file the ending of its name says what it holds: `.jsonl`, `.csv`,
        `.tsv`, `.parquet` or `.spacy`; any other is one text. Standard input is JSONL if it begins
        with "{", and else one text.
    vocab (Vocab): The vocabulary of the pipeline.
    keys (Keys): Where rows have their text and id.
    YIELDS (Item): The documents. A file that cannot be read, or not to its end, is an item with an
        error.
    """
    if path == STDIN:
        yield from _read_stdin(vocab, keys)
        return
    for name, file_path in input_files(path).items():
        try:
            with file_path.open("rb") as file:
                read = READERS.get(file_path.suffix.lower(), read_text)
                yield from read(Source(str(file_path), name, file, vocab, keys))
        except DocumentError as error:
            yield Item(str(file_path), error=error)
        except (OSError, ValueError, csv.Error) as error:
            message = Errors.DRE701.format(path=file_path, problem=error)
            yield Item(str(file_path), error=DocumentError(message))


def input_files(path: str) -> Dict[str, Path]:
    """Find the files of an input.

    path (str): A file or a folder.
    RETURNS (Dict[str, Path]): The files by the names that ids have, in order.
    RAISES (ValueError): If there are none.
    """
    place = Path(path)
    if not place.is_dir():
        return {place.name: place}
    files = {
        file.relative_to(place).as_posix(): file
        for file in place.rglob("*")
        if (file.is_file() or _is_closed(file))
        and not any(p.startswith(".") for p in file.relative_to(place).parts)
    }
    if not files:
        raise ValueError(Errors.DRE702.format(path=path))
    return dict(sorted(files.items()))


def _is_closed(path: Path) -> bool:
    """RETURNS (bool): Whether there may be files that are not listed: behind a link to a folder or
    to nowhere, or in a folder that must not be read. Who opens it is told so."""
    if path.is_symlink():
        return path.is_dir() or not path.exists()
    return path.is_dir() and not os.access(path, os.R_OK | os.X_OK)


def read_text(source: Source) -> Iterator[Item]:
    """Read a file that is one text."""
    yield Item(source.path, source.name, _decode(source.file.read(), source.path))


def read_jsonl(source: Source) -> Iterator[Item]:
    """Read a file with a JSON object on each line."""
    for line in lines_of(source.file):
        if not line.is_blank:
            yield _attempt(source, line.number, _parse_line, line)


def read_csv(source: Source, delimiter: str = ",") -> Iterator[Item]:
    """Read a table whose first row names its columns."""
    csv.field_size_limit(LARGEST_FIELD)
    # What is no UTF-8 shows in the row that has it, and costs no other one.
    with TextIOWrapper(
        source.file, encoding="utf-8-sig", errors="surrogateescape", newline=""
    ) as lines:
        rows = csv.DictReader(lines, delimiter=delimiter, strict=True)
        _check_columns(source, rows.fieldnames or [])
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                number = rows.line_num
                message = Errors.DRE703.format(where=source.path, line=number, problem=error)
                yield Item(f"{source.path}, line {number}", error=DocumentError(message))
            else:
                yield _attempt(source, rows.line_num, _check_row, row)


def read_tsv(source: Source) -> Iterator[Item]:
    """Read such a table with tabs between columns."""
    return read_csv(source, "\t")


def read_parquet(source: Source) -> Iterator[Item]:
    """Read a Parquet file, a few rows at a time."""
    file = need("pyarrow.parquet", extra="parquet").ParquetFile(source.file)
    _check_columns(source, file.schema_arrow.names)
    number = 0
    for batch in file.iter_batches(batch_size=64):
        for row in batch.to_pylist():
            number += 1
            yield _attempt(source, number, _plain, row, unit="row")


def read_spacy(source: Source) -> Iterator[Item]:
    """Read documents in spaCy's binary format, which is in memory as a whole."""
    from spacy.tokens import DocBin

    from ..data.doc_bins import reading
    from ..data.entities import title_of
    from ..graph.records import META

    with reading(Path(source.path)):
        docs = DocBin().from_bytes(source.file.read()).get_docs(source.vocab)
        for number, doc in enumerate(docs):
            known = doc.user_data.get("id") or doc.user_data.get("title")
            id = title_of(doc) if known else f"{source.name}:{number}"
            meta = doc.user_data.get(META)
            where = f"{source.path}, document {number} (counted from 0)"
            yield Item(where, id, doc=doc, meta=dict(meta) if isinstance(meta, dict) else {})


READERS: Dict[str, Reader] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
    ".spacy": read_spacy,
}


def _read_stdin(vocab: "Vocab", keys: Keys) -> Iterator[Item]:
    file = sys.stdin.buffer
    source = Source("standard input", "stdin", file, vocab, keys)
    head = b""
    while not head.strip() and (line := file.readline()):
        head += line
    lines = head.splitlines(keepends=True)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"{"):
        try:
            text = _decode(head + file.read(), source.path)
        except DocumentError as error:
            yield Item(source.path, error=error)
        else:
            yield Item(source.path, source.name, text)
        return
    for each in lines_of(chain(lines, file)):
        if not each.is_blank:
            yield _attempt(source, each.number, _parse_line, each)


def _decode(data: bytes, where: str) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = Errors.DRE302.format(where=where, problem=error.reason, position=error.start)
        raise DocumentError(message) from error
    if "\0" in text:
        raise DocumentError(Errors.DRE344.format(where=where, position=data.index(b"\0")))
    # Editors end files with a line break, which would be a sentence of its own.
    return text.rstrip("\r\n")


def _attempt(
    source: Source,
    number: int,
    read: Callable[[Source, int, Any], Dict[str, Any]],
    row: Any,
    unit: str = "line",
) -> Item:
    """Make a row an item, with what is wrong with it if it cannot be read."""
    where = f"{source.path}, {unit} {number}"
    try:
        return to_item(read(source, number, row), where, f"{source.name}:{number}", source.keys)
    except DocumentError as error:
        return Item(where, error=error)


def _parse_line(source: Source, number: int, line: Line) -> Dict[str, Any]:
    text = line.text(source.path)
    try:
        value = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else error
        message = Errors.DRE703.format(where=source.path, line=number, problem=problem)
        raise DocumentError(message) from error
    if not isinstance(value, dict):
        problem = f"expected an object, but found {show(value)}"
        raise DocumentError(Errors.DRE703.format(where=source.path, line=number, problem=problem))
    return value


def _without_repetition(pairs: Iterable[Any]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {show(key)} is there twice")
        found[key] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _check_row(source: Source, number: int, row: Dict[Any, Any]) -> Dict[str, Any]:
    problem = ""
    if None in row:
        problem = "it has more fields than the first row, which names them"
    elif None in row.values():
        problem = "it has fewer fields than the first row, which names them"
    if problem:
        raise DocumentError(Errors.DRE703.format(where=source.path, line=number, problem=problem))
    return row


def _check_columns(source: Source, columns: Iterable[str]) -> None:
    names = list(columns)
    for key in filter(None, (source.keys.text, source.keys.id)):
        if key not in names:
            raise DocumentError(Errors.DRE705.format(where=source.path, key=key, found=names))
    for name in sorted({name for name in names if names.count(name) > 1}):
        problem = f"several columns are called {show(name)}"
        raise DocumentError(Errors.DRE701.format(path=source.path, problem=problem))


def _plain(source: Source, number: int, row: Dict[str, Any]) -> Dict[str, Any]:
    return plain_row(row)


def plain_row(row: Mapping[str, Any]) -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): A row of a table as JSON has it: dates and the like as text, and
    None for what is no number."""
    return {key: _as_json(value) for key, value in row.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(each) for each in value]
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None  # false of what is no number, too
    return value if value is None or isinstance(value, (str, int)) else str(value)


def to_item(row: Mapping[str, Any], where: str, name: str, keys: Keys) -> Item:
    """Read a row of a table.

    row (Mapping[str, Any]): The row, as JSON has it.
    where (str): Names it in messages.
    name (str): Its id if it has none, and keys name none.
    keys (Keys): Where it has its text and id.
    RETURNS (Item): The document.
    RAISES (DocumentError): If it has no text, or no id.
    """
    for key in filter(None, (keys.text, keys.id)):
        if key not in row:
            raise DocumentError(Errors.DRE705.format(where=where, key=key, found=list(row)))
    meta = dict(row)
    text = meta.pop(keys.text)
    id = meta.pop(keys.id or "id", None)
    if not isinstance(text, str):
        raise DocumentError(Errors.DRE706.format(where=where, key=keys.text, value=show(text)))
    if isinstance(id, bool) or not (id is None or isinstance(id, (str, int))):
        raise DocumentError(Errors.DRE707.format(where=where, key=keys.id or "id", value=show(id)))
    if id is None or id == "":
        if keys.id:
            raise DocumentError(Errors.DRE707.format(where=where, key=keys.id, value=show(id)))
        id = name
    for value in (text, str(id)):
        try:
            value.encode("utf8")
        except UnicodeEncodeError as error:
            message = Errors.DRE302.format(where=where, problem=error.reason, position=error.start)
            raise DocumentError(message) from error
    return Item(where, str(id), text, meta=meta)
