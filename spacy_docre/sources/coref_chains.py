"""Chains of head tokens in an extension attribute: coreferee's convention."""

import operator
import warnings
from functools import partial
from typing import Any, Dict, List, Optional, Sequence

from spacy import registry
from spacy.tokens import Doc

from ..data.entities import Entity, Mention, name_of
from ..errors import Errors, Warnings
from .base import EntitySource
from .clusters import Cluster, link_clusters
from .merging import EntityMerger


@registry.misc("spacy_docre.CorefChains.v1")
def make_coref_chains(attr: str = "coref_chains") -> EntitySource:
    """Create a source that reads chains from `doc._.<attr>`. Each chain iterates mentions
    with `token_indexes`, the tokens that head them. Such a token stands for the entity with
    the smallest mention around it, else it is a mention by itself, for example a pronoun.
    Documents without the attribute, or with None, have no such chains.

    A coordination ("they" for Bonnie and Clyde) has several head tokens. It does not make
    its parts one entity, so it is left out, with a warning that tells how many were.

    Chains have token numbers only: what merges or splits tokens has to run before coreferee.

    attr (str): The name of the extension attribute.
    RETURNS (EntitySource): The source.
    """
    return partial(read_coref_chains, attr=attr)


def read_coref_chains(doc: Doc, entities: List[Entity], *, attr: str) -> List[Entity]:
    """Merge entities by the chains in `doc._.<attr>`. See `make_coref_chains`.

    RAISES (ValueError): If a chain is not in this form or points outside the document.
    """
    found = doc._.get(attr) if doc.has_extension(attr) else None
    if found is None:
        return entities
    try:
        chains = [list(chain) for chain in found]
    except TypeError as error:
        expected = "chains of mentions"
        raise ValueError(
            Errors.DRE108.format(doc=name_of(doc), attr=attr, expected=expected, found=repr(found))
        ) from error
    clusters = []
    coordinations = 0
    for number, chain in enumerate(chains):
        heads = [_head(doc, attr, number, mention) for mention in chain]
        coordinations += heads.count(None)
        clusters.append(Cluster(tuple(head for head in heads if head is not None)))
    if coordinations:
        warnings.warn(
            Warnings.DRW102.format(doc=name_of(doc), attr=attr, count=coordinations),
            UserWarning,
            stacklevel=2,
        )
    merger = EntityMerger(entities)
    around = _owners_by_token(entities)
    link_clusters(doc, merger, clusters, lambda head: around.get(head.start, ()))
    return merger.merged()


def _head(doc: Doc, attr: str, chain: int, mention: Any) -> Optional[Mention]:
    """The token that heads a mention, or None if there are several."""
    try:
        tokens = [operator.index(index) for index in mention.token_indexes]
    except (AttributeError, TypeError):
        tokens = []
    if not tokens or not all(0 <= token < len(doc) for token in tokens):
        raise ValueError(
            Errors.DRE105.format(
                doc=name_of(doc), attr=attr, chain=chain, mention=repr(mention), length=len(doc)
            )
        )
    return Mention(tokens[0], tokens[0] + 1) if len(tokens) == 1 else None


def _owners_by_token(entities: Sequence[Entity]) -> Dict[int, List[int]]:
    """For each token the entities with the smallest mention that contains it; the earliest
    of several of the same size."""
    owners: Dict[Mention, List[int]] = {}
    for number, entity in enumerate(entities):
        for mention in entity.mentions:
            owners.setdefault(mention, []).append(number)
    around: Dict[int, List[int]] = {}
    for mention in sorted(owners, key=lambda mention: (mention.end - mention.start, mention)):
        for token in range(*mention):
            around.setdefault(token, owners[mention])
    return around
