"""`python -m fictional`: write a corpus."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .write import write_corpus

TRAIN = "Documents to train on"
DEV = "Documents to select a model with"
TEST = "Documents to test on"
SEED = "Corpora with different seeds have different documents"


def write(
    out_dir: Annotated[Path, typer.Argument(help="Folder to write to", file_okay=False)],
    train: Annotated[int, typer.Option("--train", "-t", min=0, help=TRAIN)] = 400,
    dev: Annotated[int, typer.Option("--dev", "-d", min=0, help=DEV)] = 60,
    test: Annotated[int, typer.Option("--test", "-e", min=0, help=TEST)] = 60,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help=SEED)] = 0,
) -> None:
    """Generate a small corpus of documents with relations, about people, companies and places
    that do not exist.

    Writes train.spacy, dev.spacy and test.spacy, whose names differ, the schema of the
    relations, and the text of one more document to try a trained pipeline on.
    """
    try:
        summaries = write_corpus(out_dir, {"train": train, "dev": dev, "test": test}, seed)
    except (ValueError, OSError) as error:
        msg.fail("Nothing was generated", error, exits=1)
    rows = [summary.rows() for summary in summaries.values()]
    table = [(name, *(split[row][1] for split in rows)) for row, (name, _) in enumerate(rows[0])]
    msg.table(table, header=("", *summaries), divider=True, aligns=("l", *"r" * len(rows)))
    msg.good(f"Generated a corpus in {out_dir}")


if __name__ == "__main__":
    typer.run(write)
