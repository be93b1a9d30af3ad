"""The JSON of DocRED and its relatives."""

from collections import Counter
from itertools import accumulate, chain
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.storage import store_relations
from ..data.triples import Triple
from .base import Format, Record, formats
from .fields import Fields
from .json_records import read_json_records
from .mentions import FileMention, once, set_entities

NAMED_DIFFERENTLY = "mentions have a name that is not the text at their position, which counts"


@formats.register("docred")
class DocRED(Format):
    """Documents with sentences as lists of tokens (`sents`), entities as lists of mentions
    (`vertexSet`) and relations between them (`labels`). Without `labels` a document counts
    as not annotated; an empty list means that it has no relations.

    The entity at position i of `vertexSet` keeps this number, as span group
    "coref_clusters_i" and as an entity of the stored relations. Mentions may have a
    `kb_id`. Where the mentions of an entity have different types, every span keeps its
    own, and the entity has the most frequent one, or the first of those.
    """

    def records(self, path: Path) -> Iterator[Record]:
        return read_json_records(path)

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Doc:
        fields = Fields(record.data, record.where())
        title = fields.string("title")
        fields.where = record.where(title)
        sentences = _read_sentences(fields)
        clusters = _read_entities(fields, sentences, dropped)
        doc = Doc(
            vocab,
            words=list(chain.from_iterable(sentences)),
            sent_starts=[i == 0 for sentence in sentences for i in range(len(sentence))],
        )
        doc.user_data["title"] = title
        entities = set_entities(doc, clusters)
        if fields.has("labels"):
            store_relations(doc, entities, _read_labels(fields, len(entities), len(sentences)))
        return doc


def _read_sentences(fields: Fields) -> List[List[str]]:
    sentences = []
    for i, item in enumerate(fields.items("sents")):
        tokens = fields.check(item, list, f"sents[{i}]", "a list")
        if not tokens:
            raise fields.error("DRE307", f"sents[{i}]")
        sentences.append(
            [
                fields.check_text(token, f"sents[{i}][{j}]", empty=False)
                for j, token in enumerate(tokens)
            ]
        )
    if not sentences:
        raise fields.error("DRE307", "sents")
    return sentences


def _read_entities(
    fields: Fields, sentences: Sequence[Sequence[str]], dropped: "Counter[str]"
) -> List[List[FileMention]]:
    """Read the entities, with every mention once."""
    offsets = list(accumulate((len(sentence) for sentence in sentences), initial=0))
    clusters = []
    for i, item in enumerate(fields.items("vertexSet")):
        name = f"vertexSet[{i}]"
        items = fields.check(item, list, name, "a list of mentions")
        if not items:
            raise fields.error("DRE310", name)
        mentions = (
            _read_mention(entry, sentences, offsets, dropped)
            for entry in fields.as_objects(items, name)
        )
        clusters.append(once(mentions, dropped))
    return clusters


def _read_mention(
    entry: Fields,
    sentences: Sequence[Sequence[str]],
    offsets: Sequence[int],
    dropped: "Counter[str]",
) -> FileMention:
    number = entry.integer("sent_id")
    if not 0 <= number < len(sentences):
        raise entry.error("DRE308", "sent_id", found=number, count=len(sentences))
    sentence = sentences[number]
    start, end = entry.pair("pos")
    if not 0 <= start < end <= len(sentence):
        raise entry.error(
            "DRE309", "pos", start=start, end=end, sentence=number, length=len(sentence)
        )
    name = entry.string("name") if entry.has("name") else ""
    # Names and tokens have spaces of different kinds.
    if name and "".join(name.split()) != "".join("".join(sentence[start:end]).split()):
        dropped[NAMED_DIFFERENTLY] += 1
    return FileMention(
        offsets[number] + start,
        offsets[number] + end,
        entry.name("type", empty=True),
        entry.string("kb_id") if entry.has("kb_id") else "",
    )


def _read_labels(fields: Fields, entities: int, sentences: int) -> List[Triple]:
    triples: Dict[Triple, str] = {}
    for entry in fields.objects("labels"):
        for key in ("h", "t"):
            if not 0 <= entry.integer(key) < entities:
                raise entry.error("DRE311", key, found=entry.integer(key), count=entities)
        head, tail = entry.integer("h"), entry.integer("t")
        if head == tail:
            raise fields.error("DRE312", entry.path, entity=head)
        evidence = entry.integers("evidence") if entry.has("evidence") else []
        for i, sentence in enumerate(evidence):
            if not 0 <= sentence < sentences:
                raise entry.error("DRE308", f"evidence[{i}]", found=sentence, count=sentences)
        triple = Triple((head, tail), entry.name("r"), evidence=tuple(evidence))
        # Score and evidence do not take part in comparing triples.
        first = triples.setdefault(triple, entry.path)
        if first != entry.path:
            raise fields.error(
                "DRE313", entry.path, first=first, label=triple.label, head=head, tail=tail
            )
    return list(triples)
