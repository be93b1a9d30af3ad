"""What `docre-convert` writes: one .spacy file, several in a folder, or JSONL.

Everything is written under another name first, so that nothing is left behind where the input
is refused half way.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Errors
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
        """Remove what was written."""


def create_output(path: Path, docs_per_file: int = 0) -> Output:
    """Choose an output.

    path (Path): A .spacy or .jsonl file, or a folder for several .spacy files.
    docs_per_file (int): How many documents a file of the folder has, or 0 for a single file.
    RETURNS (Output): The output.
    RAISES (ValueError): If the path cannot be written.
    """
    if docs_per_file:
        if path.suffix or (path.exists() and (path.is_file() or any(path.iterdir()))):
            raise ValueError(Errors.DRE366.format(path=path))
        if not path.resolve().parent.is_dir():
            raise ValueError(Errors.DRE335.format(path=path, problem="its folder does not exist"))
        return FolderOutput(path, docs_per_file)
    if path.suffix == ".jsonl":
        check_output(path)
        return JsonlOutput(path)
    check_output(path, suffix=".spacy")
    return FileOutput(path)


class FileOutput:
    """One .spacy file, which spaCy's binary format holds in memory until it is complete."""

    def __init__(self, path: Path) -> None:
        from spacy.tokens import DocBin

        self.path = path
        self._docs = DocBin(store_user_data=True)

    def add(self, doc: "Doc") -> None:
        self._docs.add(doc)

    def finish(self) -> None:
        self._docs.to_disk(self.path)

    def discard(self) -> None:
        pass


class FolderOutput:
    """A folder of .spacy files, of which only one is in memory at a time. spaCy's reader takes
    the folder as a path."""

    def __init__(self, path: Path, docs_per_file: int) -> None:
        self.path = path
        self.docs_per_file = docs_per_file
        self._part = path.with_name(f"{path.name}.part")
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir()
        self._files = 0
        self._new()

    def add(self, doc: "Doc") -> None:
        self._docs.add(doc)
        if len(self._docs) == self.docs_per_file:
            self._save()

    def finish(self) -> None:
        if len(self._docs):
            self._save()
        if self.path.exists():
            self.path.rmdir()
        self._part.rename(self.path)

    def discard(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)

    def _save(self) -> None:
        self._docs.to_disk(self._part / f"{self._files:05}.spacy")
        self._files += 1
        self._new()

    def _new(self) -> None:
        from spacy.tokens import DocBin

        self._docs: Any = DocBin(store_user_data=True)


class JsonlOutput:
    """The package's own JSONL, written document by document."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(f"{path.name}.part")
        self._file = self._part.open("w", encoding="utf-8")

    def add(self, doc: "Doc") -> None:
        import json

        from ..formats import to_record

        self._file.write(json.dumps(to_record(doc), ensure_ascii=False) + "\n")

    def finish(self) -> None:
        self._file.close()
        self._part.replace(self.path)

    def discard(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)
