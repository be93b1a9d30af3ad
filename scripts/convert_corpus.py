"""Convert the parts of a corpus of the project to spaCy's format."""

from pathlib import Path
from typing import List

import typer
from corpora import REQUIRED, read_corpus
from wasabi import msg

from spacy_docre.cli.convert import convert


def convert_corpus(
    name: str = typer.Argument(..., help="The name of the corpus"),
    parts: List[str] = typer.Argument(None, help="Its parts, by default train and dev"),
) -> None:
    """Write `corpus/<name>/<part>.spacy`, and with the training part the schema."""
    corpus = read_corpus(name)
    target = Path("corpus") / name
    target.mkdir(parents=True, exist_ok=True)
    for part in parts or REQUIRED:
        if part not in corpus.files:
            msg.fail(f"'{name}' has no part '{part}', but {', '.join(corpus.files)}.", exits=1)
        schema = target / "schema.json" if part == "train" else None
        try:
            convert(
                corpus.assets / corpus.files[part],
                target / f"{part}.spacy",
                format=corpus.format,
                lang=corpus.lang,
                settings=corpus.settings,
                schema_out=schema,
                symmetric=corpus.symmetric if schema else (),
                types=corpus.types,
                silent=False,
            )
        except (ValueError, OSError) as error:
            msg.fail("Nothing was converted", str(error), exits=1)


if __name__ == "__main__":
    typer.run(convert_corpus)
