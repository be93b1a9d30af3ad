"""Corpus formats: files of annotated documents in, spaCy documents out."""

from .base import DocumentError, Format, Record, formats, get_format
from .doc_bin import SpacyDocBin
from .docred import DocRED
from .eog import EoG
from .inline import Inline
from .inline_writer import to_inline
from .jsonl import JSONL
from .jsonl_writer import to_record
from .prodigy import Prodigy
from .pubtator import PubTator
from .read import ReadReport, read_docs
from .scirex import SciREX

__all__ = [
    "JSONL",
    "DocRED",
    "DocumentError",
    "EoG",
    "Format",
    "Inline",
    "Prodigy",
    "PubTator",
    "ReadReport",
    "Record",
    "SciREX",
    "SpacyDocBin",
    "formats",
    "get_format",
    "read_docs",
    "to_inline",
    "to_record",
]
