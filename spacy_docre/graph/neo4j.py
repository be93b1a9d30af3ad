"""Files for `neo4j-admin database import`."""

import re
from pathlib import Path
from typing import Any, Dict, Iterable, Union

from ..errors import Errors
from .escaping import CONTROLS, escape
from .graph import Graph
from .links import RELATION, Link, Node, links_of, nodes_of, places_json

# Separates the items of a list. `CONTROLS` has it, so that no text does.
ARRAY_DELIMITER = "\x1f"
SPECIAL = re.compile(r'[",\r\n]|^\s|\s$')
# The columns of the two files, and the property of each.
NODE_COLUMNS = {
    ":ID": "id",
    "name": "name",
    "type": "type",
    "kb_id": "kb_id",
    "names:string[]": "names",
    "label": "label",
    "description": "description",
    "score:double": "score",
    "count:int": "count",
    "documents:int": "documents",
    "places": "places",
    ":LABEL": "labels",
}
LINK_COLUMNS = {
    ":START_ID": "source",
    ":END_ID": "target",
    "name": "name",
    "description": "description",
    "score:double": "score",
    "count:int": "count",
    "documents:int": "documents",
    "places": "places",
    ":TYPE": "label",
}
COMMAND = """#!/bin/sh
# Makes a new database, "neo4j" or the one that is named, of the files beside this one. The server
# must be stopped. With a server that has several databases, run `CREATE DATABASE name` afterwards.
cd "$(dirname "$0")" || exit 1
exec neo4j-admin database import full "${1:-neo4j}" \\
    --nodes=nodes.csv --relationships=relationships.csv \\
    --multiline-fields=true --array-delimiter=U+001F --id-type=string
"""


def write_neo4j(graph: Graph, folder: Union[str, Path]) -> None:
    """Write `nodes.csv`, `relationships.csv`, and `import.sh`, which imports them. Control
    characters are written as escapes, and the places of a triple as JSON.

    graph (Graph): The graph.
    folder (Union[str, Path]): The folder, which is made if it is not there.
    RAISES (ValueError): If it is not an empty folder.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(Errors.DRE752.format(path=folder))
    folder.mkdir(parents=True, exist_ok=True)
    _write_table(folder / "nodes.csv", NODE_COLUMNS, map(_node_row, nodes_of(graph)))
    _write_table(folder / "relationships.csv", LINK_COLUMNS, map(_link_row, links_of(graph)))
    script = folder / "import.sh"
    script.write_text(COMMAND, encoding="utf8", newline="\n")
    script.chmod(0o755)


def _node_row(node: Node) -> Dict[str, Any]:
    labels = [node.kind]
    further = node.properties["label" if node.kind == RELATION else "type"]
    if further and further != node.kind:
        labels.append(further)
    return {"id": node.id, **node.properties, "labels": labels}


def _link_row(link: Link) -> Dict[str, Any]:
    ends = {"source": link.source, "target": link.target, "label": link.label}
    return {**ends, **link.properties}


def _write_table(path: Path, columns: Dict[str, str], rows: Iterable[Dict[str, Any]]) -> None:
    with path.open("w", encoding="utf8", newline="") as file:
        file.write(",".join(columns) + "\n")
        for row in rows:
            file.write(",".join(_field(row.get(name)) for name in columns.values()) + "\n")


def _field(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, list):
        return _quoted(escape(str(value), CONTROLS))
    if value and isinstance(value[0], dict):
        return _quoted(escape(places_json(value), CONTROLS))
    return _quoted(ARRAY_DELIMITER.join(escape(item, CONTROLS) for item in value))


def _quoted(text: str) -> str:
    # Within quotes a quote is doubled, and nothing else is special.
    return '"' + text.replace('"', '""') + '"' if SPECIAL.search(text) else text
