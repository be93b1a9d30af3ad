"""Write the config that a corpus is trained with: one of the folder configs, with what the
description of the corpus says of it."""

from pathlib import Path
from typing import Any, Dict

import typer
from corpora import read_corpus
from spacy.util import load_config
from thinc.api import Config
from wasabi import msg

CONFIGS = Path("configs")


def write_config(
    config: str = typer.Argument(..., help="A config of the folder configs, without .cfg"),
    name: str = typer.Argument(..., help="The name of the corpus"),
    output: Path = typer.Argument(..., help="The config to write"),
) -> None:
    """Combine a config with the description of a corpus."""
    path = CONFIGS / f"{config}.cfg"
    if not path.is_file():
        msg.fail(f"There is no config {path}.", exits=1)
    combined = combine(load_config(path), read_corpus(name).config)
    output.parent.mkdir(parents=True, exist_ok=True)
    combined.to_disk(output)
    msg.good(f"Wrote {output}")


def combine(config: Config, changes: Dict[str, Any]) -> Config:
    """Change a config.

    config (Config): The config.
    changes (Dict[str, Any]): Settings, or blocks in place of those there, by dotted names. What
        belongs to a component, or to another block, that the config does not have is left out.
    RETURNS (Config): The changed config.
    """
    changed = config.copy()
    for name, value in changes.items():
        *blocks, last = name.split(".")
        block = changed
        for part in blocks:
            block = block.get(part, {})
        if last in block:
            block[last] = value
    return changed


if __name__ == "__main__":
    typer.run(write_config)
