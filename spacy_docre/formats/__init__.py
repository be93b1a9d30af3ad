"""Corpus formats: files of annotated documents in, spaCy documents out."""

from .base import DocumentError, Format, Record, formats, get_format
from .docred import DocRED
from .eog import EoG
from .pubtator import PubTator
from .read import ReadReport, read_docs

__all__ = [
    "DocRED",
    "DocumentError",
    "EoG",
    "Format",
    "PubTator",
    "ReadReport",
    "Record",
    "formats",
    "get_format",
    "read_docs",
]
