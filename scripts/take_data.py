"""Take a corpus from a folder of this machine, or fetch the assets of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import typer
from wasabi import msg

PARTS = ("train.json", "dev.json")


def take_data(
    corpus: str = typer.Argument(..., help="The name of the corpus"),
    local: str = typer.Option("", "--local", help="A folder that holds a folder of that name"),
) -> None:
    """Put the parts of a corpus below `assets`."""
    target = Path("assets") / corpus
    if not local:
        subprocess.run([sys.executable, "-m", "spacy", "project", "assets"], check=True)
        missing = [part for part in PARTS if not (target / part).is_file()]
        if missing:
            problem = f"project.yml lists no assets {', '.join(missing)} of '{corpus}'"
            msg.fail(problem, "Give a folder that has them: --vars.data FOLDER.", exits=1)
        return
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = Path(local) / corpus / part
        if not source.is_file():
            msg.fail(f"There is no file {source}", f"Expected {', '.join(PARTS)}.", exits=1)
        shutil.copyfile(source, target / part)
        msg.good(f"Took {source}")
    for extra in Path(local, corpus).glob("test.json"):
        shutil.copyfile(extra, target / extra.name)


if __name__ == "__main__":
    typer.run(take_data)
