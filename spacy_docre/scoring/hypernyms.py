"""Which concept is more general than which: the MeSH tree."""

import gzip
import re
import zlib
from pathlib import Path
from typing import Dict, FrozenSet, Iterable, List, Mapping, Set, Union

from ..errors import Errors

GZIP_MAGIC = b"\x1f\x8b"
TREE_NUMBER = re.compile(r"[A-Z]\d+(\.\d+)*")


class MeshTree:
    """The places of concepts in a tree. A place is a number such as "C14.280.067", whose beginning
    "C14.280" is the place above it; a concept may have several.

    numbers (Mapping[str, Iterable[str]]): The tree numbers of every concept.
    """

    def __init__(self, numbers: Mapping[str, Iterable[str]]) -> None:
        self.numbers = {id: frozenset(places) for id, places in numbers.items()}
        self._above: Dict[str, FrozenSet[str]] = {}

    def __contains__(self, id: str) -> bool:
        return bare_id(id) in self.numbers

    def is_more_general(self, general: str, special: str) -> bool:
        """Whether some place of a concept lies above some place of another.

        general (str): The id of a concept, with or without "MESH:" before it.
        special (str): The id of another.
        RETURNS (bool): False also if the tree lacks one of them.
        """
        general, special = bare_id(general), bare_id(special)
        if general == special:
            return False
        return not self.numbers.get(general, frozenset()).isdisjoint(self._places_above(special))

    def _places_above(self, id: str) -> FrozenSet[str]:
        if id not in self._above:
            above: Set[str] = set()
            for number in self.numbers.get(id, ()):
                steps = number.split(".")
                above.update(".".join(steps[:depth]) for depth in range(1, len(steps)))
            self._above[id] = frozenset(above)
        return self._above[id]


def bare_id(id: str) -> str:
    """RETURNS (str): An id such as "MESH:D006331" without the name of its vocabulary."""
    return id.rpartition(":")[2]


def read_mesh_tree(path: Union[str, Path]) -> MeshTree:
    """Read the tree numbers of MeSH descriptors.

    path (Union[str, Path]): A file of lines "tree number, descriptor id, name", separated by tabs,
        which may begin with one line of headings; plain or compressed with gzip.
    RETURNS (MeshTree): The tree.
    RAISES (ValueError): If the file does not have this form.
    """
    if Path(path).is_dir():
        raise ValueError(Errors.DRE410.format(path=path, problem="it is a folder"))
    data = Path(path).read_bytes()
    try:
        text = (gzip.decompress(data) if data.startswith(GZIP_MAGIC) else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(
            Errors.DRE410.format(path=path, problem=f"it is damaged ({error})")
        ) from error
    numbers: Dict[str, List[str]] = {}
    # Not splitlines, for which names may hold ends of lines.
    for i, line in enumerate(text.rstrip("\r\n").split("\n"), start=1):
        columns = line.rstrip("\r").split("\t")
        if i == 1 and not TREE_NUMBER.fullmatch(columns[0]):
            continue
        if len(columns) != 3 or not all(columns[:2]):
            problem = f"line {i} has {len(columns)} columns: {line[:80]!r}"
            raise ValueError(Errors.DRE410.format(path=path, problem=problem))
        numbers.setdefault(columns[1], []).append(columns[0])
    if not numbers:
        raise ValueError(Errors.DRE410.format(path=path, problem="it has no concepts"))
    return MeshTree(numbers)
