"""The component as a directory, and as bytes. Both are of one piece, or refused."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional

import srsly

from ..data.calibration import Calibration
from ..data.schema import Schema
from ..errors import Errors
from ..models.extractor import hooks_of, use_schema
from .manifest import MANIFEST, check_files, checksum, write_together
from .settings import check_saved

if TYPE_CHECKING:
    from .base import SchemaPipe

# What a saved component consists of, besides the vocabulary.
FILES = ("cfg", "model", "schema.json")
# Pipelines of former versions have none.
CALIBRATION = "calibration.json"


def save_directory(pipe: "SchemaPipe", path: Path, exclude: Collection[str]) -> None:
    """Save a component.

    pipe (SchemaPipe): The component.
    path (Path): The directory.
    exclude (Collection[str]): Files that are not written, and stay as they are if they are there.
    """

    def write(fresh: Path) -> None:
        if "cfg" not in exclude:
            settings = _settings(pipe, path.parent / "config.cfg")
            # srsly would round them.
            (fresh / "cfg").write_text(json.dumps(settings, indent=2), encoding="utf8")
        if "model" not in exclude:
            hooks_of(pipe.model).save(pipe.model, fresh / "model")
        if "schema.json" not in exclude:
            # Written even where there is none, so that a file that got lost is told from that.
            srsly.write_json(fresh / "schema.json", pipe.label_data)
        if CALIBRATION not in exclude:
            (fresh / CALIBRATION).write_text(_calibration_text(pipe), encoding="utf8")
        if "vocab" not in exclude:
            pipe.vocab.to_disk(fresh / "vocab", exclude=exclude)

    write_together(path, write, keep=exclude)


def load_directory(pipe: "SchemaPipe", path: Path, exclude: Collection[str]) -> None:
    """Load a component.

    pipe (SchemaPipe): The component.
    path (Path): The directory.
    exclude (Collection[str]): Files that are not read. Without the manifest nothing is checked.
    RAISES (ValueError): If the directory is not complete and of one piece, or schema and weights
        disagree.
    """
    with _complete(pipe, f"The directory {path} does"):
        needed = [file for file in FILES if file not in exclude]
        wanted = needed if MANIFEST in exclude else [*needed, MANIFEST]
        missing = [file for file in wanted if not (path / file).exists()]
        if missing:
            raise FileNotFoundError(f"there is no {' and no '.join(missing)}")
        saved = None
        if "cfg" in needed:
            saved = json.loads((path / "cfg").read_text(encoding="utf8"))
            check_saved(saved, pipe.name, f" in {path / 'cfg'}")
        # The schema's own errors say more, so they come first.
        parts = (*needed, CALIBRATION, "vocab")
        whole = [file for file in parts if file not in (*exclude, "schema.json")]
        if MANIFEST in wanted:
            check_files(path, whole)
        if "vocab" not in exclude and (path / "vocab").exists():
            pipe.vocab.from_disk(path / "vocab", exclude=exclude)
        if "model" in needed:
            hooks_of(pipe.model).load(pipe.model, path / "model")
        if "schema.json" in needed:
            schema = _schema(srsly.read_json(path / "schema.json"))
        else:
            schema = pipe.schema
        calibration = pipe.calibration
        if CALIBRATION not in exclude:
            file = path / CALIBRATION
            calibration = _calibration(file.read_text(encoding="utf8")) if file.exists() else None
    pipe.calibration = calibration
    _bind(pipe, schema, exclude)
    if MANIFEST in wanted and "schema.json" in needed:
        with _complete(pipe, f"The directory {path} does"):
            check_files(path, ["schema.json"])
    _take_over(pipe, saved)


def save_bytes(pipe: "SchemaPipe", exclude: Collection[str]) -> bytes:
    """Save a component.

    pipe (SchemaPipe): The component.
    exclude (Collection[str]): Parts that are left out, named as files are.
    RETURNS (bytes): The component.
    """
    parts: Dict[str, bytes] = {}
    if "cfg" not in exclude:
        parts["cfg"] = json.dumps(_settings(pipe)).encode()
    if "model" not in exclude:
        parts["model"] = pipe.model.to_bytes()
    if "vocab" not in exclude:
        parts["vocab"] = pipe.vocab.to_bytes(exclude=exclude)
    if CALIBRATION not in exclude:
        parts[CALIBRATION] = _calibration_text(pipe).encode()
    data: Dict[str, Any] = {"pipe": parts, "sha256": _checksums(parts)}
    if "schema.json" not in exclude:
        data["schema"] = pipe.label_data
    return srsly.msgpack_dumps(data)


def load_bytes(pipe: "SchemaPipe", bytes_data: bytes, exclude: Collection[str]) -> None:
    """Load a component.

    pipe (SchemaPipe): The component.
    bytes_data (bytes): What `save_bytes` returned.
    exclude (Collection[str]): Parts that are not read.
    RAISES (ValueError): If the bytes are incomplete or changed, or schema and weights disagree.
    """
    with _complete(pipe, "The bytes do"):
        data = srsly.msgpack_loads(bytes_data)
        parts = data["pipe"]
        missing = [file for file in ("cfg", "model") if file not in {*exclude, *parts}]
        if "schema.json" not in exclude:
            missing += [] if "schema" in data else ["schema.json"]
        if missing:
            raise ValueError(f"there is no {' and no '.join(missing)}")
        saved = None
        if "cfg" not in exclude:
            saved = json.loads(parts["cfg"])
            check_saved(saved, pipe.name, " in these bytes")
        if _checksums(parts) != data["sha256"]:
            raise ValueError("they are not as they were saved")
        if "vocab" not in exclude and "vocab" in parts:
            pipe.vocab.from_bytes(parts["vocab"], exclude=exclude)
        if "model" not in exclude:
            pipe.model.from_bytes(parts["model"])
        schema = pipe.schema if "schema.json" in exclude else _schema(data["schema"])
        calibration = pipe.calibration
        if CALIBRATION not in exclude:
            calibration = _calibration(parts.get(CALIBRATION, b"null").decode())
    pipe.calibration = calibration
    _bind(pipe, schema, exclude)
    _take_over(pipe, saved)


def _settings(pipe: "SchemaPipe", beside: Any = None) -> Dict[str, Any]:
    return {**pipe.cfg.to_dict(beside), "encoder": pipe.upstream.current(pipe)}


def _take_over(pipe: "SchemaPipe", saved: Any) -> None:
    if saved is not None:
        pipe.cfg.restore(saved)
        pipe.upstream.load(saved["encoder"])


def _schema(data: Any) -> Optional[Schema]:
    return None if data is None else Schema.from_dict(data)


def _calibration_text(pipe: "SchemaPipe") -> str:
    data = None if pipe.calibration is None else pipe.calibration.to_dict()
    return json.dumps(data, indent=2)


def _calibration(text: str) -> Optional[Calibration]:
    data = json.loads(text)
    return None if data is None else Calibration.from_dict(data)


def _bind(pipe: "SchemaPipe", schema: Optional[Schema], exclude: Collection[str]) -> None:
    if schema is not None and "model" not in exclude:
        use_schema(pipe.model, schema, name=pipe.name)
    pipe.schema = schema


def _checksums(parts: Dict[str, bytes]) -> Dict[str, str]:
    return {name: checksum(data) for name, data in parts.items()}


@contextmanager
def _complete(pipe: "SchemaPipe", where: str) -> Iterator[None]:
    """Whatever is wrong with saved data shows in a way of its own, and is said in one."""
    try:
        yield
    except (Warning, MemoryError, ImportError):
        raise
    except Exception as error:
        raise ValueError(
            Errors.DRE030.format(where=where, name=pipe.name, error=str(error) or repr(error))
        ) from error
