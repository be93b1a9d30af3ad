"""Documents joined and cut with their entities and relations, which spaCy's own ways lose."""

import re
import warnings
from bisect import bisect_right
from dataclasses import replace
from typing import Dict, List, Mapping, Sequence, Tuple

from spacy.tokens import Doc, Span, SpanGroup

from ..errors import Errors, Warnings
from ..sources.span_groups import read_spans
from .entities import Entity, name_of
from .notes import CorpusNotes, load_notes, store_notes
from .schema import BINARY_ROLES, RelationWords
from .storage import (
    DEFAULT_ATTR,
    StoredRelations,
    clear_relations,
    load_relations,
    store_relations,
    stored_attrs,
)
from .triples import Triple

# Clusters are numbered in their document, by coreference components and by corpus formats.
CLUSTER = re.compile(r"(coref\w*_)(\d+)")


def join_docs(docs: Sequence[Doc]) -> Doc:
    """Join documents, as `Doc.from_docs` does, with their relations, clusters and notes of corpora.
    The sentences that evidence numbers are counted on; clusters are numbered on. Entities of two
    documents stay two entities, whatever their ids. Titles and ids are left out, and what notes
    say of a whole document.

    docs (Sequence[Doc]): The documents, with one vocabulary. Under an attribute either all of them
        are annotated with relations or none.
    RETURNS (Doc): A new document.
    RAISES (ValueError): If there are no documents, only some are annotated, or two have other roles
        for the same relation.
    """
    docs = [doc for doc in docs if len(doc)]
    if not docs:
        raise ValueError(Errors.DRE089.format(problem="there are none with text"))
    joined = Doc.from_docs([_without_ours(doc) for doc in docs])
    offsets = [sum(map(len, docs[:i])) for i in range(len(docs))]
    if joined.has_annotation("SENT_START") and not joined.has_annotation("DEP"):
        for offset in offsets:
            joined[offset].is_sent_start = True
    for doc, offset in zip(docs, offsets):
        _add_clusters(joined, doc, offset)
    for attr in dict.fromkeys(attr for doc in docs for attr in stored_attrs(doc)):
        unknown = [name_of(doc) for doc in docs if attr not in stored_attrs(doc)]
        if unknown:
            problem = f"only some have relations in `doc._.{attr}`, and not {unknown[0]}"
            raise ValueError(Errors.DRE089.format(problem=problem))
        _join_relations(joined, docs, offsets, attr)
    _join_notes(joined, docs, offsets)
    return joined


def cut_doc(doc: Doc, start: int, end: int) -> Doc:
    """Cut a part out of a document, as `Span.as_doc` does, with its relations, clusters and notes
    of corpora. An entity keeps the mentions that lie in the part, a relation is kept if all of its
    entities have one there, and evidence keeps the sentences that begin in the part or reach into
    it. Mentions that cross the cut, and relations with an entity on its other side only, are
    counted in a warning. The title stays, the id does not.

    doc (Doc): The document.
    start (int): The first token of the part.
    end (int): The token after its last.
    RETURNS (Doc): A new document.
    RAISES (ValueError): If there are no such tokens.
    """
    if not 0 <= start < end <= len(doc):
        problem = f"tokens {start} to {end} are no part of {name_of(doc)}, which has {len(doc)}"
        raise ValueError(Errors.DRE089.format(problem=problem))
    part = doc[start:end].as_doc(copy_user_data=True)
    store_notes(part, CorpusNotes())
    part.user_data.pop("id", None)
    for name, group in doc.spans.items():
        spans = read_spans(doc, name)
        inside = [span for span in spans if start <= span.start and span.end <= end]
        if inside:
            part.spans[name] = _moved_group(part, name, inside, group, -start)
    for attr in stored_attrs(doc):
        clear_relations(part, attr=attr)
        _cut_relations(doc, part, start, end, attr)
    return part


def _without_ours(doc: Doc) -> Doc:
    """A copy without what is joined here, which spaCy would warn about or mix up."""
    # Where tokens were merged, spaCy may not be able to copy groups of spans, as `Doc.copy` does.
    copy = doc[:].as_doc()
    copy.user_data.update(doc.user_data)
    for attr in stored_attrs(doc):
        clear_relations(copy, attr=attr)
    store_notes(copy, CorpusNotes())
    for key in ("id", "title"):
        copy.user_data.pop(key, None)
    for name, group in doc.spans.items():
        if not CLUSTER.fullmatch(name):
            copy.spans[name] = _moved_group(copy, name, read_spans(doc, name), group, 0)
    return copy


def _moved_group(
    target: Doc, name: str, spans: Sequence[Span], group: SpanGroup, offset: int
) -> SpanGroup:
    moved = [
        Span(
            target,
            span.start + offset,
            span.end + offset,
            label=span.label,
            kb_id=span.kb_id,
            span_id=span.id,
        )
        for span in spans
    ]
    return SpanGroup(target, name=name, attrs=dict(group.attrs), spans=moved)


def _add_clusters(joined: Doc, doc: Doc, offset: int) -> None:
    used = [int(match[2]) for match in map(CLUSTER.fullmatch, joined.spans) if match]
    found = [(match, doc.spans[match[0]]) for match in map(CLUSTER.fullmatch, doc.spans) if match]
    # All kinds by the same number, since heads and their clusters share theirs.
    shift = max(used) + 1 - min(int(match[2]) for match, _ in found) if used and found else 0
    for match, group in found:
        name = f"{match[1]}{int(match[2]) + shift}"
        spans = read_spans(doc, match[0])
        joined.spans[name] = _moved_group(joined, name, spans, group, offset)


def _join_relations(joined: Doc, docs: Sequence[Doc], offsets: Sequence[int], attr: str) -> None:
    entities: List[Entity] = []
    triples = []
    soft: List[Triple] = []
    parts = [load_relations(doc, attr=attr) for doc in docs]
    roles: Dict[str, Tuple[str, ...]] = {}
    words: Dict[str, RelationWords] = {}
    for doc, offset, stored in zip(docs, offsets, parts):
        words = {**stored.words, **words}
        sentences = _sentences(doc, joined, offset, stored)
        before = len(entities)
        entities += [
            replace(e, mentions=Entity.of((s + offset, t + offset) for s, t in e.mentions).mentions)
            for e in stored.entities
        ]
        for triple in stored.triples:
            own = stored.roles_of(triple)
            if roles.setdefault(triple.label, own) != own:
                known = list(roles[triple.label])
                raise ValueError(
                    Errors.DRE087.format(
                        doc=name_of(doc), label=triple.label, first=known, second=list(own)
                    )
                )
            numbers = tuple(sentences[n] for n in triple.evidence if n in sentences)
            arguments = tuple(index + before for index in triple.entities)
            triples.append(replace(triple, entities=arguments, evidence=numbers))
        # What is certain is probable, too.
        for triple in stored.triples if stored.soft is None else stored.soft:
            arguments = tuple(index + before for index in triple.entities)
            soft.append(Triple(arguments, triple.label, triple.score))
    named = {label: names for label, names in roles.items() if names != BINARY_ROLES}
    taught = any(stored.soft is not None for stored in parts)
    store_relations(
        joined,
        entities,
        triples,
        roles=named,
        words=words,
        soft=soft if taught else None,
        attr=attr,
    )


def _cut_relations(doc: Doc, part: Doc, start: int, end: int, attr: str) -> None:
    stored = load_relations(doc, attr=attr)
    sentences = _sentences(doc, part, -start, stored)
    entities: List[Entity] = []
    numbers: Dict[int, int] = {}
    crossing = 0
    for index, entity in enumerate(stored.entities):
        crossing += sum(
            s < end and start < t and not (start <= s and t <= end) for s, t in entity.mentions
        )
        inside = [(s - start, t - start) for s, t in entity.mentions if start <= s and t <= end]
        if inside:
            numbers[index] = len(entities)
            entities.append(Entity.of(inside, entity.type, entity.id))
    kept = [all(i in numbers for i in triple.entities) for triple in stored.triples]
    lost = sum(
        not whole and any(i in numbers for i in triple.entities)
        for whole, triple in zip(kept, stored.triples)
    )
    triples = [
        replace(
            triple,
            entities=tuple(numbers[i] for i in triple.entities),
            evidence=tuple(sentences[n] for n in triple.evidence if n in sentences),
        )
        for whole, triple in zip(kept, stored.triples)
        if whole
    ]
    soft = [
        replace(triple, entities=tuple(numbers[i] for i in triple.entities))
        for triple in stored.soft or ()
        if all(i in numbers for i in triple.entities)
    ]
    store_relations(
        part,
        entities,
        triples,
        roles=stored.roles,
        words=stored.words,
        soft=None if stored.soft is None else soft,
        attr=attr,
    )
    if lost or crossing:
        warnings.warn(
            Warnings.DRW032.format(
                doc=name_of(doc), start=start, end=end, relations=lost, mentions=crossing
            ),
            stacklevel=3,
        )
    if attr == DEFAULT_ATTR:
        _cut_notes(load_notes(doc), part, start, end, numbers, kept)


def _sentences(source: Doc, target: Doc, offset: int, stored: StoredRelations) -> Dict[int, int]:
    """RETURNS (Dict[int, int]): The numbers that the sentences of one document have in another."""
    if not (source.has_annotation("SENT_START") and target.has_annotation("SENT_START")):
        if count := sum(len(triple.evidence) for triple in stored.triples):
            warnings.warn(Warnings.DRW033.format(doc=name_of(source), count=count), stacklevel=4)
        return {}
    starts = [sentence.start for sentence in target.sents]
    return {
        number: bisect_right(starts, max(0, sentence.start + offset)) - 1
        for number, sentence in enumerate(source.sents)
        if sentence.end + offset > 0 and sentence.start + offset < len(target)
    }


def _cut_notes(
    notes: CorpusNotes,
    part: Doc,
    start: int,
    end: int,
    numbers: Mapping[int, int],
    kept: Sequence[bool],
) -> None:
    sections = [(max(s, start), min(t, end)) for s, t in notes.sections]
    store_notes(
        part,
        CorpusNotes(
            excluded_pairs=[
                (numbers[head], numbers[tail])
                for head, tail in notes.excluded_pairs
                if head in numbers and tail in numbers
            ],
            triple_attrs=[a for a, whole in zip(notes.triple_attrs, kept) if whole],
            entity_attrs=[a for i, a in enumerate(notes.entity_attrs) if i in numbers],
            doc_attrs=notes.doc_attrs,
            sections=[(s - start, t - start) for s, t in sections if s < t],
            salient=[numbers[index] for index in notes.salient if index in numbers],
        ),
    )


def _join_notes(joined: Doc, docs: Sequence[Doc], offsets: Sequence[int]) -> None:
    notes = CorpusNotes()
    before = 0
    for doc, offset in zip(docs, offsets):
        own = load_notes(doc)
        stored = load_relations(doc) if DEFAULT_ATTR in stored_attrs(doc) else StoredRelations()
        notes.excluded_pairs.extend((h + before, t + before) for h, t in own.excluded_pairs)
        notes.triple_attrs.extend(own.triple_attrs or [{} for _ in stored.triples])
        notes.entity_attrs.extend(own.entity_attrs or [{} for _ in stored.entities])
        notes.sections.extend((s + offset, t + offset) for s, t in own.sections)
        notes.salient.extend(index + before for index in own.salient)
        for label, count in own.unmentioned.items():
            notes.unmentioned[label] = notes.unmentioned.get(label, 0) + count
        before += len(stored.entities)
    if not any(notes.triple_attrs):
        notes = replace(notes, triple_attrs=[])
    if not any(notes.entity_attrs):
        notes = replace(notes, entity_attrs=[])
    store_notes(joined, notes)
