"""A graph as nodes and links with properties, for formats that have just these. A relation of more
than two entities becomes a node, with a link to each of them."""

import json
from typing import Any, Dict, Iterator, List, NamedTuple

from .graph import Graph, GraphEntity, GraphTriple

ENTITY, RELATION = "Entity", "Relation"


class Node(NamedTuple):
    """A node.

    id (str): What links call it.
    kind (str): `ENTITY` or `RELATION`.
    properties (Dict[str, Any]): What is known of it: text, numbers, lists of text, and None.
    """

    id: str
    kind: str
    properties: Dict[str, Any]


class Link(NamedTuple):
    """A link from one node to another.

    id (str): What it is called.
    source (str): The node where it begins.
    target (str): The node where it ends.
    label (str): The relation or, from a relation's node, the role.
    properties (Dict[str, Any]): What is known of it.
    """

    id: str
    source: str
    target: str
    label: str
    properties: Dict[str, Any]


def nodes_of(graph: Graph) -> Iterator[Node]:
    """YIELDS (Node): The nodes of a graph."""
    for entity in graph.entities:
        properties = {
            "name": entity.name,
            "type": entity.type,
            "kb_id": entity.kb_id,
            "names": list(entity.names),
            "count": entity.count,
        }
        yield Node(_entity_id(entity), ENTITY, properties)
    for triple in graph.triples:
        if len(triple.entities) > 2:
            properties = {"label": triple.label, **_properties(graph, triple)}
            yield Node(_relation_id(triple), RELATION, properties)


def links_of(graph: Graph) -> Iterator[Link]:
    """YIELDS (Link): The links of a graph."""
    for triple in graph.triples:
        ids = [_entity_id(entity) for entity in triple.entities]
        if len(ids) == 2:
            yield Link(
                f"t{triple.number}", ids[0], ids[1], triple.label, _properties(graph, triple)
            )
            continue
        for position, (role, target) in enumerate(zip(triple.roles, ids)):
            yield Link(f"t{triple.number}.{position}", _relation_id(triple), target, role, {})


def places_json(places: List[Dict[str, Any]]) -> str:
    """RETURNS (str): The places of a triple as JSON, for formats without nested values."""
    return json.dumps(places, ensure_ascii=False, separators=(",", ":"))


def _properties(graph: Graph, triple: GraphTriple) -> Dict[str, Any]:
    return {
        "name": graph.names[triple.label],
        "description": graph.descriptions[triple.label],
        "score": triple.score,
        "count": triple.count,
        "documents": triple.documents,
        "places": [place.to_dict() for place in triple.places],
    }


def _entity_id(entity: GraphEntity) -> str:
    return f"e{entity.number}"


def _relation_id(triple: GraphTriple) -> str:
    return f"r{triple.number}"
