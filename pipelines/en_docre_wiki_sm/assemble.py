"""Put the pipeline together that is shipped."""

from pathlib import Path
from typing import Any, Dict

import spacy
import srsly
import typer

from spacy_docre.component.lookup import find_component

HERE = Path(__file__).parent


def assemble(
    calibrated: Path = typer.Argument(..., help="The calibrated pipeline", exists=True),
    output: Path = typer.Argument(..., help="Where to write the pipeline"),
    encoder: str = typer.Option(..., help="The pretrained encoder: a name on the hub, or a folder"),
    scores: Path = typer.Option("metrics/end_to_end.json", help="Its figures", exists=True),
) -> None:
    """Give the pipeline its name and its figures."""
    nlp = spacy.load(calibrated)
    # It works on text: scores of gold entities are for whoever asks for them.
    find_component(nlp).use_gold_entities = False
    # Nobody else has the files of the machine that trained it. Its encoder is saved with it.
    name = Path(encoder).name if Path(encoder).exists() else encoder
    nlp.config["paths"].update({"train": None, "dev": None, "schema": None, "encoder": name})
    nlp.meta.update(srsly.read_json(HERE / "meta.json"))
    nlp.meta["performance"] = performance(srsly.read_json(scores))
    nlp.to_disk(output)


def performance(scores: Dict[str, Any]) -> Dict[str, float]:
    """RETURNS (Dict[str, float]): The figures of held-out documents, before calibration."""
    figures = {f"ents_{key}": scores["mentions"][key] for key in "prf"}
    for given, triples in scores["triples"].items():
        figures |= {f"docre_given_{given}_{k}": triples[f"docre_micro_{k}"] for k in "prf"}
    return figures


if __name__ == "__main__":
    typer.run(assemble)
