"""Convert documents without labels, which a teacher is going to annotate, to spaCy's format."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from corpora import read_corpus
from wasabi import msg
from weasel.cli.assets import fetch_asset
from weasel.util import load_project_config

from spacy_docre.cli.convert import convert


def take_unlabelled(
    name: Annotated[str, typer.Argument(help="The corpus in whose format they are")],
    path: Annotated[Path, typer.Argument(help="Their file")],
    local: Annotated[str, typer.Option(help="A folder that holds the folder of the file")] = "",
) -> None:
    """Take a file from the local folder, or else fetch it, unless it is there, and convert it to
    `corpus/<name>/unlabelled.spacy`."""
    corpus = read_corpus(name)
    if not path.is_file():
        _take(path, local)
    target = Path("corpus") / name
    target.mkdir(parents=True, exist_ok=True)
    try:
        convert(
            path,
            target / "unlabelled.spacy",
            format=corpus.format,
            lang=corpus.lang,
            settings=corpus.settings,
            silent=False,
        )
    except (ValueError, OSError) as error:
        msg.fail("Nothing was converted", str(error), exits=1)


def _take(path: Path, local: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = Path(local) / path.parent.name / path.name
    if local and source.is_file():
        shutil.copyfile(source, path)
        msg.good(f"Took {source}")
        return
    for asset in load_project_config(Path.cwd()).get("assets", []):
        if Path(asset["dest"]) == path:
            try:
                fetch_asset(Path.cwd(), asset["url"], path, asset.get("checksum"))
            except OSError as error:  # what went wrong on the way, too
                hint = f"{error}. Or give a folder that has it: --vars.data FOLDER."
                msg.fail(f"Could not fetch {asset['url']}", hint, exits=1)
            return
    places = f"neither {source} nor " if local else "no file "
    msg.fail(f"There is {places}{path}", "Name one that is there: --vars.unlabelled FILE.", exits=1)


if __name__ == "__main__":
    typer.run(take_unlabelled)
