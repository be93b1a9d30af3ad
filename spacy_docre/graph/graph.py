"""One graph of the relations of many documents."""

from collections import Counter
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple
from typing import Counter as CounterType

from ..errors import Errors
from ..showing import show
from .merging import MERGES, EntityKey

TripleKey = Tuple[str, Tuple[str, ...], Tuple[EntityKey, ...]]


@dataclass
class GraphEntity:
    """An entity of the graph.

    key (EntityKey): What it is known by, see `spacy_docre.graph.merging`.
    number (int): Its position among the entities of the graph.
    kb_id (str): Its id in a knowledge base, or "".
    names (Counter[str]): What it is called, and how often.
    types (Counter[str]): Its types, and how often. "" stands for none.
    """

    key: EntityKey
    number: int
    kb_id: str
    names: CounterType[str] = field(default_factory=Counter)
    types: CounterType[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """RETURNS (str): What most documents call it; the first of them where there are several."""
        return self.names.most_common(1)[0][0]

    @property
    def type(self) -> str:
        """RETURNS (str): The type that most documents give it."""
        return self.types.most_common(1)[0][0]

    @property
    def count(self) -> int:
        """RETURNS (int): How many entities of documents it is made of."""
        return sum(self.names.values())


class Evidence(NamedTuple):
    """A sentence that supports a relation.

    sentence (int): Its position in the document.
    start (int): Its first character.
    end (int): The one after its last.
    text (str): Its text.
    """

    sentence: int
    start: int
    end: int
    text: str


class Place(NamedTuple):
    """Where a triple was found.

    document (str): The id of the document.
    score (Optional[float]): Its score there.
    evidence (Tuple[Evidence, ...]): The sentences that support it.
    evidence_from (str): Who names them, see `record.schema.json`.
    """

    document: str
    score: Optional[float]
    evidence: Tuple[Evidence, ...]
    evidence_from: str

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data."""
        return {**self._asdict(), "evidence": [each._asdict() for each in self.evidence]}


@dataclass
class GraphTriple:
    """A relation between entities of the graph.

    label (str): The relation.
    roles (Tuple[str, ...]): The names of the roles.
    entities (Tuple[GraphEntity, ...]): The entity of each role.
    number (int): Its position among the triples of the graph.
    count (int): How often it was found.
    documents (int): In how many documents.
    score (Optional[float]): The best of its scores, or None where none is known.
    places (List[Place]): Where it was found.
    """

    label: str
    roles: Tuple[str, ...]
    entities: Tuple[GraphEntity, ...]
    number: int
    count: int = 0
    documents: int = 0
    score: Optional[float] = None
    places: List[Place] = field(default_factory=list)
    _last: int = -1

    def found(self, document: int, place: Place, most: Optional[int]) -> None:
        """Count a place where it was found.

        document (int): The number of the document.
        place (Place): The place.
        most (Optional[int]): How many places to keep, the first ones.
        """
        self.count += 1
        self.documents += document != self._last
        self._last = document
        if place.score is not None:
            self.score = place.score if self.score is None else max(self.score, place.score)
        if most is None or len(self.places) < most:
            self.places.append(place)


class Graph:
    """The relations of many documents, whose records are added one after the other. It holds the
    different entities and triples, and where the triples were found, but no documents. Entities
    that no relation has are left out.

    merge (str): Which entities of different documents are one. "id+name": those with the same id;
        and of those without, those with the same type whose names differ in nothing but case,
        width of characters and space. "id": those with the same id. "none": no two.
    max_places (Optional[int]): How many of its places to keep for each triple; all if None. It
        bounds the memory, and changes no counts.
    RAISES (ValueError): If there is no such rule.
    """

    def __init__(self, merge: str = "id+name", *, max_places: Optional[int] = None) -> None:
        if merge not in MERGES:
            raise ValueError(Errors.DRE750.format(merge=show(merge)))
        self.merge = merge
        self.max_places = max_places
        self.count = 0
        # What labels are called, and mean: the first that any record says.
        self.names: Dict[str, str] = {}
        self.descriptions: Dict[str, str] = {}
        self._key = MERGES[merge]
        self._entities: Dict[EntityKey, GraphEntity] = {}
        self._triples: Dict[TripleKey, GraphTriple] = {}

    @property
    def entities(self) -> List[GraphEntity]:
        """RETURNS (List[GraphEntity]): The entities, in the order they were found."""
        return list(self._entities.values())

    @property
    def triples(self) -> List[GraphTriple]:
        """RETURNS (List[GraphTriple]): The triples, in the order they were found."""
        return list(self._triples.values())

    def merged(self) -> Iterator[GraphEntity]:
        """YIELDS (GraphEntity): The entities that are made of several entities of documents, with
        all of their names and types."""
        return (entity for entity in self._entities.values() if entity.count > 1)

    def add(self, record: Mapping[str, Any]) -> None:
        """Add the relations of a document.

        record (Mapping[str, Any]): Its record, see `document_record`.
        RAISES (ValueError): If the record does not have its form. Nothing of it is added.
        """
        try:
            self._add(record)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
            name = show(record.get("id")) if isinstance(record, Mapping) else show(record)
            problem = f"{type(error).__name__}: {error}"
            raise ValueError(Errors.DRE740.format(doc=name, error=problem)) from error
        self.count += 1

    def _add(self, record: Mapping[str, Any]) -> None:
        document = (_text(record["id"]), self.count)
        entities = {entity["id"]: entity for entity in record["entities"]}
        # The same sentence supports several relations: its text is kept once.
        texts: Dict[str, str] = {}
        # Everything is read before anything changes.
        read = [
            (relation, _place(relation, document[0], texts), _roles(relation))
            for relation in record["relations"]
        ]
        used = dict.fromkeys(index for relation, _, _ in read for index in relation["entities"])
        for index in used:
            _text(entities[index]["text"]), _text(entities[index]["type"])
        keys = {index: self._key(entities[index], document) for index in used}
        for index, key in keys.items():
            self._count_entity(key, entities[index])
        for relation, place, roles in read:
            self._count_triple(relation, place, roles, keys)

    def _count_entity(self, key: EntityKey, entity: Mapping[str, Any]) -> None:
        found = self._entities.get(key)
        if found is None:
            number = len(self._entities)
            found = self._entities[key] = GraphEntity(key, number, entity["kb_id"].strip())
        found.names[entity["text"]] += 1
        found.types[entity["type"]] += 1

    def _count_triple(
        self,
        relation: Mapping[str, Any],
        place: Place,
        roles: Tuple[str, ...],
        keys: Mapping[int, EntityKey],
    ) -> None:
        label = relation["label"]
        key = label, roles, tuple(keys[index] for index in relation["entities"])
        triple = self._triples.get(key)
        if triple is None:
            entities = tuple(self._entities[each] for each in key[2])
            triple = GraphTriple(label, roles, entities, len(self._triples))
            self._triples[key] = triple
        triple.found(self.count, place, self.max_places)
        name, description = relation.get("name") or "", relation.get("description") or ""
        if self.names.get(label, label) == label:
            self.names[label] = name or label
        if not self.descriptions.get(label):
            self.descriptions[label] = description


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{show(value)} is no text")
    return value


def _roles(relation: Mapping[str, Any]) -> Tuple[str, ...]:
    _text(relation["label"])
    roles = tuple(map(_text, relation["roles"]))
    if len(roles) != len(relation["entities"]) or len(roles) < 2:
        raise ValueError(f"{len(relation['entities'])} entities for the roles {list(roles)}")
    return roles


def _place(relation: Mapping[str, Any], document: str, texts: Dict[str, str]) -> Place:
    evidence = []
    for each in relation.get("evidence") or ():
        text = _text(each.get("text") or "")
        bounds = int(each["sentence"]), int(each["start"]), int(each["end"])
        evidence.append(Evidence(*bounds, texts.setdefault(text, text)))
    score = relation["score"]
    if score is not None and not isfinite(score):
        raise ValueError(f"the score {score}")
    return Place(
        document,
        None if score is None else float(score),
        tuple(evidence),
        _text(relation.get("evidence_from") or ""),
    )
