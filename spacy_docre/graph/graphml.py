"""GraphML, for networkx, Gephi, yEd and Cytoscape."""

from pathlib import Path
from typing import Any, Dict, Iterator, Union
from xml.sax.saxutils import escape as escape_xml

from .escaping import CONTROLS, escape
from .graph import Graph
from .links import links_of, nodes_of, places_json

NODE_KEYS = {
    "kind": "string",
    "name": "string",
    "type": "string",
    "kb_id": "string",
    "names": "string",
    "label": "string",
    "description": "string",
    "score": "double",
    "count": "int",
    "documents": "int",
    "places": "string",
}
LINK_KEYS = {
    "label": "string",
    "name": "string",
    "description": "string",
    "score": "double",
    "count": "int",
    "documents": "int",
    "places": "string",
}


def write_graphml(graph: Graph, path: Union[str, Path]) -> None:
    """Write a graph as GraphML. Lists, such as the places of a triple, are JSON. Characters that
    XML cannot hold are written as escapes.

    graph (Graph): The graph.
    path (Union[str, Path]): The file.
    """
    with Path(path).open("w", encoding="utf8", newline="\n") as file:
        file.writelines(_lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for kind, keys in (("node", NODE_KEYS), ("edge", LINK_KEYS)):
        for name, type in keys.items():
            yield (
                f'<key id="{kind}_{name}" for="{kind}" attr.name="{name}" attr.type="{type}"/>\n'
            )
    yield '<graph edgedefault="directed">\n'
    for node in nodes_of(graph):
        data = _data("node", {"kind": node.kind, **node.properties})
        yield f'<node id="{node.id}">{data}</node>\n'
    for link in links_of(graph):
        data = _data("edge", {"label": link.label, **link.properties})
        yield f'<edge id="{link.id}" source="{link.source}" target="{link.target}">{data}</edge>\n'
    yield "</graph>\n</graphml>\n"


def _data(kind: str, properties: Dict[str, Any]) -> str:
    parts = []
    for name, value in properties.items():
        if isinstance(value, list):
            value = places_json(value)
        # A parser gives an empty element no text at all.
        if value is not None and value != "":
            text = escape_xml(escape(str(value), CONTROLS), {"\r": "&#13;"})
            parts.append(f'<data key="{kind}_{name}">{text}</data>')
    return "".join(parts)
