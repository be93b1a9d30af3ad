"""Put the pipeline together that is shipped."""

from itertools import islice
from pathlib import Path
from typing import Any, Dict

import spacy
import srsly
import typer
from match_scores import match_scores
from spacy.tokens import DocBin

from spacy_docre.analysis.run import find_component

HERE = Path(__file__).parent


def assemble(
    trained: Path = typer.Argument(..., help="The pipeline trained on all documents", exists=True),
    calibrated: Path = typer.Argument(..., help="The calibrated pipeline", exists=True),
    output: Path = typer.Argument(..., help="Where to write the pipeline"),
    scores: Path = typer.Option("metrics/end_to_end.json", help="Its figures", exists=True),
    texts: Path = typer.Option(..., help="Documents that it has not seen (.spacy)", exists=True),
    limit: int = typer.Option(150, help="How many of them to read"),
    point: str = typer.Option("precise", help="The operating point it begins with"),
) -> None:
    """Give the pipeline its name and its figures, and the calibration of the one that was trained
    without the documents that it was fitted to."""
    nlp, other = spacy.load(trained), spacy.load(calibrated)
    pipe = find_component(nlp)
    unseen = [doc.text for doc in islice(DocBin().from_disk(texts).get_docs(nlp.vocab), limit)]
    pipe.calibration = match_scores(nlp, other, unseen)
    pipe.cfg["threshold"] = point
    # It works on text: scores of gold entities are for whoever asks for them.
    pipe.use_gold_entities = False
    nlp.meta.update(srsly.read_json(HERE / "meta.json"))
    nlp.meta["performance"] = performance(srsly.read_json(scores))
    nlp.to_disk(output)


def performance(scores: Dict[str, Any]) -> Dict[str, float]:
    """RETURNS (Dict[str, float]): The figures of documents that were held out, before calibration,
    of the pipeline trained without them."""
    figures = {f"ents_{key}": scores["mentions"][key] for key in "prf"}
    for given, triples in scores["triples"].items():
        figures |= {f"docre_given_{given}_{k}": triples[f"docre_micro_{k}"] for k in "prf"}
    return figures


if __name__ == "__main__":
    typer.run(assemble)
