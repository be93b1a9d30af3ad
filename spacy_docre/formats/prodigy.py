"""What Prodigy's recipe `rel.manual` exports: spans, and relations between them."""

from collections import Counter
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.notes import CorpusNotes, store_notes
from ..data.storage import store_relations
from ..data.triples import Triple
from ..showing import is_blank, show
from .base import Format, Record, formats
from .fields import Fields
from .json_records import read_json_records
from .mentions import REFLEXIVE, FileMention, set_entities
from .text_fields import Place, find_places, read_place, read_text, split_text
from .text_tokens import set_sentences

ANSWERS = ("accept", "reject", "ignore")
NOT_ACCEPTED = "documents were rejected or ignored by the annotator, and are left out"
MERGED = "relations were stated for several mentions of the same entities and are kept once"
TWO_IDS = "spans repeat one of the same place with another id, and are left out"
TWO_LABELS = "spans repeat one of the same place with another label, and are left out"


@formats.register("prodigy")
class Prodigy(Format):
    """Texts with `spans` and `relations`, which connect a head and a child: two spans, or two
    tokens, which then are mentions without a type. Spans that are connected by coreference are
    one entity, any other span is an entity of its own.

    coreference (List[str]): The labels of relations that connect mentions of one entity.
    sentences (bool): Whether to set sentence boundaries by spaCy's rules for punctuation.
    """

    def __init__(
        self,
        coreference: List[str] = ["COREF"],  # noqa: B006
        sentences: bool = True,
    ) -> None:
        self.coreference = coreference
        self.sentences = sentences

    def records(self, path: Path) -> Iterator[Record]:
        return read_json_records(path)

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        fields = Fields(record.data, record.where())
        answer = fields.string("answer") if fields.has("answer") else "accept"
        if answer not in ANSWERS:
            expected, found = "'accept', 'reject' or 'ignore'", show(answer)
            raise fields.error("DRE305", "answer", expected=expected, found=found)
        if answer != "accept":
            dropped[NOT_ACCEPTED] += 1
            return None
        text = read_text(fields)
        spans = _Spans(fields, text, dropped)
        for entry in fields.objects("spans") if fields.has("spans") else ():
            spans.add(entry)
        links: List[Tuple[str, int, int]] = []
        for entry in fields.objects("relations"):
            label = entry.name("label")
            links.append((label, spans.end(entry, "head"), spans.end(entry, "child")))
        if fields.has("tokens"):
            doc = _read_tokens(fields, text, vocab)
            places = find_places(fields, doc, spans.places)
        else:
            doc, places = split_text(fields, text, spans.places, (), vocab, self.tokenizer, dropped)
        if fields.has("_input_hash"):
            doc.user_data["id"] = fields.scalar("_input_hash")
        meta = _read_meta(fields)
        if not is_blank(meta.get("title", "")):
            doc.user_data["title"] = meta["title"]
        store_notes(doc, CorpusNotes(doc_attrs=meta))
        clusters = _merge(
            len(places), [ends for label, *ends in links if label in self.coreference]
        )
        entity_of = {span: i for i, cluster in enumerate(clusters) for span in cluster}
        mentions = [
            FileMention(*place, type, id) for place, type, id in zip(places, spans.types, spans.ids)
        ]
        entities = set_entities(doc, [[mentions[i] for i in cluster] for cluster in clusters])
        triples: Dict[Triple, None] = {}
        for label, head, child in links:
            if label in self.coreference:
                continue
            triple = Triple((entity_of[head], entity_of[child]), label)
            if triple.head == triple.tail:
                dropped[REFLEXIVE] += 1
            elif triple in triples:
                dropped[MERGED] += 1
            else:
                triples[triple] = None
        store_relations(doc, entities, triples)
        if self.sentences:
            set_sentences(doc, together=places)
        return doc


class _Spans:
    """The spans of a document, each place once.

    places (List[Place]): Where they are.
    types (List[str]): Their labels.
    ids (List[str]): Their ids in a knowledge base.
    """

    def __init__(self, fields: Fields, text: str, dropped: "Counter[str]") -> None:
        self.places: List[Place] = []
        self.types: List[str] = []
        self.ids: List[str] = []
        self._text = text
        self._dropped = dropped
        self._tokens = fields.objects("tokens") if fields.has("tokens") else []
        self._numbers: Dict[Tuple[int, int], int] = {}

    def add(self, entry: Fields) -> int:
        """RETURNS (int): The number of a span, which may be known already."""
        place = read_place(entry, self._text)
        number = self._numbers.setdefault((place.start, place.end), len(self.places))
        if number == len(self.places):
            self.places.append(place)
            self.types.append("")
            self.ids.append("")
        # The ends of a relation repeat a span, with a null label if they are single tokens.
        type = ""
        if entry.has("label") and not entry.is_null("label"):
            type = entry.name("label", empty=True)
        if not self.types[number]:
            self.types[number] = type
        elif type and type != self.types[number]:
            self._dropped[TWO_LABELS] += 1
        id = ""
        if entry.has("kb_id") and not entry.is_null("kb_id"):
            id = entry.scalar("kb_id")
        if not self.ids[number]:
            self.ids[number] = id
        elif id and id != self.ids[number]:
            self._dropped[TWO_IDS] += 1
        return number

    def end(self, relation: Fields, key: str) -> int:
        """RETURNS (int): The number of the span at one end of a relation."""
        span = relation.object(f"{key}_span") if relation.has(f"{key}_span") else None
        if span is not None and not (self._tokens and relation.has(key)):
            return self.add(span)
        token = relation.integer(key)
        if not 0 <= token < len(self._tokens):
            count = len(self._tokens)
            raise relation.error("DRE386", key, found=token, count=count)
        start, end = (self._tokens[token].integer(side) for side in ("start", "end"))
        if span is not None:
            number = self.add(span)
            _, first, last, _ = self.places[number]
            if not first <= start < end <= last:
                raise relation.error(
                    "DRE390", key, found=token, start=start, end=end, first=first, last=last
                )
            return number
        for (first, last), number in self._numbers.items():
            if first <= start and end <= last:
                return number
        return self.add(self._tokens[token])


def _read_meta(fields: Fields) -> Dict[str, str]:
    """RETURNS (Dict[str, str]): What the task says of its text, as strings."""
    if not fields.has("meta") or fields.is_null("meta"):
        return {}
    meta = fields.object("meta")
    return {key: meta.text(key) for key in meta.keys()}  # noqa: SIM118


def _read_tokens(fields: Fields, text: str, vocab: Vocab) -> Doc:
    tokens = fields.objects("tokens")
    doc = Doc(
        vocab,
        words=[token.string("text", empty=False) for token in tokens],
        spaces=[token.flag("ws") if token.has("ws") else True for token in tokens],
    )
    if doc.text != text:
        raise fields.refusal("DRE384", "text")
    return doc


def _merge(count: int, pairs: List[List[int]]) -> List[List[int]]:
    """RETURNS (List[List[int]]): What the pairs connect, in order of the first of each."""
    leader = list(range(count))
    for pair in pairs:
        first, second = sorted(leader[i] for i in pair)
        leader = [first if i == second else i for i in leader]
    clusters: Dict[int, List[int]] = {}
    for i, first in enumerate(leader):
        clusters.setdefault(first, []).append(i)
    return list(clusters.values())
