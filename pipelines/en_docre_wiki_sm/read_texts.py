"""Say what a pipeline makes of the texts, and how much of it is true."""

from collections import Counter
from pathlib import Path
from typing import Dict, Optional

import spacy
import srsly
import typer
from judged_texts import ABSURD, EASY, TRUE, UNKNOWN, read_texts


def main(
    pipeline: str = typer.Argument(..., help="A trained pipeline: its folder, or its package"),
    output: Optional[Path] = typer.Option(None, help="A JSON file for the figures"),
) -> None:
    """Print the relations of each text with scores and verdicts, and how many are true."""
    nlp = spacy.load(pipeline)
    verdicts: Counter = Counter()
    asked = found = 0
    for text in read_texts():
        relations = nlp(text.text)._.relations
        print(text.report(relations), end="\n\n")
        verdicts.update(map(text.verdict, relations))
        asked += len(text.easy)
        found += len(text.easy) - len(text.missing(relations))
    figures = summary(verdicts, asked, found)
    for name, figure in figures.items():
        print(f"{name:20} {figure:g}")
    if output is not None:
        srsly.write_json(output, figures)


def summary(verdicts: Dict[str, int], asked: int, found: int) -> Dict[str, float]:
    """RETURNS (Dict[str, float]): How many relations are what, the share of true ones among those
    that are known to be true or absurd, and among all."""
    counts = {verdict: verdicts.get(verdict, 0) for verdict in (EASY, TRUE, ABSURD, UNKNOWN)}
    right = counts[EASY] + counts[TRUE]
    return {
        **counts,
        "easy facts asked": asked,
        "easy facts found": found,
        "precision of judged": _percent(right, right + counts[ABSURD]),
        "precision at least": _percent(right, sum(counts.values())),
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / max(whole, 1), 1)


if __name__ == "__main__":
    typer.run(main)
