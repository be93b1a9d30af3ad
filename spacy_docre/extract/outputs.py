"""What `docre-extract` writes, by the ending of the output's name.

While documents are extracted, the partial output grows (see `journal`): lines of JSON, or documents
in spaCy's own form. What it becomes at the end is made of that in one go, so that no writer needs
to know of processes that are killed.
"""

import json
import os
import struct
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Callable,
    ContextManager,
    Dict,
    Iterator,
    Mapping,
    Protocol,
)

from ..errors import Errors
from ..new_files import Fresh, about
from ..optional_packages import need
from .journal import Journal

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

JSONL, SPACY, FOLDER = ".jsonl", ".spacy", ""
SIZE = struct.Struct("<Q")
# Where spacy-transformers keeps what its encoder says of a document.
TRANSFORMER_OUTPUT = ("._.", "trf_data", None, None)


class RecordWriter(Protocol):
    """What takes the records of documents, one after the other."""

    def write(self, record: Mapping[str, Any]) -> None:
        """Take the record of a document."""


# Makes a writer for a path where nothing is, or an empty file. What it writes is complete when it
# is left.
MakeWriter = Callable[[Path], ContextManager[RecordWriter]]


def _imported(writer: str, path: Path, **settings: str) -> ContextManager[RecordWriter]:
    """Make a writer of which only the place is known, so that only what is needed is imported."""
    module, name = writer.split(":")
    make: Callable[..., ContextManager[RecordWriter]] = getattr(import_module(module), name)
    return make(path, **settings)


# By the ending of the name, "" for a folder. Others may add theirs.
OUTPUTS: Dict[str, MakeWriter] = {
    ".csv": partial(_imported, "spacy_docre.extract.table_writers:CsvWriter"),
    ".parquet": partial(_imported, "spacy_docre.extract.table_writers:ParquetWriter"),
    ".html": partial(_imported, "spacy_docre.rendering.output:HtmlWriter"),
    **{
        suffix: partial(_imported, "spacy_docre.graph.outputs:GraphWriter", suffix=suffix)
        for suffix in (".graphml", ".ttl", ".nt", ".json", FOLDER)
    },
}


def check_place(output: Path) -> None:
    """Check that an output can be written, before anything is loaded.

    output (Path): The place of the output.
    RAISES (ValueError): If its name says nothing of its form, or there is no place for it.
    RAISES (ImportError): If what writes it needs a package that is not installed.
    """
    known = {JSONL, SPACY, *OUTPUTS}
    if output.suffix not in known:
        names = [suffix or "nothing (a folder)" for suffix in sorted(known)]
        message = Errors.DRE715.format(path=output, suffix=output.suffix, known=", ".join(names))
        raise ValueError(message)
    problem = ""
    if not output.resolve().parent.is_dir():
        problem = "its folder does not exist"
    elif output.suffix and output.is_dir():
        problem = "it is a folder"
    elif not output.suffix and output.is_file():
        problem = "it is a file"
    if problem:
        raise ValueError(Errors.DRE335.format(path=output, problem=problem))
    if output.suffix == FOLDER and output.is_dir() and any(output.iterdir()):
        raise ValueError(Errors.DRE721.format(path=output))
    if output.suffix == ".parquet":
        need("pyarrow.parquet", extra="parquet")


def encode_record(record: Mapping[str, Any]) -> bytes:
    """RETURNS (bytes): A record as the partial output has it, and JSONL.

    RAISES (ValueError): If it holds what JSON cannot.
    """
    return json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf8") + b"\n"


def encode_doc(doc: "Doc") -> bytes:
    """RETURNS (bytes): A document as the partial output has it, without the vectors of its tokens,
    which are large, and of use to the pipeline alone."""
    doc.user_data.pop(TRANSFORMER_OUTPUT, None)  # type: ignore[call-overload]
    data = doc.to_bytes(exclude=["tensor"])
    return SIZE.pack(len(data)) + data


def finish(journal: Journal, vocab: "Vocab") -> None:
    """Make the output of a partial output that is complete.

    journal (Journal): The partial output.
    vocab (Vocab): The vocabulary of documents in it.
    RAISES (ValueError): If it cannot be written.
    """
    output = journal.output
    if output.suffix == JSONL:
        journal.publish()
        return
    if journal.data_path.exists():
        fresh = Fresh(output.resolve().parent, folder=output.suffix == FOLDER)
        try:
            with about(output), journal.reader() as data:
                if output.suffix == SPACY:
                    _write_docs(data, fresh.path, vocab)
                else:
                    with OUTPUTS[output.suffix](fresh.path) as writer:
                        for line in data:
                            writer.write(json.loads(line))
                os.replace(fresh.path, output)
        finally:
            if fresh.path.is_file():
                fresh.path.unlink()
            fresh.release()
    journal.remove()


def _write_docs(data: BinaryIO, path: Path, vocab: "Vocab") -> None:
    from spacy.tokens import DocBin

    docs = DocBin(store_user_data=True)
    for doc in _read_docs(data, vocab):
        docs.add(doc)
    docs.to_disk(path)


def _read_docs(data: BinaryIO, vocab: "Vocab") -> Iterator["Doc"]:
    from spacy.tokens import Doc

    while head := data.read(SIZE.size):
        (size,) = SIZE.unpack(head)
        yield Doc(vocab).from_bytes(data.read(size))
