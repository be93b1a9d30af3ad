"""Count what a corpus holds, and derive its schema."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Set, Tuple

import srsly
from spacy.tokens import Doc

from ..data.notes import load_notes
from ..data.schema import BINARY_ROLES, RelationType, Schema
from ..data.storage import has_relations, load_relations
from ..errors import Errors, Warnings
from ..showing import is_blank, listed, show
from .mentions import annotated_entities, count_overlapping

ALL = "*"


@dataclass
class CorpusCounts:
    """What the documents hold, as far as they were counted.

    sentences, mentions, overlapping, entities, triples (int): Totals. A mention is
        overlapping if it shares a token with another mention.
    roles (Dict[str, Tuple[str, ...]]): The roles of every relation that occurs.
    entity_types (Set[str]): The entity types.
    argument_types (Dict[str, Tuple[Set[str], ...]]): For each relation and role the types of
        the entities that fill it.
    excluded (int): Pairs that the corpus leaves out of evaluation.
    unannotated (int): Documents that say nothing about relations, not even that there are none.
    unmentioned (int): Triples that documents cannot hold, since an entity is never mentioned.
    """

    sentences: int = 0
    mentions: int = 0
    overlapping: int = 0
    entities: int = 0
    triples: int = 0
    roles: Dict[str, Tuple[str, ...]] = field(default_factory=dict)
    entity_types: Set[str] = field(default_factory=set)
    argument_types: Dict[str, Tuple[Set[str], ...]] = field(default_factory=dict)
    excluded: int = 0
    unannotated: int = 0
    unmentioned: int = 0

    def add(self, doc: Doc) -> None:
        """Count a document that a corpus format has created.

        RAISES (ValueError): If it uses a relation with other roles than another document.
        """
        entities = [entity for entity, _ in annotated_entities(doc)]
        mentions = [mention for entity in entities for mention in entity.mentions]
        if doc.has_annotation("SENT_START"):
            self.sentences += sum(1 for _ in doc.sents)
        self.mentions += len(mentions)
        self.overlapping += count_overlapping(mentions, len(doc))
        self.entities += len(entities)
        self.entity_types.update(entity.type for entity in entities)
        self.unannotated += not has_relations(doc)
        stored = load_relations(doc)
        self.triples += len(stored.triples)
        for triple in stored.triples:
            roles = stored.roles_of(triple)
            known = self.roles.setdefault(triple.label, roles)
            if known != roles:
                raise ValueError(
                    Errors.DRE015.format(label=triple.label, first=len(known), second=len(roles))
                )
            slots = self.argument_types.setdefault(triple.label, tuple(set() for _ in roles))
            for slot, index in zip(slots, triple.entities):
                slot.add(stored.entities[index].type)
        notes = load_notes(doc)
        self.excluded += len(notes.excluded_pairs)
        self.unmentioned += sum(notes.unmentioned.values())

    def schema(
        self,
        names: Optional[Mapping[str, str]] = None,
        *,
        symmetric: Sequence[str] = (),
        types: bool = False,
    ) -> Schema:
        """The schema of the corpus. Which relations are the inverse of each other is not in
        the data and left open.

        names (Optional[Mapping[str, str]]): Readable names by label. The schema has all of
            these relations, also those that do not occur.
        symmetric (Sequence[str]): The labels of symmetric relations, which is not in the data
            either; "*" stands for all relations of two entities.
        types (bool): Restrict each role to the entity types that fill it in the corpus, or that
            fill either role of a symmetric relation.
        RETURNS (Schema): The schema.
        RAISES (ValueError): If there is no such relation of two entities.
        """
        names = names or {}
        roles = {label: self.roles.get(label, BINARY_ROLES) for label in {*self.roles, *names}}
        binary = {label for label in roles if len(roles[label]) == 2}
        for label in set(symmetric) - binary - {ALL}:
            raise ValueError(Errors.DRE364.format(label=label, labels=listed(sorted(binary))))
        undirected = binary if ALL in symmetric else set(symmetric)
        relations = [
            RelationType(
                label,
                names.get(label, ""),
                roles=roles[label],
                types=self._types(label, label in undirected) if types else (),
                symmetric=label in undirected,
            )
            for label in roles
        ]
        return Schema(tuple(relations), tuple(self.entity_types - {""}))

    def _types(self, label: str, symmetric: bool) -> Tuple[Tuple[str, ...], ...]:
        slots: Sequence[Set[str]] = self.argument_types.get(label, ())
        if symmetric and slots:
            slots = [set.union(*slots)] * len(slots)
        # An entity without a type would fit no role.
        return tuple(() if "" in slot else tuple(sorted(slot)) for slot in slots)

    def warn_unnamed(self, names: Mapping[str, str], path: Path) -> None:
        """Warn if the file of names lacks relations that occur."""
        unnamed = sorted(set(self.roles) - set(names))
        if unnamed:
            warnings.warn(
                Warnings.DRW303.format(path=path, count=len(unnamed), labels=listed(unnamed)),
                stacklevel=2,
            )


def read_relation_names(path: Path) -> Dict[str, str]:
    """Read a JSON object of readable names by relation label.

    RAISES (ValueError): If the file holds anything else.
    """
    try:
        data: Any = srsly.read_json(path)
    except ValueError as error:
        problem = f"it is not JSON ({error})"
        raise ValueError(Errors.DRE322.format(path=path, problem=problem)) from error
    if not isinstance(data, dict):
        raise ValueError(Errors.DRE322.format(path=path, problem="it is not an object"))
    for label, name in data.items():
        if not isinstance(name, str) or is_blank(name):
            raise ValueError(Errors.DRE322.format(path=path, problem=f"'{label}' has no name"))
        if is_blank(label):
            problem = f"the label {show(label)} of {show(name)} is blank"
            raise ValueError(Errors.DRE322.format(path=path, problem=problem))
    return data
