"""What `docre-convert` writes: one .spacy file, several in a folder, JSONL, or text to annotate."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Protocol

from ..errors import Errors
from ..new_files import OURS, Fresh, NewFile, about, remove_abandoned
from ..showing import listed
from .paths import check_output

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Output(Protocol):
    """Where documents go."""

    def add(self, doc: "Doc") -> None:
        """Take a document."""

    def finish(self) -> None:
        """Put what was written in its place."""

    def discard(self) -> None:
        """Remove what was written and is not in its place."""


def create_output(path: Path, docs_per_file: int = 0) -> Output:
    """Choose an output.

    path (Path): A .spacy, .jsonl or .txt file, or a folder for several .spacy files.
    docs_per_file (int): How many documents a file of the folder has, or 0 for a single file.
    RETURNS (Output): The output.
    RAISES (ValueError): If the path cannot be written.
    """
    if docs_per_file:
        problem = _problem_of(path)
        if problem:
            raise ValueError(Errors.DRE366.format(path=path, problem=problem))
        if not path.resolve().parent.is_dir():
            raise ValueError(Errors.DRE335.format(path=path, problem="its folder does not exist"))
        return FolderOutput(path, docs_per_file)
    check_output(path, suffixes=(".spacy", ".jsonl", ".txt"))
    kinds: Dict[str, Callable[[Path], Output]] = {
        ".spacy": FileOutput,
        ".jsonl": JsonlOutput,
        ".txt": InlineOutput,
    }
    return kinds[path.suffix](path)


def _problem_of(path: Path) -> str:
    """RETURNS (str): Why a path cannot become a folder of several files, or ""."""
    if path.suffix:
        return "its name ends like that of a file"
    if not path.exists():
        return ""
    if not path.is_dir():
        return "it is a file"
    remove_abandoned(path)
    held = sorted(entry.name for entry in path.iterdir())
    if any(map(OURS.fullmatch, held)):
        return "another process is writing to it"
    return f"it holds {listed(held)}" if held else ""


class FileOutput:
    """One .spacy file, which spaCy's binary format holds in memory until it is complete."""

    def __init__(self, path: Path) -> None:
        from spacy.tokens import DocBin

        self._file = NewFile(path)
        self._docs = DocBin(store_user_data=True)

    def add(self, doc: "Doc") -> None:
        self._docs.add(doc)

    def finish(self) -> None:
        self._file.write(self._docs.to_bytes())
        self._file.finish()

    def discard(self) -> None:
        self._file.discard()


class FolderOutput:
    """A folder of .spacy files, of which only one is in memory at a time. spaCy's reader takes
    the folder as a path."""

    def __init__(self, path: Path, docs_per_file: int) -> None:
        self.path = path
        self.docs_per_file = docs_per_file
        self._place = path.resolve()
        # A folder that is there stays: it has an owner, and may be a disk of its own.
        with about(path):
            parent = self._place if path.exists() else self._place.parent
            self._fresh = Fresh(parent, folder=True)
        self._files = 0
        self._new()

    def add(self, doc: "Doc") -> None:
        self._docs.add(doc)
        if len(self._docs) == self.docs_per_file:
            self._save()

    def finish(self) -> None:
        if len(self._docs):
            self._save()
        with about(self.path):
            if self._fresh.path.parent == self._place:
                for file in sorted(self._fresh.path.iterdir()):
                    file.rename(self._place / file.name)
            else:
                self._fresh.path.rename(self._place)

    def discard(self) -> None:
        shutil.rmtree(self._fresh.path, ignore_errors=True)
        self._fresh.release()

    def _save(self) -> None:
        with about(self.path):
            self._docs.to_disk(self._fresh.path / f"{self._files:05}.spacy")
        self._files += 1
        self._new()

    def _new(self) -> None:
        from spacy.tokens import DocBin

        self._docs: Any = DocBin(store_user_data=True)


class JsonlOutput:
    """The package's own JSONL, written document by document."""

    def __init__(self, path: Path) -> None:
        self._file = NewFile(path)

    def add(self, doc: "Doc") -> None:
        import json

        from ..formats import to_record

        line = json.dumps(to_record(doc), ensure_ascii=False) + "\n"
        self._file.write(line.encode("utf8"))

    def finish(self) -> None:
        self._file.finish()

    def discard(self) -> None:
        self._file.discard()


class InlineOutput(JsonlOutput):
    """Text with annotations in brackets, the format "inline"."""

    def add(self, doc: "Doc") -> None:
        from ..formats import to_inline

        self._file.write(to_inline(doc).encode("utf8"))
