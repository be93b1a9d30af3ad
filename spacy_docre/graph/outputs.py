"""What takes records, one after the other, and becomes a file with the graph of them."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Type, Union

from ..errors import Errors
from .graph import Graph
from .graphml import write_graphml
from .neo4j import write_neo4j
from .node_link import write_node_link
from .rdf import write_ntriples, write_turtle

FOLDER = ""
# By the ending of the path, "" for a folder.
WRITERS: Dict[str, Callable[[Graph, Path], None]] = {
    ".graphml": write_graphml,
    ".ttl": write_turtle,
    ".nt": write_ntriples,
    ".json": write_node_link,
    FOLDER: write_neo4j,
}


def write_graph(graph: Graph, path: Union[str, Path]) -> None:
    """Write a graph, in the form that the ending of the path says.

    graph (Graph): The graph.
    path (Union[str, Path]): A file, or without an ending a folder for Neo4j.
    RAISES (ValueError): If nothing is known about such files.
    """
    _writer_for(Path(path))(graph, Path(path))


class GraphWriter(AbstractContextManager["GraphWriter"]):
    """Takes records, and writes the graph of them at the end. After an error it writes nothing.

    path (Path): Where to.
    suffix (str): Which form it has, see `WRITERS`, whatever the path says.
    merge (str): Which entities are one, see `Graph`.
    RAISES (ValueError): If there is no such rule.
    """

    def __init__(self, path: Path, suffix: str, *, merge: str = "id+name") -> None:
        self._path = Path(path)
        self._write = WRITERS[suffix]
        self.graph = Graph(merge)

    def write(self, record: Mapping[str, Any]) -> None:
        """Take a record.

        record (Mapping[str, Any]): The record of a document, see `document_record`.
        """
        self.graph.add(record)

    def __exit__(self, type: Optional[Type[BaseException]], *error: object) -> None:
        if type is None:
            self._write(self.graph, self._path)


def _writer_for(path: Path) -> Callable[[Graph, Path], None]:
    if path.suffix not in WRITERS:
        known = ", ".join(filter(None, WRITERS))
        raise ValueError(Errors.DRE751.format(path=path, suffix=path.suffix, known=known))
    return WRITERS[path.suffix]
