"""The contract that every corpus format keeps, and where formats are registered."""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

import catalogue
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..errors import Errors
from .settings import apply_settings

# Other packages add formats through an entry point group of the same name.
formats = catalogue.create("spacy_docre", "formats", entry_points=True)


class DocumentError(ValueError):
    """What is wrong with one document, where the others can still be read."""

    @property
    def code(self) -> str:
        """The number of the error, for example "DRE309"."""
        return str(self).partition("]")[0].lstrip("[")


@dataclass(frozen=True)
class Record:
    """One document as the file has it, not checked yet.

    path (Path): The file.
    index (int): The position of the document in the file, from 0.
    data (Any): What the file says.
    error (Optional[DocumentError]): Why it could not be read, in place of data.
    """

    path: Path
    index: int
    data: Any = None
    error: Optional[DocumentError] = None

    def where(self, title: str = "") -> str:
        """Name the document in a message."""
        return place(self.path, self.index) + (f" ({title!r})" if title else "")


class Dropped(Counter[str]):
    """What documents lose, counted by phrases, some of which have an example.

    examples (Dict[str, str]): The first example of a phrase.
    """

    def __init__(self) -> None:
        super().__init__()
        self.examples: Dict[str, str] = {}


def count_example(dropped: "Counter[str]", what: str, example: str) -> None:
    """Count what a document loses, with an example if nothing shows yet what is meant."""
    dropped[what] += 1
    if isinstance(dropped, Dropped):
        dropped.examples.setdefault(what, example)


class Format(ABC):
    """A corpus format. Reading takes two steps, so that a document which must be
    refused does not end the reading of the others. The keyword arguments of `__init__` are
    the settings of the format, for configs and for the command line.

    tokenizer (Optional[Callable[[str], Doc]]): For formats whose files hold text rather than
        tokens: what splits it. `read_docs` sets it; None stands for the tokenizer of the
        vocabulary's language.
    """

    tokenizer: Optional[Callable[[str], Doc]] = None

    @abstractmethod
    def records(self, path: Path) -> Iterator[Record]:
        """Read a file document by document, never as a whole.

        path (Path): The file.
        YIELDS (Record): The documents.
        RAISES (ValueError): If the rest of the file cannot be read.
        """

    @abstractmethod
    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        """Check a document and convert it. Mentions go to `doc.ents`, as far as they
        do not overlap, and to one span group per entity, relations to
        `spacy_docre.data.storage`.

        record (Record): The document, without an error.
        vocab (Vocab): The shared vocabulary.
        dropped (Counter[str]): Where to count what a Doc cannot hold, by a phrase that
            completes "17 …".
        RETURNS (Optional[Doc]): The document, or None if the file itself says that it is not to
            be used. Count it in `dropped` then.
        RAISES (DocumentError): If the document is not what the format demands.
        """


def get_format(name: str, settings: Optional[Mapping[str, Any]] = None) -> Format:
    """Make a format.

    name (str): The name it is registered under.
    settings (Optional[Mapping[str, Any]]): Its settings, as values or as strings.
    RETURNS (Format): The format.
    RAISES (ValueError): If there is no such format or setting, or a value does not fit.
    """
    known = formats.get_all()
    if name not in known:
        raise ValueError(Errors.DRE320.format(name=name, names=", ".join(sorted(known))))
    return apply_settings(name, known[name], settings or {})


def place(path: Path, index: int) -> str:
    """Name the position of a document in a file, for messages."""
    return f"{path}, document {index} (counted from 0)"
