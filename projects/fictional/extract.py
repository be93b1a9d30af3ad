"""Print the relations of a raw text."""

from pathlib import Path

import spacy
import typer
from wasabi import msg, table


def extract(
    pipeline: Path = typer.Argument(..., help="A trained pipeline"),
    text: Path = typer.Argument(..., help="A text file"),
) -> None:
    """Run a pipeline over a text and print what it finds."""
    nlp = spacy.load(pipeline)
    doc = nlp(text.read_text(encoding="utf8").strip())
    print(f"\n{doc.text}\n")
    rows = [
        (
            relation.head.text,
            relation.label,
            relation.tail.text,
            f"{relation.score:.2f}",
            "across sentences" if relation.crosses_sentences else "",
        )
        for relation in doc._.relations
    ]
    print(table(rows, header=("head", "relation", "tail", "score", ""), divider=True))
    msg.info(f"{len(rows)} relations, {sum(bool(row[-1]) for row in rows)} across sentences")


if __name__ == "__main__":
    typer.run(extract)
