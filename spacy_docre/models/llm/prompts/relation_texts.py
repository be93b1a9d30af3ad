"""What prompts call relations, and how they describe them."""

import warnings
from pathlib import Path
from typing import Dict, Mapping, NamedTuple, Optional, Tuple

import srsly
from spacy.util import registry

from ....data.schema import Schema
from ....errors import Errors, Warnings
from ....showing import show
from ....trust import LazyMapping, Outside
from .passages import plain
from .templates import is_own

FOLDER = Path(__file__).parent / "descriptions"

Descriptions = Mapping[str, Mapping[str, str]]


class RelationText(NamedTuple):
    """A relation in words.

    name (str): Its name, which no other relation has.
    description (str): What it means, with an example; or "".
    head (str): The types of entities that may be its head, or "" for any.
    tail (str): The same for its tail.
    """

    name: str
    description: str
    head: str = ""
    tail: str = ""


@registry.misc("spacy_docre.RelationDescriptions.v1")
def describe_relations(path: str) -> Descriptions:
    """Say where it is written what relations mean, see `read_descriptions`. A file outside of this
    package is read when it is first needed."""
    if is_own(path):
        return read_descriptions(path)
    outside = Outside(f"read descriptions of relations from {path}")
    return LazyMapping(outside, lambda: read_descriptions(path))


def read_descriptions(path: str) -> Dict[str, Dict[str, str]]:
    """Read what relations mean, by label: a JSON object of objects with a "description" and,
    if you like, a "name" and an "example".

    path (str): The name of a file of this package, "wikidata" or "biomedical", or a path.
    RETURNS (Dict[str, Dict[str, str]]): The descriptions.
    RAISES (ValueError): If the file cannot be read, or is something else.
    """
    file = FOLDER / f"{path}.json" if is_own(path) else Path(path)
    try:
        data = srsly.read_json(file)
    except (OSError, ValueError) as error:
        raise ValueError(Errors.DRE614.format(path=path, problem=error)) from error
    if not isinstance(data, dict):
        raise ValueError(Errors.DRE614.format(path=path, problem="it is not a JSON object"))
    for label, entry in data.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("description"), str):
            problem = f"{show(label)} has no 'description'"
            raise ValueError(Errors.DRE614.format(path=path, problem=problem))
        if not all(isinstance(entry.get(field, ""), str) for field in ("name", "example")):
            problem = f"{show(label)} has a field that is no text"
            raise ValueError(Errors.DRE614.format(path=path, problem=problem))
    return data


def relation_texts(
    schema: Schema, descriptions: Optional[Descriptions], described: bool
) -> Tuple[RelationText, ...]:
    """Put the relations of a schema into words. What the schema says itself counts first.

    schema (Schema): The relations, all of them binary.
    descriptions (Optional[Descriptions]): Names and descriptions for those that have none.
    described (bool): Whether to describe relations, or only to name them.
    RETURNS (Tuple[RelationText, ...]): One for each relation, in the order of the schema.
    RAISES (ValueError): If a relation is not binary, or two have the same name.
    """
    texts = []
    missing = []
    for relation in schema.relations:
        if relation.arity != 2:
            raise ValueError(Errors.DRE606.format(label=relation.label, arity=relation.arity))
        entry = ({} if descriptions is None else descriptions).get(relation.label, {})
        named = relation.name != relation.label
        name = relation.name if named else entry.get("name", relation.name)
        text = ""
        if described:
            text = relation.description or " ".join(
                filter(None, (entry.get("description", ""), entry.get("example", "")))
            )
            if not text:
                missing.append(relation.label)
        types = (plain(" or ".join(filter(None, own))) for own in relation.types)
        texts.append(RelationText(plain(name), plain(text), *types))
    names = [text.name for text in texts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(Errors.DRE612.format(names=twice))
    if missing:
        warnings.warn(
            Warnings.DRW601.format(count=len(missing), labels=", ".join(missing[:5])), stacklevel=2
        )
    return tuple(texts)
