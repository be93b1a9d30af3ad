"""The schema: the only place that knows which relations exist."""

from collections import Counter
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    NoReturn,
    Set,
    Tuple,
    Union,
)

import srsly

from ..errors import Errors
from ..showing import is_blank, listed, show
from .entities import EntityDoc

BINARY_ROLES = ("head", "tail")


class RelationWords(NamedTuple):
    """What a schema says of a relation, for people to read.

    name (str): A readable name.
    description (str): A sentence that defines the relation, or "".
    """

    name: str
    description: str = ""


@dataclass(frozen=True)
class RelationType:
    """One relation of a schema.

    label (str): The label that triples carry, for example "P17".
    name (str): A readable name, for example "country". Defaults to the label.
    description (str): A sentence that defines the relation.
    roles (Tuple[str, ...]): Names of the argument slots, in order.
    types (Tuple[Tuple[str, ...], ...]): For each role the entity types that may
        fill it; an empty tuple allows any type. Either empty or one per role.
    symmetric (bool): Whether r(a, b) and r(b, a) state the same. Always true of a relation that
        is its own inverse. Of more than two entities, whether their order says nothing.
    inverse (str): The label of the inverse relation, or "". It tells whoever makes a corpus what
        follows from a fact; no extractor learns or states anything because of it. Two relations
        that name each other state the same facts, so that what is known of one limits both.
    functional (bool): Whether a head has one tail at most, as a person has one place of birth.
    inverse_functional (bool): Whether a tail has one head at most.
    excludes (Tuple[str, ...]): The labels of relations that cannot hold of the same head and tail.
        They need not exclude this one as well. See `spacy_docre.data.consistency`.
    """

    label: str
    name: str = ""
    description: str = ""
    roles: Tuple[str, ...] = BINARY_ROLES
    types: Tuple[Tuple[str, ...], ...] = ()
    symmetric: bool = False
    inverse: str = ""
    functional: bool = False
    inverse_functional: bool = False
    excludes: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.label)
        stated = {"label": self.label, "name": self.name, "inverse": self.inverse or self.label}
        for field, value in stated.items():
            if is_blank(value):
                problem = f"the {field} {show(value)} of relation {show(self.label)} is blank"
                raise ValueError(Errors.DRE016.format(problem=problem))
        _check_types([type for types in self.types for type in types])
        if any(map(is_blank, self.roles)):
            raise ValueError(Errors.DRE010.format(label=self.label, roles=list(self.roles)))
        if self.inverse == self.label:
            object.__setattr__(self, "symmetric", True)
        if len(self.roles) < 2 or len(set(self.roles)) != len(self.roles):
            raise ValueError(Errors.DRE010.format(label=self.label, roles=list(self.roles)))
        if self.types and len(self.types) != len(self.roles):
            raise ValueError(
                Errors.DRE011.format(label=self.label, types=len(self.types), roles=len(self.roles))
            )
        if self.is_limited and len(self.roles) != 2:
            raise ValueError(Errors.DRE680.format(label=self.label, arity=len(self.roles)))
        if self.label in self.excludes:
            raise ValueError(Errors.DRE681.format(label=self.label))

    @property
    def is_limited(self) -> bool:
        """Whether not everything that types allow can be true at once."""
        return self.functional or self.inverse_functional or bool(self.excludes)

    @property
    def arity(self) -> int:
        return len(self.roles)

    def allows(self, role: int, type: str) -> bool:
        """Whether an entity of this type may fill the role at this position."""
        return not self.types or not self.types[role] or type in self.types[role]


class Form(NamedTuple):
    """What a field of plain data must be.

    name (str): In words.
    holds (Callable[[Any], bool]): Whether a value is that.
    """

    name: str
    holds: Callable[[Any], bool]


def _is_list(value: Any, holds: Callable[[Any], bool]) -> bool:
    return isinstance(value, (list, tuple)) and all(map(holds, value))


STRING = Form("a string", lambda value: isinstance(value, str))
BOOL = Form("true or false", lambda value: isinstance(value, bool))
STRINGS = Form("a list of strings", lambda value: _is_list(value, STRING.holds))
# The fields of a relation besides its label.
FORMS = {
    "name": STRING,
    "description": STRING,
    "roles": STRINGS,
    "types": Form(
        "a list of lists of strings, one for each role",
        lambda value: _is_list(value, STRINGS.holds),
    ),
    "symmetric": BOOL,
    "inverse": STRING,
    "functional": BOOL,
    "inverse_functional": BOOL,
    "excludes": STRINGS,
}


@dataclass(frozen=True)
class Schema:
    """The relations and entity types of a task, each sorted and without duplicates.

    relations (Tuple[RelationType, ...]): The relations, sorted by label.
    entity_types (Tuple[str, ...]): The entity types, sorted.
    """

    relations: Tuple[RelationType, ...]
    entity_types: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        labels = Counter(relation.label for relation in self.relations)
        arities = {relation.label: relation.arity for relation in self.relations}
        if len(labels) != len(self.relations):
            twice = sorted(label for label, count in labels.items() if count > 1)
            raise ValueError(Errors.DRE012.format(labels=listed(twice)))
        for relation in self.relations:
            if relation.inverse and relation.inverse not in labels:
                raise ValueError(
                    Errors.DRE013.format(label=relation.label, inverse=relation.inverse)
                )
            for other in relation.excludes:
                if other not in labels:
                    raise ValueError(Errors.DRE682.format(label=relation.label, other=other))
                if arities[other] != 2:
                    raise ValueError(Errors.DRE680.format(label=other, arity=arities[other]))
        object.__setattr__(
            self, "relations", tuple(sorted(self.relations, key=lambda relation: relation.label))
        )
        _check_types(self.entity_types)
        object.__setattr__(self, "entity_types", tuple(sorted(set(self.entity_types))))

    @cached_property
    def labels(self) -> Tuple[str, ...]:
        """The labels of the relations. Elsewhere a label is known by its place among them."""
        return tuple(relation.label for relation in self.relations)

    def index(self, label: str) -> int:
        """RETURNS (int): The place of a label among all.
        RAISES (KeyError): If the schema does not have it.
        """
        self[label]
        return self._places[label]

    @cached_property
    def _places(self) -> Dict[str, int]:
        return {label: place for place, label in enumerate(self.labels)}

    @property
    def symmetric(self) -> FrozenSet[str]:
        """The labels of symmetric relations."""
        return frozenset(relation.label for relation in self.relations if relation.symmetric)

    @cached_property
    def words(self) -> Dict[str, RelationWords]:
        """The names and descriptions of the relations that have any, by label."""
        return {
            r.label: RelationWords(r.name, r.description)
            for r in self.relations
            if r.name != r.label or r.description
        }

    def unlike(self, other: "Schema") -> List[str]:
        """RETURNS (List[str]): The labels of relations that only one of two schemas has, or whose
        roles or types of entities differ."""
        shapes = [
            {(r.label, r.roles, tuple(map(frozenset, r.types))) for r in each.relations}
            for each in (self, other)
        ]
        return sorted({label for label, _, _ in shapes[0] ^ shapes[1]})

    @cached_property
    def known_types(self) -> FrozenSet[str]:
        """The entity types that the schema names; empty if it names none, so that any will do."""
        of_roles = (type for r in self.relations for types in r.types for type in types)
        return frozenset(self.entity_types).union(of_roles)

    @property
    def max_arity(self) -> int:
        """The largest number of roles of any relation; 2 for an empty schema."""
        return max((relation.arity for relation in self.relations), default=2)

    def __contains__(self, label: str) -> bool:
        return label in self._by_label

    def __getitem__(self, label: str) -> RelationType:
        if label not in self._by_label:
            raise KeyError(Errors.DRE014.format(label=label, labels=listed(self.labels)))
        return self._by_label[label]

    @cached_property
    def _by_label(self) -> Dict[str, RelationType]:
        return {relation.label: relation for relation in self.relations}

    @classmethod
    def learn(cls, docs: Iterable[EntityDoc], *, types: bool = False) -> "Schema":
        """Learn a schema of relations from gold triples and soft labels. Roles are "head" and
        "tail" for two entities, "role1" … "roleN" for more.

        docs (Iterable[EntityDoc]): Documents with gold triples.
        types (bool): Restrict every role to the entity types seen in it.
        RETURNS (Schema): The schema.
        RAISES (ValueError): If a label occurs with different numbers of entities.
        """
        seen: Dict[str, List[Set[str]]] = {}
        entity_types: Set[str] = set()
        for doc in docs:
            entity_types.update(entity.type for entity in doc.entities)
            for triple in (*(doc.gold or ()), *(doc.soft or ())):
                slots = seen.setdefault(triple.label, [set() for _ in triple.entities])
                if len(slots) != len(triple.entities):
                    raise ValueError(
                        Errors.DRE015.format(
                            label=triple.label, first=len(slots), second=len(triple.entities)
                        )
                    )
                for slot, index in zip(slots, triple.entities):
                    slot.add(doc.entities[index].type)
        relations = [
            RelationType(
                label,
                roles=_default_roles(len(slots)),
                types=tuple(tuple(sorted(slot)) for slot in slots) if types else (),
            )
            for label, slots in seen.items()
        ]
        return cls(tuple(relations), tuple(entity_types))

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): The schema as plain data, ready for JSON."""
        return {
            "relations": [asdict(relation) for relation in self.relations],
            "entity_types": list(self.entity_types),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Schema":
        """Create a schema from plain data.

        data (Mapping[str, Any]): As `to_dict` returns it. Only the labels are needed.
        RETURNS (Schema): The schema.
        RAISES (ValueError): If the data does not have this form.
        """
        relations = []
        if not isinstance(data, Mapping) or not isinstance(data.get("relations"), (list, tuple)):
            raise ValueError(Errors.DRE016.format(problem="there is no list named 'relations'"))
        others = sorted(map(show, set(data) - {"relations", "entity_types"}))
        if others:
            raise ValueError(Errors.DRE016.format(problem=f"unknown fields {listed(others)}"))
        for entry in data["relations"]:
            if not isinstance(entry, Mapping) or not isinstance(entry.get("label"), str):
                raise ValueError(Errors.DRE016.format(problem=f"no 'label' in {show(entry)}"))
            unknown = sorted(set(entry) - {"label", *FORMS})
            if unknown:
                problem = f"unknown fields {listed(unknown)} in {show(entry['label'])}"
                raise ValueError(Errors.DRE016.format(problem=problem))
            for field, value in entry.items():
                if field in FORMS and not FORMS[field].holds(value):
                    where = f"'{field}' of {show(entry['label'])}"
                    _refuse(where, FORMS[field], value)
            values = dict(entry)
            values["roles"] = tuple(entry.get("roles", BINARY_ROLES))
            values["types"] = tuple(tuple(types) for types in entry.get("types", ()))
            values["excludes"] = tuple(entry.get("excludes", ()))
            relations.append(RelationType(**values))
        entity_types = data.get("entity_types", ())
        if not STRINGS.holds(entity_types):
            _refuse("'entity_types'", STRINGS, entity_types)
        return cls(tuple(relations), tuple(entity_types))

    def extended(self, data: Mapping[str, Any]) -> "Schema":
        """The schema with further relations and types of entities.

        data (Mapping[str, Any]): The further ones, in the form of `from_dict`. Relations that
            are there already, with the same fields, change nothing.
        RETURNS (Schema): The schema, with all types that its relations name.
        RAISES (ValueError): If the data does not have this form, or has one of the relations with
            other fields.
        """
        entries = data.get("relations", [])
        if isinstance(entries, (list, tuple)):
            own = {entry["label"]: entry for entry in self.to_dict()["relations"]}
            # All are read together, as the inverse of a new one may be there already.
            entries = [*own.values(), *(entry for entry in entries if not _repeats(entry, own))]
        both = Schema.from_dict({**data, "relations": entries})
        further = [relation for relation in both.relations if relation.label not in self]
        types = (type for relation in further for each in relation.types for type in each)
        return replace(both, entity_types=(*self.entity_types, *both.entity_types, *types))

    @classmethod
    def from_json(cls, path: Union[str, Path]) -> "Schema":
        """Read a schema from a JSON file.

        RAISES (ValueError): If the file does not hold a schema.
        """
        try:
            data = srsly.read_json(path)
        except ValueError as error:
            problem = f"{path} is not JSON ({error})"
            raise ValueError(Errors.DRE016.format(problem=problem)) from error
        return cls.from_dict(data)


def _check_types(types: Iterable[str]) -> None:
    """Refuse what is neither a type nor "", which stands for entities without one."""
    for type in types:
        if type and is_blank(type):
            problem = f"the type of entities {show(type)} is blank"
            raise ValueError(Errors.DRE016.format(problem=problem))


def _repeats(entry: Any, own: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an entry says nothing else of a relation than what is known of it."""
    label = entry.get("label") if isinstance(entry, Mapping) else None
    if not isinstance(label, str) or label not in own:
        return False
    known = own[label]
    return all(srsly.json_dumps(known.get(k)) == srsly.json_dumps(v) for k, v in entry.items())


def _refuse(where: str, form: Form, value: Any) -> NoReturn:
    problem = f"{where} must be {form.name}, not {show(value)}"
    raise ValueError(Errors.DRE016.format(problem=problem))


def _default_roles(arity: int) -> Tuple[str, ...]:
    return BINARY_ROLES if arity == 2 else tuple(f"role{i + 1}" for i in range(arity))
