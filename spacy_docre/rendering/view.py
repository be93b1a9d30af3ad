"""A record as the page draws it. Offsets count characters here and UTF-16 units in a browser, so
the text is cut here, into pieces that lie in the same mentions and the same sentence."""

import re
from math import isfinite
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from ..errors import Errors
from ..showing import show, visible

# Marks that direct no more text than what is next to them; scripts written from right to left
# need them.
MARKS = re.compile("([\u061c\u200b\u200e\u200f\ufeff])")
NO_SENTENCE = -1
Range = Tuple[int, int]


def view_of(record: Mapping[str, Any]) -> Dict[str, Any]:
    """Turn a record into what the page draws.

    record (Mapping[str, Any]): A record, see `document_record`.
    RETURNS (Dict[str, Any]): `entities`; `pieces` of the text, each a list of its text, its
        sentence (-1 where there is none), the entities that mention it, the longest mention first,
        and the entities whose first mention ends there; `triples`, whose entities are positions in
        `entities` and whose evidence is a list of sentences.
    RAISES (ValueError): If a record does not have its form.
    """
    try:
        return _view(record)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        name = show(record.get("id")) if isinstance(record, Mapping) else show(record)
        problem = f"{type(error).__name__}: {error}"
        raise ValueError(Errors.DRE740.format(doc=name, error=problem)) from error


def _view(record: Mapping[str, Any]) -> Dict[str, Any]:
    positions = {entity["id"]: i for i, entity in enumerate(record["entities"])}
    sentences = _sentences(record)
    numbers = {sentence: i for i, sentence in enumerate(sentences)}
    triples = [_triple(relation, positions, sentences, numbers) for relation in record["relations"]]
    return {
        "id": visible(str(record.get("id") or "")),
        "entities": [_entity(entity) for entity in record["entities"]],
        "pieces": list(_pieces(record, sentences)),
        "triples": triples,
    }


def _entity(entity: Mapping[str, Any]) -> Dict[str, Any]:
    return {
        "text": visible(entity["text"]),
        "type": visible(entity.get("type") or ""),
        "kb": visible(entity.get("kb_id") or ""),
        "mentions": len(entity["mentions"]),
    }


def _sentences(record: Mapping[str, Any]) -> List[Range]:
    """The sentences, or the evidence where sentences are not known."""
    given = [(start, end) for start, end in record.get("sentences") or ()]
    if given:
        return given
    found = {
        (each["start"], each["end"])
        for relation in record["relations"]
        for each in relation.get("evidence") or ()
    }
    return sorted(found)


def _triple(
    relation: Mapping[str, Any],
    positions: Mapping[int, int],
    sentences: Sequence[Range],
    numbers: Mapping[Range, int],
) -> Dict[str, Any]:
    evidence = []
    for each in relation.get("evidence") or ():
        span = (each["start"], each["end"])
        # Those that no list of sentences has count by what they cover.
        known = [numbers[span]] if span in numbers else _overlapped(span, sentences)
        evidence += [number for number in known if number not in evidence]
    score = relation.get("score")
    if score is not None and not isfinite(score):
        raise ValueError(f"the score {score}")
    return {
        "label": visible(relation["label"]),
        "name": visible(relation.get("name") or relation["label"]),
        "about": visible(relation.get("description") or ""),
        "score": None if score is None else round(float(score), 4),
        "roles": [visible(role) for role in relation["roles"]],
        "entities": [positions[entity] for entity in relation["entities"]],
        "evidence": evidence,
        "from": visible(relation.get("evidence_from") or ""),
    }


def _overlapped(span: Range, sentences: Sequence[Range]) -> List[int]:
    return [i for i, (start, end) in enumerate(sentences) if start < span[1] and span[0] < end]


def _pieces(record: Mapping[str, Any], sentences: Sequence[Range]) -> Iterator[List[Any]]:
    """Cut the text wherever a mention or a sentence begins or ends."""
    text = record["text"]
    mentions: List[Tuple[int, int, int]] = []
    for position, entity in enumerate(record["entities"]):
        for mention in entity["mentions"]:
            start, end = mention["start"], mention["end"]
            if not 0 <= start < end <= len(text):
                raise ValueError(
                    f"a mention covers characters {start} to {end}, but the text has {len(text)}"
                )
            mentions.append((start, end, position))
    # Outer ones before those within.
    mentions.sort(key=lambda mention: (mention[0], -mention[1], mention[2]))
    first_ends: Dict[int, int] = {}
    for _, end, position in mentions:
        first_ends.setdefault(position, end)
    tags: Dict[int, List[int]] = {}
    for position, end in first_ends.items():
        tags.setdefault(end, []).append(position)
    cuts = {0, len(text)}
    cuts.update(cut for start, end, _ in mentions for cut in (start, end))
    cuts.update(min(cut, len(text)) for sentence in sentences for cut in sentence)
    ordered = sorted(cuts)
    open_mentions: List[Tuple[int, int, int]] = []
    next_mention = next_sentence = 0
    for start, end in zip(ordered, ordered[1:]):
        open_mentions = [mention for mention in open_mentions if mention[1] > start]
        while next_mention < len(mentions) and mentions[next_mention][0] <= start:
            open_mentions.append(mentions[next_mention])
            next_mention += 1
        while next_sentence < len(sentences) and sentences[next_sentence][1] <= start:
            next_sentence += 1
        inside = next_sentence < len(sentences) and sentences[next_sentence][0] <= start
        longest_first = sorted(open_mentions, key=lambda mention: mention[0] - mention[1])
        yield [
            _shown(text[start:end]),
            next_sentence if inside else NO_SENTENCE,
            list(dict.fromkeys(position for _, _, position in longest_first)),
            tags.get(end, []),
        ]


def _shown(text: str) -> str:
    parts = MARKS.split(text.replace("\r\n", "\n"))
    return "".join(part if MARKS.match(part) else visible(part, lines=True) for part in parts)
