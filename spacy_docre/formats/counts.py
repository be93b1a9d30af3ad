"""Count what a corpus holds, and derive its schema."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

import srsly
from spacy.tokens import Doc

from ..errors import Errors, Warnings
from ..schema import RelationType, Schema
from ..storage import load_relations
from .docred import CLUSTER_PREFIX


@dataclass
class CorpusCounts:
    """What the documents hold, as far as they were counted.

    sentences, mentions, overlapping, entities, triples (int): Totals. A mention is
        overlapping if it shares a token with another mention.
    roles (Dict[str, Tuple[str, ...]]): The roles of every relation that occurs.
    entity_types (Set[str]): The entity types.
    """

    sentences: int = 0
    mentions: int = 0
    overlapping: int = 0
    entities: int = 0
    triples: int = 0
    roles: Dict[str, Tuple[str, ...]] = field(default_factory=dict)
    entity_types: Set[str] = field(default_factory=set)

    def add(self, doc: Doc) -> None:
        """Count a document that a corpus format has created.

        RAISES (ValueError): If it uses a relation with other roles than another document.
        """
        groups = [g for name, g in doc.spans.items() if name.startswith(CLUSTER_PREFIX)]
        mentions = [(span.start, span.end) for group in groups for span in group]
        self.sentences += sum(1 for _ in doc.sents)
        self.mentions += len(mentions)
        self.overlapping += _count_overlapping(mentions, len(doc))
        self.entities += len(groups)
        self.entity_types.update(group.attrs["type"] for group in groups)
        stored = load_relations(doc)
        self.triples += len(stored.triples)
        for triple in stored.triples:
            roles = stored.roles_of(triple)
            known = self.roles.setdefault(triple.label, roles)
            if known != roles:
                raise ValueError(
                    Errors.DRE015.format(label=triple.label, first=len(known), second=len(roles))
                )

    def schema(self, names: Optional[Mapping[str, str]] = None) -> Schema:
        """The schema of the corpus. Whether relations are symmetric, or the inverse of
        each other, is not in the data and left open.

        names (Optional[Mapping[str, str]]): Readable names by label. The schema has all of
            these relations, also those that do not occur.
        RETURNS (Schema): The schema.
        """
        names = names or {}
        relations = [
            RelationType(label, names.get(label, ""), roles=self.roles.get(label, ("head", "tail")))
            for label in {*self.roles, *names}
        ]
        return Schema(tuple(relations), tuple(self.entity_types - {""}))

    def warn_unnamed(self, names: Mapping[str, str], path: Path) -> None:
        """Warn if the file of names lacks relations that occur."""
        unnamed = sorted(set(self.roles) - set(names))
        if unnamed:
            warnings.warn(
                Warnings.DRW303.format(path=path, count=len(unnamed), labels=", ".join(unnamed)),
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
        if not isinstance(name, str) or not name:
            raise ValueError(Errors.DRE322.format(path=path, problem=f"'{label}' has no name"))
    return data


def _count_overlapping(mentions: List[Tuple[int, int]], length: int) -> int:
    covered = [0] * length
    for start, end in mentions:
        for token in range(start, end):
            covered[token] += 1
    return sum(max(covered[start:end]) > 1 for start, end in mentions)
