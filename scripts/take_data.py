"""Take a corpus from a folder of this machine, or fetch the assets of the project."""

import gzip
import hashlib
import shutil
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Iterator, Tuple

import typer
from corpora import REQUIRED, Corpus, read_corpus
from wasabi import msg
from weasel.cli.assets import fetch_asset
from weasel.util import load_project_config


def take_data(
    name: str = typer.Argument(..., help="The name of the corpus"),
    local: str = typer.Option("", "--local", help="A folder that holds the folder of the corpus"),
) -> None:
    """Put the files of a corpus below `assets`."""
    corpus = read_corpus(name)
    if local:
        _copy(corpus, Path(local) / corpus.source)
        return
    _fetch(corpus)
    missing = [corpus.files[part] for part in REQUIRED if not _has(corpus, corpus.files[part])]
    if missing:
        problem = f"project.yml lists no assets {', '.join(missing)} of '{name}'"
        msg.fail(problem, "Give a folder that has them: --vars.data FOLDER.", exits=1)
    _warn_of_others(corpus)


def _copy(corpus: Corpus, source: Path) -> None:
    corpus.assets.mkdir(parents=True, exist_ok=True)
    required = [corpus.files[part] for part in REQUIRED]
    for file in [*corpus.files.values(), *corpus.others]:
        path, compressed = source / file, source / f"{file}.gz"
        if path.is_file():
            copy = _place(corpus, file)
            shutil.copyfile(path, copy)
            # Data may be read-only where they are, but are replaced here.
            copy.chmod(0o644)
            msg.good(f"Took {path}")
        elif compressed.is_file():
            with gzip.open(compressed) as packed, _place(corpus, file).open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
            msg.good(f"Unpacked {compressed}")
        elif file in required:
            msg.fail(f"There is no file {path}", f"Expected {', '.join(required)}.", exits=1)
    _warn_of_others(corpus)


def _warn_of_others(corpus: Corpus) -> None:
    """Say what else the settings of a corpus may read, before a training does."""
    for file in corpus.others:
        if not _has(corpus, file):
            path = _place(corpus, file)
            msg.warn(f"There is no file {path}", "Settings of this corpus name it: put it there.")


def _fetch(corpus: Corpus) -> None:
    folder = Path("assets") / corpus.source
    for asset in load_project_config(Path.cwd()).get("assets", []):
        if Path(asset["dest"]).parent == folder:
            try:
                fetch_asset(Path.cwd(), asset["url"], Path(asset["dest"]), asset.get("checksum"))
            except OSError as error:  # what went wrong on the way, too
                hint = f"{error}. Or give a folder that has it: --vars.data FOLDER."
                msg.fail(f"Could not fetch {asset['url']}", hint, exits=1)
    archive = folder / corpus.archive
    if corpus.archive and archive.is_file():
        _unpack(corpus, archive)


def _unpack(corpus: Corpus, archive: Path) -> None:
    """Unpack the files of the corpus, wherever in the archive they are."""
    wanted = {_place(corpus, file).name for file in [*corpus.files.values(), *corpus.others]}
    corpus.assets.mkdir(parents=True, exist_ok=True)
    for member, file in _members(archive):
        name = PurePosixPath(member).name
        if name not in wanted:
            continue
        data = file.read()
        expected = corpus.md5.get(name)
        if expected and hashlib.md5(data).hexdigest() != expected:
            msg.fail(f"{name} of {corpus.archive} is not the expected file", exits=1)
        (corpus.assets / name).write_bytes(data)
        msg.good(f"Unpacked {name}")


def _members(path: Path) -> Iterator[Tuple[str, IO[bytes]]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as file:
                    yield name, file
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content


def _has(corpus: Corpus, file: str) -> bool:
    return _place(corpus, file).is_file()


def _place(corpus: Corpus, file: str) -> Path:
    """Where the project has a file, which may come from another folder."""
    return corpus.assets / Path(file).name


if __name__ == "__main__":
    typer.run(take_data)
