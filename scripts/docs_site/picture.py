"""Make the picture of the README: a page of relations, as Chromium shows it."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import spacy
import typer

import spacy_docre


def picture(
    pipeline: str = typer.Argument(..., help="A trained pipeline: its folder, or its package"),
    text: Path = typer.Argument(..., help="A text file", exists=True),
    output: Path = typer.Argument(..., help="The picture (.png)"),
    browser: str = typer.Option("chromium", help="The command of Chromium, or of Chrome"),
    size: str = typer.Option("1100,760", help="Width and height"),
) -> None:
    """Extract relations from a text, and take a picture of the page that shows them."""
    doc = spacy.load(pipeline)(text.read_text("utf8").strip())
    for relation in doc._.relations:
        print(relation.head.text, relation.name, relation.tail.text, round(relation.score, 2))
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(spacy_docre.render(doc, page=True), "utf8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        shot = [f"--window-size={size}", f"--screenshot={output.resolve()}", page.as_uri()]
        subprocess.run([browser, *options, "--virtual-time-budget=4000", *shot], check=True)


if __name__ == "__main__":
    typer.run(picture)
