"""Read the documents of a corpus file, whatever its format."""

import warnings
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Union

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.storage import DEFAULT_ATTR, move_relations
from ..errors import Errors, Warnings
from .base import DocumentError, Dropped, Record, get_format


@dataclass
class ReadReport:
    """What became of the documents of a file.

    read (int): Documents in the file, as far as it was read.
    kept (int): Documents that were converted.
    refused (Counter[str]): Documents that were skipped, by the number of the error.
    first (Dict[str, str]): For each of these numbers the first message.
    dropped (Counter[str]): What was left out of the documents that were kept.
    examples (Dict[str, str]): An example of some of that.
    """

    read: int = 0
    kept: int = 0
    refused: "Counter[str]" = field(default_factory=Counter)
    first: Dict[str, str] = field(default_factory=dict)
    dropped: "Counter[str]" = field(default_factory=Counter)
    examples: Dict[str, str] = field(default_factory=dict)

    def refuse(self, error: DocumentError) -> None:
        """Count a document that is skipped."""
        self.refused[error.code] += 1
        self.first.setdefault(error.code, str(error))

    def warn(self, path: Path) -> None:
        """Warn about everything that the documents do not hold, once for each kind."""
        if self.refused:
            reasons = ", ".join(f"{code}: {count}" for code, count in sorted(self.refused.items()))
            warnings.warn(
                Warnings.DRW301.format(
                    path=path,
                    refused=sum(self.refused.values()),
                    read=self.read,
                    reasons=reasons,
                    first=next(iter(self.first.values())),
                ),
                stacklevel=2,
            )
        for what, count in self.dropped.items():
            if what in self.examples:
                what = f"{what}. The first: {self.examples[what]}"
            warnings.warn(Warnings.DRW302.format(path=path, count=count, what=what), stacklevel=2)


def read_docs(
    path: Union[str, Path],
    vocab: Vocab,
    *,
    format: str = "docred",
    settings: Optional[Mapping[str, Any]] = None,
    tokenizer: Optional[Callable[[str], Doc]] = None,
    on_error: str = "raise",
    limit: int = 0,
    attr: str = DEFAULT_ATTR,
    report: Optional[ReadReport] = None,
) -> Iterator[Doc]:
    """Read a corpus file document by document.

    path (Union[str, Path]): The file.
    vocab (Vocab): The shared vocabulary.
    format (str): The name of a registered format.
    settings (Optional[Mapping[str, Any]]): Settings of the format.
    tokenizer (Optional[Callable[[str], Doc]]): What splits the text of formats that hold no
        tokens, or None for the tokenizer of the vocabulary's language.
    on_error (str): "raise" to stop at the first document that must be refused, "skip" to
        leave it out and count it. Damage that hides where the next document starts
        always stops.
    limit (int): Read no more than this many documents, or all if 0.
    attr (str): The attribute that receives relations.
    report (Optional[ReadReport]): Filled while reading. Without one, what is left out is
        warned about at the end.
    YIELDS (Doc): The documents.
    RAISES (ValueError): If the file or, unless skipped, a document must be refused.
    """
    check_on_error(on_error)
    check_limit(limit)
    path = Path(path)
    reader = get_format(format, settings)
    reader.tokenizer = tokenizer
    seen = _Seen()
    counts = ReadReport() if report is None else report
    for record in islice(reader.records(path), limit or None):
        counts.read += 1
        dropped = Dropped()
        try:
            if record.error is not None:
                raise record.error
            doc = reader.to_doc(record, vocab, dropped)
            if doc is not None:
                seen.check(doc, record)
        except DocumentError as error:
            if on_error == "raise":
                raise
            counts.refuse(error)
            continue
        # What a refused document would have lost is not lost from those that are kept.
        counts.dropped.update(dropped)
        counts.examples = {**dropped.examples, **counts.examples}
        if doc is not None:
            counts.kept += 1
            move_relations(doc, DEFAULT_ATTR, attr)
            yield doc
    if report is None:
        counts.warn(path)


def check_on_error(value: str) -> None:
    """RAISES (ValueError): If this is no way to handle errors."""
    if value not in ("raise", "skip"):
        raise ValueError(Errors.DRE321.format(value=value))


def check_limit(value: int) -> None:
    """RAISES (ValueError): If this is no number of documents."""
    if value < 0:
        raise ValueError(Errors.DRE323.format(value=value))


class _Seen:
    """The documents of a file that were read before, by their ids or, where they have none, by
    what they say. Titles alone need not be unique.
    """

    def __init__(self) -> None:
        self._ids: Dict[str, int] = {}
        self._texts: Dict[bytes, int] = {}

    def check(self, doc: Doc, record: Record) -> None:
        """RAISES (DocumentError): If the document is one of them."""
        if id := doc.user_data.get("id"):
            first = self._ids.setdefault(id, record.index)
            if first != record.index:
                raise DocumentError(Errors.DRE343.format(where=record.where(), id=id, first=first))
            return
        title = doc.user_data.get("title", "")
        # Digests, since a file may have 100,000 documents.
        digest = blake2b(f"{title}\0{doc.text}".encode(), digest_size=16).digest()
        first = self._texts.setdefault(digest, record.index)
        if first != record.index:
            raise DocumentError(Errors.DRE395.format(where=record.where(title), first=first))
