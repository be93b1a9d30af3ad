"""Node-link JSON, for networkx (`node_link_graph(data, edges="edges")`) and D3."""

import json
from pathlib import Path
from typing import Any, Iterator, Union

from .graph import Graph
from .links import links_of, nodes_of


def write_node_link(graph: Graph, path: Union[str, Path]) -> None:
    """Write a graph as JSON.

    graph (Graph): The graph.
    path (Union[str, Path]): The file.
    """
    with Path(path).open("w", encoding="ascii", newline="\n") as file:
        file.write('{"directed": true, "multigraph": true, "graph": ')
        file.write(json.dumps({"merge": graph.merge, "documents": graph.count}))
        file.write(', "nodes": [')
        nodes = ({"id": each.id, "kind": each.kind, **each.properties} for each in nodes_of(graph))
        file.writelines(_separated(nodes))
        file.write('\n], "edges": [')
        links = (
            {
                "source": each.source,
                "target": each.target,
                "key": each.id,
                "label": each.label,
                **each.properties,
            }
            for each in links_of(graph)
        )
        file.writelines(_separated(links))
        file.write("\n]}\n")


def _separated(items: Iterator[Any]) -> Iterator[str]:
    for number, item in enumerate(items):
        yield (",\n" if number else "\n") + json.dumps(item, allow_nan=False)
