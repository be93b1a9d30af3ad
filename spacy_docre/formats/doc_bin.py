"""spaCy's own binary format, with relations."""

from collections import Counter
from pathlib import Path
from typing import Iterator, Optional

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..data.doc_bins import doc_bin_files, reading
from ..data.storage import load_relations
from ..errors import Errors
from .base import DocumentError, Format, Record, formats


@formats.register("spacy")
class SpacyDocBin(Format):
    """A .spacy file, or a folder of them, as `docre-convert` or spaCy write it."""

    def records(self, path: Path) -> Iterator[Record]:
        index = 0
        for file in doc_bin_files(path):
            with reading(file):
                for doc in DocBin().from_disk(file).get_docs(Vocab()):
                    yield Record(file, index, doc)
                    index += 1

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        if not record.data.text.strip():
            raise DocumentError(Errors.DRE345.format(where=record.where()))
        doc = Doc(vocab).from_bytes(record.data.to_bytes())
        try:
            load_relations(doc)
        except ValueError as error:
            raise DocumentError(str(error)) from error
        return doc
