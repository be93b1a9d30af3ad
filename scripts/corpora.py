"""What the project knows about a corpus: its format, its files and its settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

import srsly

DESCRIPTIONS = Path(__file__).parents[1] / "configs" / "corpora"
REQUIRED = ("train", "dev")


@dataclass(frozen=True)
class Corpus:
    """A corpus, as `configs/corpora/<name>.json` describes it. A description may have a field
    `like`, which names another one: what it lacks is as there, in `config` each block by itself.

    name (str): Its name.
    format (str): The name of a registered format.
    files (Dict[str, str]): The names of its files by part: train, dev and, if it has one, test. A
        local folder may have them compressed, with a further .gz.
    folder (str): The folder of the files below a local folder and of the archive below `assets`,
        if that is not the name.
    settings (Dict[str, Any]): Settings of the format.
    symmetric (List[str]): The labels of symmetric relations, or "*" for all.
    types (bool): Whether the schema restricts roles to the entity types that fill them.
    lang (str): The language.
    others (List[str]): Further files that are taken along where there are any, by their paths
        from the folder.
    archive (str): The asset that the files are unpacked from, if they are not assets themselves.
    md5 (Dict[str, str]): The checksums of unpacked files, as far as they are known.
    config (Dict[str, Any]): What the corpus needs in a training config, by dotted names: the
        scorer of its protocol, and windows that a transformer can read whole.
    """

    name: str
    format: str
    files: Dict[str, str]
    folder: str = ""
    settings: Dict[str, Any] = field(default_factory=dict)
    symmetric: List[str] = field(default_factory=list)
    types: bool = False
    lang: str = "en"
    others: List[str] = field(default_factory=list)
    archive: str = ""
    md5: Dict[str, str] = field(default_factory=dict)
    config: Dict[str, Any] = field(default_factory=dict)

    @property
    def assets(self) -> Path:
        """Where the files are in the project."""
        return Path("assets") / self.name

    @property
    def source(self) -> Path:
        """The folder of the files elsewhere, which several corpora may share."""
        return Path(self.folder or self.name)


def read_corpus(name: str) -> Corpus:
    """Read the description of a corpus. One without a description is in DocRED's form.

    name (str): Its name.
    RETURNS (Corpus): The corpus.
    """
    path = DESCRIPTIONS / f"{name}.json"
    if not path.is_file():
        path = DESCRIPTIONS / "redocred.json"
    return Corpus(name, **_describe(path))


def _describe(path: Path) -> Dict[str, Any]:
    """RAISES (ValueError): If a description is like one that does not exist, or is like itself."""
    fields: Dict[str, Any] = {}
    read: List[Path] = []
    like: Optional[str] = path.stem
    while like is not None:
        path = DESCRIPTIONS / f"{like}.json"
        if path in read or not path.is_file():
            problem = "which is like it" if path in read else "of which there is no description"
            raise ValueError(f"{read[-1]} is said to be like '{like}', {problem}.")
        read.append(path)
        other = srsly.read_json(path)
        like = other.pop("like", None)
        config = {**other.get("config", {}), **fields.get("config", {})}
        fields = {**other, **fields, "config": config}
    return fields
