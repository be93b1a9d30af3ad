"""`spacy_docre.StoredTriples.v1`: an extractor that finds what another component of the pipeline
has written, for the next one to judge."""

from functools import partial
from typing import Any, Callable, List, Tuple, Union, cast

from spacy.util import registry
from thinc.api import Model

from ..data.entities import EntityDoc, name_of
from ..data.storage import DEFAULT_ATTR, has_relations, load_relations
from ..errors import Errors
from .extractor import Extractor, Found, Request


@registry.architectures("spacy_docre.StoredTriples.v1")
def create_stored_triples(attr: str = DEFAULT_ATTR) -> Extractor:
    """Create an extractor that reads triples from documents. It learns nothing.

    attr (str): The attribute that an earlier component wrote, as in `doc._.relations`.
    RETURNS (Extractor): The extractor.
    """
    return Model("docre_stored", partial(forward, attr=attr))


def forward(
    model: Extractor, inputs: Union[List[EntityDoc], Request], is_train: bool, *, attr: str
) -> Tuple[Any, Callable[[Any], List[EntityDoc]]]:
    """Read triples or, in training, do nothing. See `spacy_docre.models.extractor`."""
    if is_train:
        return model.ops.alloc1f(len(cast(List[EntityDoc], inputs))), lambda _: []
    docs, threshold, _ = cast(Request, inputs)
    return [_read(doc, threshold, attr) for doc in docs], lambda _: []


def _read(doc: EntityDoc, threshold: float, attr: str) -> Found:
    if doc.gold is not None:
        # They were found between other entities and, if this is not the first time, judged already.
        raise ValueError(Errors.DRE786.format(doc=name_of(doc.doc)))
    if not has_relations(doc.doc, attr=attr):
        raise ValueError(Errors.DRE787.format(doc=name_of(doc.doc), attr=attr))
    stored = load_relations(doc.doc, attr=attr)
    if stored.entities != tuple(doc.entities):
        raise ValueError(Errors.DRE788.format(doc=name_of(doc.doc), attr=attr))
    return doc, [triple for triple in stored.triples if triple.rank >= threshold]
