"""Entities from single typed spans, as NER components write them."""

import warnings
from typing import Dict, Iterable, List, Mapping, Optional, Sequence

from spacy.tokens import Doc, Span

from ..data.entities import Entity, Mention, name_of
from ..errors import Errors, Warnings

NIL = "NIL"  # what spaCy's entity linker writes where it finds no entry


def known_id(kb_id: str) -> str:
    """RETURNS (str): The id, or "" if it says that there is none."""
    return "" if kb_id == NIL else kb_id


def check_labels(labels: Optional[Sequence[str]], exclude: Sequence[str]) -> None:
    """Refuse a choice of labels that contradicts itself.

    RAISES (ValueError): If a label is both wanted and excluded.
    """
    both = sorted(set(labels or ()) & set(exclude))
    if both:
        raise ValueError(Errors.DRE106.format(labels=", ".join(both)))


def add_spans(
    doc: Doc,
    entities: Sequence[Entity],
    spans: Iterable[Span],
    *,
    labels: Optional[Sequence[str]] = None,
    exclude: Sequence[str] = (),
    map: Mapping[str, str] = {},
) -> List[Entity]:
    """Add an entity for each span that no entity has as a mention yet. If one has, it stays
    as it is, but learns the id and the type if it had none; only a span with another id is
    an entity of its own.

    doc (Doc): The document.
    entities (Sequence[Entity]): The entities found so far.
    spans (Iterable[Span]): Spans of the document.
    labels (Optional[Sequence[str]]): The labels to take. All if None.
    exclude (Sequence[str]): The labels to leave out.
    map (Mapping[str, str]): Entity types by label. Of other labels, the label is the type.
    RETURNS (List[Entity]): All entities.
    """
    extended = list(entities)
    owners: Dict[Mention, List[int]] = {}
    for position, entity in enumerate(extended):
        for mention in entity.mentions:
            owners.setdefault(mention, []).append(position)
    relabelled = 0
    for span in spans:
        if span.label_ in exclude or (labels is not None and span.label_ not in labels):
            continue
        type = map.get(span.label_, span.label_)
        new = Entity((Mention(span.start, span.end),), type, known_id(span.kb_id_))
        known = owners.setdefault(new.mentions[0], [])
        same = [i for i in known if extended[i].id == new.id] or [
            i for i in known if not extended[i].id or not new.id
        ]
        if not same:
            known.append(len(extended))
            extended.append(new)
            continue
        old = extended[same[0]]
        extended[same[0]] = Entity(old.mentions, old.type or new.type, old.id or new.id)
        is_from_here = same[0] >= len(entities)
        relabelled += is_from_here and bool(new.type) and old.type not in ("", new.type)
    if relabelled:
        warnings.warn(
            Warnings.DRW103.format(doc=name_of(doc), count=relabelled), UserWarning, stacklevel=2
        )
    return extended
