"""Under which attribute documents are annotated, where it is not the one that a component has."""

import warnings
from typing import Iterable, List

from spacy.tokens import Doc

from ..errors import Warnings
from .storage import DEFAULT_ATTR, has_relations, stored_attrs


def gold_attr(docs: Iterable[Doc], attr: str) -> str:
    """Find the attribute that holds gold relations. Corpora have them in `doc._.relations`,
    whatever the attribute is that a component writes to.

    docs (Iterable[Doc]): All documents to learn from or to be scored against, since single ones
        may lack the annotation that is asked for.
    attr (str): The attribute of the component.
    RETURNS (str): The same if any document is annotated under it. Otherwise the usual one, with a
        warning, if any is annotated under that.
    """
    docs = list(docs)
    if any(has_relations(doc, attr=attr) for doc in docs):
        return attr
    found = annotated_attrs(docs)
    if DEFAULT_ATTR in found:
        warnings.warn(Warnings.DRW030.format(attr=attr, other=DEFAULT_ATTR), stacklevel=2)
        return DEFAULT_ATTR
    if found:
        warnings.warn(Warnings.DRW031.format(attr=attr, others=name_attrs(found)), stacklevel=2)
    return attr


def annotated_attrs(docs: Iterable[Doc]) -> List[str]:
    """RETURNS (List[str]): The attributes under which any of the documents is annotated."""
    return sorted({attr for doc in docs for attr in stored_attrs(doc)})


def name_attrs(attrs: Iterable[str]) -> str:
    """RETURNS (str): The attributes as code names them, for messages."""
    return ", ".join(f"`doc._.{attr}`" for attr in attrs)
