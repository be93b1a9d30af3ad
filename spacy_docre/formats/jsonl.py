"""The package's own JSONL, for people who annotate themselves. `jsonl.schema.json` defines it."""

from collections import Counter
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.notes import CorpusNotes, store_notes
from ..data.schema import BINARY_ROLES
from ..data.storage import store_relations
from ..data.triples import Triple
from ..showing import show
from .base import Format, Record, formats
from .fields import Fields
from .json_records import read_json_records
from .mentions import FileMention, once, set_entities
from .text_fields import Place, find_places, read_place, read_text, split_text
from .text_tokens import set_sentences, trim

SCHEMA_PATH = Path(__file__).with_name("jsonl.schema.json")
# Far more than any document has; a .spacy file cannot store integers of any size.
LARGEST = 2**31 - 1
DOCUMENT = (
    "id",
    "title",
    "text",
    "tokens",
    "unknown_spaces",
    "sentences",
    "entities",
    "relations",
    "roles",
    "notes",
)


@formats.register("jsonl")
class JSONL(Format):
    """A text, entities as lists of mentions by their characters, and relations between
    entities. Everything else is optional: `tokens` and `sentences`, without which the
    tokenizer of the language splits the text, ids, evidence, scores, and the roles of relations
    of more than two entities.

    sentences (bool): Whether to set sentence boundaries by spaCy's rules for punctuation where
        the file gives neither `sentences` nor `tokens`.
    """

    def __init__(self, sentences: bool = True) -> None:
        self.sentences = sentences
        self._roles: Dict[str, Tuple[str, ...]] = {}

    def records(self, path: Path) -> Iterator[Record]:
        return read_json_records(path)

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        fields = Fields(record.data, record.where())
        labels = {key: fields.string(key) for key in ("id", "title") if fields.has(key)}
        fields.where = record.where(labels.get("id") or labels.get("title") or "")
        fields.allow(*DOCUMENT)
        text = read_text(fields)
        entities = _read_entities(fields, text)
        places = [place for entity in entities for place, _ in entity.mentions]
        starts = _read_starts(fields, len(text))
        if fields.has("tokens"):
            doc = _read_tokens(fields, text, vocab)
            where = find_places(fields, doc, places)
            _set_starts(fields, doc, starts)
        else:
            # Spaces before a sentence are part of the one before it, except at the very start.
            trimmed = [start and trim(text, start, len(text))[0] for start in starts]
            if len(set(trimmed)) < len(starts):
                raise fields.error("DRE391", "sentences", found=str(starts)[:60])
            starts = trimmed
            doc, where = split_text(fields, text, places, starts, vocab, self.tokenizer, dropped)
            _set_starts(fields, doc, starts)
            if self.sentences and not fields.has("sentences"):
                set_sentences(doc, together=where)
        doc.user_data.update({key: value for key, value in labels.items() if value})
        found = iter(where)
        clusters = [
            once(
                (FileMention(*next(found), *known) for _, known in entity.mentions),
                dropped,
            )
            for entity in entities
        ]
        stored = set_entities(doc, clusters, [entity.known for entity in entities])
        triples: List[Triple] = []
        roles: Dict[str, List[str]] = {}
        if fields.has("relations"):
            roles = _read_roles(fields)
            triples = _read_relations(fields, len(entities), roles)
            _check_evidence(fields, triples, doc)
            store_relations(doc, stored, triples, roles=roles)
        if fields.has("notes"):
            notes = _read_notes(fields.object("notes"), len(entities), len(doc))
            for key, attrs, what, count in (
                ("triple_attrs", notes.triple_attrs, "relations", len(triples)),
                ("entity_attrs", notes.entity_attrs, "entities", len(entities)),
            ):
                if attrs and len(attrs) != count:
                    raise fields.refusal(
                        "DRE388", f"notes.{key}", found=len(attrs), count=count, what=what
                    )
            store_notes(doc, notes)
        # Last, since a document that is refused says nothing about relations of later ones.
        self._check_roles(fields, triples, roles)
        return doc

    def _check_roles(
        self, fields: Fields, triples: Sequence[Triple], roles: Mapping[str, Sequence[str]]
    ) -> None:
        """Refuse a relation that an earlier document has with other roles."""
        own = {label: tuple(roles.get(label, BINARY_ROLES)) for label in {t.label for t in triples}}
        for label, found in sorted(own.items()):
            known = self._roles.get(label, found)
            if known != found:
                raise fields.refusal(
                    "DRE392", "roles", label=label, found=list(found), known=list(known)
                )
        self._roles.update(own)


class _FileEntity:
    """An entity as the file has it.

    known (Tuple[str, str]): Its type and id.
    mentions (List[Tuple[Place, Tuple[str, str]]]): Where it is mentioned, with type and id.
    """

    def __init__(self, entry: Fields, text: str) -> None:
        entry.allow("type", "id", "mentions")
        self.known = _optional(entry, ("", ""))
        self.mentions: List[Tuple[Place, Tuple[str, str]]] = []
        for mention in entry.objects("mentions"):
            mention.allow("start", "end", "text", "type", "id")
            place = read_place(mention, text)
            self.mentions.append((place, _optional(mention, self.known)))
        if not self.mentions:
            raise entry.error("DRE310", "mentions")


def _optional(entry: Fields, default: Tuple[str, str]) -> Tuple[str, str]:
    type, id = default
    return (
        entry.name("type", empty=True) if entry.has("type") else type,
        entry.string("id") if entry.has("id") else id,
    )


def _read_entities(fields: Fields, text: str) -> List[_FileEntity]:
    return [_FileEntity(entry, text) for entry in fields.objects("entities")]


def _read_tokens(fields: Fields, text: str, vocab: Vocab) -> Doc:
    """Read tokens as ranges of characters."""
    ranges = fields.pairs("tokens")
    end = 0
    for i, (start, stop) in enumerate(ranges):
        gap = text[end:start]
        if not end <= start < stop <= len(text) or gap not in (("", " ") if i else ("",)):
            raise fields.refusal("DRE378", f"tokens[{i}]")
        end = stop
    if text[end:] not in ("", " "):
        raise fields.refusal("DRE378", f"tokens[{len(ranges)}]")
    words = [text[start:stop] for start, stop in ranges]
    if fields.has("unknown_spaces") and fields.flag("unknown_spaces"):
        doc = Doc(vocab, words=words)
        if doc.text.rstrip(" ") != text.rstrip(" "):
            raise fields.refusal("DRE384", "text")
        return doc
    nexts = [start for start, _ in ranges[1:]] + [len(text)]
    return Doc(vocab, words=words, spaces=[stop < n for (_, stop), n in zip(ranges, nexts)])


def _read_starts(fields: Fields, length: int) -> List[int]:
    starts = fields.integers("sentences") if fields.has("sentences") else []
    for i, start in enumerate(starts):
        if not (starts[i - 1] if i else -1) < start < length:
            raise fields.error("DRE385", "sentences", found=str(starts)[:60], length=length)
    return starts


def _set_starts(fields: Fields, doc: Doc, starts: Sequence[int]) -> None:
    if not fields.has("sentences"):
        return
    tokens = {token.idx: token for token in doc}
    for token in doc:
        token.is_sent_start = token.i == 0
    for start in starts:
        if start not in tokens:  # only if the file has tokens of its own
            raise fields.refusal("DRE377", "sentences", start=start, end=start)
        tokens[start].is_sent_start = True


def _read_roles(fields: Fields) -> Dict[str, List[str]]:
    if not fields.has("roles"):
        return {}
    roles = fields.object("roles")
    names: Dict[str, List[str]] = {}
    for label in roles.names():
        own = [
            roles.check_name(role, f"{roles.at(label)}[{i}]")
            for i, role in enumerate(roles.items(label))
        ]
        if len(own) < 2 or len(set(own)) < len(own):
            raise roles.error("DRE393", label, found=own)
        names[label] = own
    return names


def _read_score(entry: Fields) -> Optional[float]:
    """The score of a relation: 1 if it is absent, and None if it is null, which says that nobody
    has told it."""
    if not entry.has("score"):
        return 1.0
    return None if entry.is_null("score") else entry.number("score")


def _read_relations(fields: Fields, count: int, roles: Mapping[str, Sequence[str]]) -> List[Triple]:
    triples: Dict[Triple, str] = {}
    for entry in fields.objects("relations"):
        entry.allow("label", "entities", "evidence", "score")
        label = entry.name("label")
        entities = entry.integers("entities")
        _check_known(entry, "entities", entities, count)
        expected = len(roles.get(label, BINARY_ROLES))
        if len(entities) != expected:
            raise entry.error("DRE382", "entities", found=len(entities), expected=expected)
        if len(set(entities)) < len(entities):
            twice = Counter(entities).most_common(1)[0][0]
            raise entry.error("DRE380", "entities", entity=twice)
        score = _read_score(entry)
        if score is not None and not 0 <= score <= 1:
            raise entry.error("DRE387", "score", found=score)
        triple = Triple(
            tuple(entities),
            label,
            score,
            tuple(entry.integers("evidence") if entry.has("evidence") else ()),
        )
        first = triples.setdefault(triple, entry.path)
        if first != entry.path:
            raise entry.refusal("DRE381", entry.path, first=first)
    return list(triples)


def _check_known(fields: Fields, key: str, entities: Sequence[int], count: int) -> None:
    """Refuse numbers of entities that the document does not have."""
    for i, index in enumerate(entities):
        if not 0 <= index < count:
            raise fields.refusal("DRE379", f"{fields.at(key)}[{i}]", found=index, count=count)


def _check_evidence(fields: Fields, triples: Sequence[Triple], doc: Doc) -> None:
    count = len(list(doc.sents)) if doc.has_annotation("SENT_START") else 0
    for i, triple in enumerate(triples):
        for j, sentence in enumerate(triple.evidence):
            if not 0 <= sentence < count:
                field = f"relations[{i}].evidence[{j}]"
                raise fields.refusal("DRE308", field, found=sentence, count=count)


def _read_notes(notes: Fields, count: int, length: int) -> CorpusNotes:
    notes.allow(*(field.name for field in dataclass_fields(CorpusNotes)))
    values: Dict[str, Any] = {}
    if notes.has("excluded_pairs"):
        values["excluded_pairs"] = notes.pairs("excluded_pairs")
        for i, pair in enumerate(values["excluded_pairs"]):
            if not all(0 <= index < count for index in pair):
                field = f"{notes.at('excluded_pairs')}[{i}]"
                raise notes.refusal("DRE379", field, found=list(pair), count=count)
    if notes.has("sections"):
        values["sections"] = notes.pairs("sections")
        for i, (start, end) in enumerate(values["sections"]):
            if not 0 <= start <= end <= length:
                field = f"{notes.at('sections')}[{i}]"
                raise notes.refusal("DRE394", field, found=[start, end], length=length)
    if notes.has("salient"):
        values["salient"] = notes.integers("salient")
        _check_known(notes, "salient", values["salient"], count)
    for name in ("triple_attrs", "entity_attrs"):
        if notes.has(name):
            values[name] = [_read_attrs(entry) for entry in notes.objects(name)]
    if notes.has("doc_attrs"):
        values["doc_attrs"] = _read_attrs(notes.object("doc_attrs"))
    if notes.has("unmentioned"):
        labels = notes.object("unmentioned")
        values["unmentioned"] = {key: labels.integer(key) for key in labels.names()}
        for key, triples in values["unmentioned"].items():
            if not 0 <= triples <= LARGEST:
                raise labels.error(
                    "DRE305", key, expected=f"between 0 and {LARGEST}", found=show(triples)
                )
    return CorpusNotes(**values)


def _read_attrs(attrs: Fields) -> Dict[str, str]:
    return {key: attrs.string(key) for key in attrs.keys()}  # noqa: SIM118
