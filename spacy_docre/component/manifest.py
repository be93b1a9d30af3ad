"""A directory of one piece: a manifest, written last, has the size and checksum of each file."""

import hashlib
import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any, Callable, Dict

import srsly

MANIFEST = "manifest.json"
# Where files lie until all of them are there.
UNFINISHED = ".saving"
# What a schema says to people may be edited, and what it knows of facts: no weights depend on it.
_EDITABLE = ("name", "description", "functional", "inverse_functional", "excludes")

Entries = Dict[str, Dict[str, Any]]


def write_together(path: Path, write: Callable[[Path], None], keep: Collection[str] = ()) -> None:
    """Write the files of a directory so that an interruption leaves what was there before or,
    between the first file and the last, what `check_files` refuses.

    path (Path): The directory. Other files in it stay.
    write (Callable[[Path], None]): Writes the files to an empty directory.
    keep (Collection[str]): Files and folders that stay part of what is saved, though they are not
        written again.
    """
    fresh, manifest = path / UNFINISHED, path / MANIFEST
    _remove(fresh)
    fresh.mkdir(parents=True)
    try:
        write(fresh)
        names = [file.name for file in fresh.iterdir()]
        kept = _read(manifest) if keep and manifest.exists() else {}
        entries = {file: entry for file, entry in kept.items() if _top(file) in keep}
        srsly.write_json(fresh / MANIFEST, {"files": {**entries, **_describe(fresh, names)}})
        manifest.unlink(missing_ok=True)
        for name in [*sorted(names), MANIFEST]:
            _remove(path / name)
            (fresh / name).rename(path / name)
    finally:
        _remove(fresh)


def check_files(path: Path, names: Collection[str]) -> None:
    """Check that files are those that were saved together.

    path (Path): The directory.
    names (Collection[str]): The files and folders of interest.
    RAISES (ValueError): If one of their files is missing, changed or not from the same time.
    """
    expected = {
        file: entry for file, entry in _read(path / MANIFEST).items() if _top(file) in names
    }
    found = _describe(path, names)
    for problem, files in (
        ("is missing", set(expected) - set(found)),
        ("was not saved with the others", set(found) - set(expected)),
        ("is not as it was saved", {f for f in found if f in expected and found[f] != expected[f]}),
    ):
        if files:
            raise ValueError(f"{min(files)} {problem}")


def checksum(data: bytes) -> str:
    """RETURNS (str): The checksum of data."""
    return hashlib.sha256(data).hexdigest()


def _read(manifest: Path) -> Entries:
    entries: Entries = srsly.read_json(manifest)["files"]
    return entries


def _describe(path: Path, names: Collection[str]) -> Entries:
    tops = [path / name for name in names]
    files = [file for top in tops for file in (top.rglob("*") if top.is_dir() else [top])]
    return {
        file.relative_to(path).as_posix(): _entry(file)
        for file in sorted(files)
        # Hidden ones are those that file managers leave wherever somebody looks.
        if file.is_file() and not file.name.startswith(".")
    }


def _entry(file: Path) -> Dict[str, Any]:
    if file.name == "schema.json":
        return {"sha256": checksum(_without_editable(file))}
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return {"size": file.stat().st_size, "sha256": digest.hexdigest()}


def _without_editable(file: Path) -> bytes:
    schema = srsly.read_json(file)
    for relation in schema["relations"] if schema else ():
        for field in _EDITABLE:
            relation.pop(field, None)
    return json.dumps(schema, sort_keys=True).encode()


def _top(file: str) -> str:
    return file.split("/", 1)[0]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
