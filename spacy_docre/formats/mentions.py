"""Mentions as files state them, and how they lie in a Doc: one span group per entity."""

from collections import Counter
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import filter_spans

from ..data.entities import Entity
from ..data.storage import DEFAULT_ATTR, has_relations, load_relations
from ..sources.coref_spans import CLUSTER_PREFIX
from ..sources.span_groups import read_spans

Labelled = Dict[Tuple[int, int], Tuple[str, str]]
REPEATED = "mentions were listed more than once in their entity and are kept once"
REFLEXIVE = "relations of an entity to itself were left out: triples have different entities"


@dataclass(frozen=True)
class FileMention:
    """A mention, in tokens of the document.

    start (int): Index of the first token.
    end (int): Index after the last token.
    type (str): The type that the file gives this mention.
    kb_id (str): The id that the file gives this mention, or "".
    """

    start: int
    end: int
    type: str = ""
    kb_id: str = ""


def once(mentions: Iterable[FileMention], dropped: "Counter[str]") -> List[FileMention]:
    """Keep the first mention of each place, and count the others.

    RETURNS (List[FileMention]): The mentions in the order of the file.
    """
    kept: Dict[Tuple[int, int], FileMention] = {}
    for mention in mentions:
        if kept.setdefault((mention.start, mention.end), mention) is not mention:
            dropped[REPEATED] += 1
    return list(kept.values())


def set_entities(
    doc: Doc,
    clusters: Sequence[Sequence[FileMention]],
    known: Optional[Sequence[Tuple[str, str]]] = None,
) -> List[Entity]:
    """Write entities to `doc.spans`, one group each, and to `doc.ents` what does not
    overlap a longer mention, nor begins or ends with white space, which no recogniser of spaCy
    learns. Every span keeps its own type and id.

    doc (Doc): The document.
    clusters (Sequence[Sequence[FileMention]]): For each entity its mentions, none twice.
    known (Optional[Sequence[Tuple[str, str]]]): For each entity its type and id. Otherwise it
        has the most frequent ones of its mentions, or the first of those.
    RETURNS (List[Entity]): The entities, in the same order.
    """
    entities = [
        _to_entity(mentions, known[i] if known else _most_frequent(mentions))
        for i, mentions in enumerate(clusters)
    ]
    everything: List[Span] = []
    for i, (entity, mentions) in enumerate(zip(entities, clusters)):
        spans = [Span(doc, m.start, m.end, label=m.type, kb_id=m.kb_id) for m in mentions]
        name = f"{CLUSTER_PREFIX}_{i}"
        doc.spans[name] = SpanGroup(
            doc, name=name, spans=spans, attrs={"type": entity.type, "id": entity.id}
        )
        everything.extend(spans)
    names = [span for span in everything if span.text == span.text.strip()]
    doc.ents = tuple(filter_spans(names))
    return entities


def cluster_groups(doc: Doc) -> List[SpanGroup]:
    """RETURNS (List[SpanGroup]): The groups that `set_entities` wrote, in its order, with spans at
    the tokens that cover their characters now."""
    return [
        SpanGroup(doc, name=group.name, attrs=group.attrs, spans=read_spans(doc, key))
        for key, group in doc.spans.items()
        if key.startswith(CLUSTER_PREFIX)
    ]


def annotated_entities(doc: Doc, *, attr: str = DEFAULT_ATTR) -> List[Tuple[Entity, Labelled]]:
    """Find the entities of a document: those of its relations, those of its groups of spans or,
    where it has neither, a single mention each in `doc.ents`.

    doc (Doc): The document.
    attr (str): The attribute of its relations.
    RETURNS (List[Tuple[Entity, Labelled]]): The entities, each with the type and id of those
        mentions that a span labels.
    """
    found: List[Tuple[Entity, Labelled]] = []
    for group in cluster_groups(doc):
        labels = {(span.start, span.end): (span.label_, span.kb_id_) for span in group}
        # Groups that others wrote say it of their spans only.
        known = _most_frequent([FileMention(*place, *own) for place, own in labels.items()])
        type, id = (str(group.attrs.get(key, value)) for key, value in zip(("type", "id"), known))
        if labels:
            found.append((Entity.of(labels, type, id), labels))
    if not has_relations(doc, attr=attr):
        return found or [
            (Entity.of([(ent.start, ent.end)], ent.label_, ent.kb_id_), {}) for ent in doc.ents
        ]
    stored = load_relations(doc, attr=attr).entities
    # Where the groups are those of other entities, they say nothing about the stored ones.
    same = [entity for entity, _ in found] == list(stored)
    return found if same else [(entity, {}) for entity in stored]


def count_overlapping(mentions: Sequence[Tuple[int, int]], length: int) -> int:
    """RETURNS (int): How many mentions share a token with another one."""
    covered = [0] * length
    for start, end in mentions:
        for token in range(start, end):
            covered[token] += 1
    return sum(max(covered[start:end]) > 1 for start, end in mentions)


def _to_entity(mentions: Sequence[FileMention], known: Tuple[str, str]) -> Entity:
    return Entity.of([(mention.start, mention.end) for mention in mentions], *known)


def _most_frequent(mentions: Sequence[FileMention]) -> Tuple[str, str]:
    # Of equal counts, Counter returns the one it has seen first.
    # What some mentions do not have, such as pronouns that an annotator linked, others may.
    types = Counter(mention.type for mention in mentions if mention.type).most_common(1)
    ids = Counter(mention.kb_id for mention in mentions if mention.kb_id).most_common(1)
    return types[0][0] if types else "", ids[0][0] if ids else ""
