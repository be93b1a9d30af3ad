"""SciREX: whole scientific papers with results, as relations of a task, a method, a material and a
metric."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Dict, Iterator, List, Literal, Optional, Sequence, Set, Tuple, Union

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..data.notes import CorpusNotes, store_notes
from ..data.storage import store_relations
from ..data.triples import Triple
from ..errors import Errors
from .base import DocumentError, Format, Record, formats
from .fields import Fields
from .json_records import read_json_records
from .mentions import REFLEXIVE, FileMention, once, set_entities

ROLES = ("Task", "Method", "Material", "Metric")
PART = ("method", "part")
UNMENTIONED_CLUSTERS = "salient clusters are never mentioned, so they are no entities"
UNMENTIONED_TRIPLES = "triples have an entity that is never mentioned, and were left out"
MERGED_MENTIONS = "mentions of parts of methods are mentions of the methods, too"
MERGED_PARTS = "parts of methods are in no result, so they are no entities besides the methods"
REPEATED_RESULTS = "results with the same entities were listed more than once and are kept once"
TWO_TYPES = "entries of 'ner' repeat the place of one with another type, and are left out"
UNTYPED = "mentions of clusters have no entry in 'ner', and so no type"


@formats.register("scirex")
class SciREX(Format):
    """Papers as lists of words with clusters of mentions (`coref`, and `coref_non_salient` for
    those that the paper is not about) and results (`n_ary_relations`), which name a cluster of
    `coref` for each of the four roles. A cluster may have no mention: then it is no entity, and
    triples with it are counted but cannot be held.

    relations (str): "binary" for the pairs of roles in results, each with a label of its own
        such as "task-method"; "4-ary" for whole results, with the label
        "task-method-material-metric"; "both" for both.
    salient (bool): Whether only salient clusters are entities. Otherwise all clusters are, and
        the notes of the corpus list the salient ones.
    subrelations (bool): Whether to add "method-part", from a method to each other method that
        it is made of (`method_subrelations`).
    merge_parts (bool): Whether what mentions a part of a method mentions the method, too, and
        clusters that no result names are not salient: what the evaluation of the corpus' authors
        makes of a file before it looks at it. More methods are mentioned, then.
    RAISES (ValueError): If methods are to be related to parts that are merged into them.
    """

    def __init__(
        self,
        relations: Literal["binary", "4-ary", "both"] = "binary",
        salient: bool = True,
        subrelations: bool = False,
        merge_parts: bool = False,
    ) -> None:
        if subrelations and merge_parts:
            raise ValueError(Errors.DRE373)
        self.sizes = {"binary": (2,), "4-ary": (4,), "both": (2, 4)}[relations]
        self.salient = salient
        self.subrelations = subrelations
        self.merge_parts = merge_parts

    def records(self, path: Path) -> Iterator[Record]:
        return read_json_records(path)

    def to_doc(self, record: Record, vocab: Vocab, dropped: "Counter[str]") -> Optional[Doc]:
        fields = Fields(record.data, record.where())
        id = fields.string("doc_id", empty=False)
        fields.where = record.where(id)
        words = [
            fields.check_text(word, f"words[{i}]", empty=False)
            for i, word in enumerate(fields.items("words"))
        ]
        if not words:
            raise fields.refusal("DRE345", "words")
        starts: List[Union[bool, int, None]] = [False] * len(words)
        for start, _ in _read_parts(fields, "sentences", len(words)):
            starts[start] = True
        doc = Doc(vocab, words=words, sent_starts=starts)
        doc.user_data["id"] = id
        clusters = self._read_clusters(fields, len(words), dropped)
        # Names are unique within each of both lists, not across them.
        numbers = {name: i for i, (name, salient, _) in enumerate(clusters) if salient}
        entities = set_entities(doc, [mentions for _, _, mentions in clusters])
        triples: List[Tuple[Triple, str]] = []
        unmentioned: Dict[str, int] = {}
        if fields.has("n_ary_relations"):
            triples, unmentioned = self._read_triples(fields, numbers, dropped)
            roles = {triple.label: triple.label.split("-") for triple, _ in triples}
            store_relations(doc, entities, [triple for triple, _ in triples], roles=roles)
        attrs = [{"score": score} if score else {} for _, score in triples]
        store_notes(
            doc,
            CorpusNotes(
                triple_attrs=attrs if any(attrs) else [],
                sections=_read_parts(fields, "sections", len(words)),
                salient=[] if self.salient else list(numbers.values()),
                unmentioned=unmentioned,
            ),
        )
        return doc

    def _read_clusters(
        self, fields: Fields, length: int, dropped: "Counter[str]"
    ) -> List[Tuple[str, bool, List[FileMention]]]:
        """RETURNS (List[Tuple[str, bool, List[FileMention]]]): For each cluster that is mentioned
        its name, whether it is salient, and its mentions."""
        types = _read_types(fields, length, dropped)
        clusters = []
        for key in ("coref", "coref_non_salient"):
            if key != "coref" and self.salient:
                continue
            named = fields.object(key)
            places = {name: _read_places(named, name, length) for name in named.keys()}  # noqa: SIM118
            dropped.update(
                UNTYPED for own in places.values() for place in own if place not in types
            )
            salient = set(places) if key == "coref" else set()
            if key == "coref" and self.merge_parts:
                salient = self._merge_parts(fields, named, places, dropped)
            for name, own in places.items():
                mentions = [FileMention(*place, types.get(place, "")) for place in own]
                if self.salient and name not in salient:
                    dropped[MERGED_PARTS] += 1
                elif mentions:
                    clusters.append((name, name in salient, once(mentions, dropped)))
                elif name in salient:
                    dropped[UNMENTIONED_CLUSTERS] += 1
        return clusters

    def _merge_parts(
        self,
        fields: Fields,
        named: Fields,
        places: Dict[str, List[Tuple[int, int]]],
        dropped: "Counter[str]",
    ) -> Set[str]:
        """Add the mentions of parts to those of their methods, in the order of the file: a part
        of a part counts where the part was listed first.

        RETURNS (Set[str]): The clusters that results name; all of them in a paper without results.
        """
        for _, (method, part) in _read_subrelations(fields, named):
            new = [place for place in places[part] if place not in places[method]]
            places[method] = [*places[method], *new]
            dropped[MERGED_MENTIONS] += len(new)
        if not fields.has("n_ary_relations"):
            return set(places)
        results = fields.objects("n_ary_relations")
        return {_cluster(result, role, named) for result in results for role in ROLES}

    def _read_triples(
        self, fields: Fields, numbers: Dict[str, int], dropped: "Counter[str]"
    ) -> Tuple[List[Tuple[Triple, str]], Dict[str, int]]:
        """RETURNS (Tuple[List[Tuple[Triple, str]], Dict[str, int]]): The triples, each with the
        score that the paper reports, and for each label how many cannot be held."""
        named = fields.object("coref")
        stated: Dict[Tuple[str, Tuple[str, ...]], str] = {}
        for result in fields.objects("n_ary_relations"):
            names = {role: _cluster(result, role, named) for role in ROLES}
            score = result.scalar("score") if result.has("score") else ""
            for size in self.sizes:
                for roles in combinations(ROLES, size):
                    key = _label(roles), tuple(names[role] for role in roles)
                    if key in stated and size == len(ROLES):
                        dropped[REPEATED_RESULTS] += 1
                    stated.setdefault(key, score if size == len(ROLES) else "")
        if self.subrelations:
            for key in _read_subrelations(fields, named):
                stated.setdefault(key, "")
        triples = []
        unmentioned: Counter[str] = Counter()
        for (label, names_), score in stated.items():
            if len(set(names_)) < len(names_):
                dropped[REFLEXIVE] += 1
            elif any(name not in numbers for name in names_):
                unmentioned[label] += 1
                dropped[UNMENTIONED_TRIPLES] += 1
            else:
                triples.append((Triple(tuple(numbers[name] for name in names_), label), score))
        return triples, dict(unmentioned)


def _read_places(named: Fields, name: str, length: int) -> List[Tuple[int, int]]:
    places = named.pairs(name)
    for i, place in enumerate(places):
        _check_place(named, f"{named.at(name)}[{i}]", place, length)
    return places


def _label(roles: Sequence[str]) -> str:
    return "-".join(role.lower() for role in roles)


def _cluster(entry: Fields, key: str, named: Fields) -> str:
    name = entry.string(key)
    if not named.has(name):
        raise entry.error("DRE372", key, found=name)
    return name


def _read_subrelations(fields: Fields, named: Fields) -> Iterator[Tuple[str, Tuple[str, ...]]]:
    methods = fields.object("method_subrelations")
    for method in methods.keys():  # noqa: SIM118
        if not named.has(method):
            raise methods.error("DRE372", method, found=method)
        for i, item in enumerate(methods.items(method)):
            field = f"{methods.at(method)}[{i}]"
            # The first item is where in the method's name the part is.
            pair = fields.check(item, list, field, "a list of offsets and a name")
            part = fields.check_text(pair[-1] if pair else None, f"{field}[1]")
            if not named.has(part):
                raise fields.refusal("DRE372", f"{field}[1]", found=part)
            # A method without other parts is listed as its own.
            if part != method:
                yield _label(PART), (method, part)


def _read_types(fields: Fields, length: int, dropped: "Counter[str]") -> Dict[Tuple[int, int], str]:
    """RETURNS (Dict[Tuple[int, int], str]): The type of each mention, by its place."""
    types: Dict[Tuple[int, int], str] = {}
    for i, item in enumerate(fields.items("ner")):
        field = f"ner[{i}]"
        cells = fields.check(item, list, field, "a list [start, end, type]")
        place = fields.check_pair(cells[:2], field)
        _check_place(fields, field, place, length)
        type = fields.check_name(cells[2] if cells[2:] else None, f"{field}[2]", empty=True)
        if types.setdefault(place, type) != type:
            dropped[TWO_TYPES] += 1
    return types


def _read_parts(fields: Fields, key: str, length: int) -> List[Tuple[int, int]]:
    """Read sentences or sections, which follow each other."""
    parts = fields.pairs(key)
    expected = 0
    for i, (start, end) in enumerate(parts):
        _check_place(fields, f"{key}[{i}]", (start, end), length)
        if start != expected:
            raise fields.refusal("DRE371", f"{key}[{i}]", found=start, expected=expected)
        expected = end
    if expected != length:
        raise _outside(fields, f"{key}[{len(parts)}]", (expected, expected), length)
    return parts


def _check_place(fields: Fields, field: str, place: Tuple[int, int], length: int) -> None:
    if not 0 <= place[0] < place[1] <= length:
        raise _outside(fields, field, place, length)


def _outside(fields: Fields, field: str, place: Tuple[int, int], length: int) -> DocumentError:
    start, end = place
    return fields.refusal("DRE370", field, start=start, end=end, length=length)
