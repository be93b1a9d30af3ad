"""Which component wrote the relations of a document: of two with the same attribute, the later one
replaces what the other has found."""

import warnings
from typing import Dict
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

from ..data.storage import has_relations
from ..errors import Warnings

# By document and attribute.
_WRITERS: "WeakKeyDictionary[Doc, Dict[str, str]]" = WeakKeyDictionary()


def note_writer(doc: Doc, attr: str, name: str) -> None:
    """Note that a component is about to write relations to a document, and warn if those of another
    one are there.

    doc (Doc): The document.
    attr (str): The attribute that receives relations.
    name (str): The name of the component.
    """
    writers = _WRITERS.setdefault(doc, {})
    other = writers.get(attr, name)
    if other != name and has_relations(doc, attr=attr):
        warnings.warn(Warnings.DRW940.format(name=name, other=other, attr=attr), stacklevel=2)
    writers[attr] = name
