"""`python -m spacy docre-calibrate`: scores that mean something, and thresholds with names."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, List, Optional, Tuple

from spacy.cli._util import Arg, Opt, app, import_code, setup_gpu
from wasabi import Printer

from ..tables import Table, count, percent, print_tables
from .messages import fail, saved

if TYPE_CHECKING:
    from ..analysis.calibrating import Report

PIPELINE = "Path or package of a trained pipeline"
DOCS = "Annotated documents (.spacy) that it has not learnt from"
OUTPUT = "Folder for the calibrated pipeline, new or empty"
GOLD = (
    "Extract relations of gold entities, rather than of those that the pipeline finds in the text"
)
PRECISION = "The precision of the operating point 'precise', or as near as scores come to it"
FLOOR = (
    "The score before calibration from which relations are looked at; if not given, the floor of "
    "the calibration that the pipeline has, or its threshold"
)
POINT = "The operating point that the calibrated pipeline has as its threshold"
PIPE = "Name of the component, if there are several"
CODE = "Python file with what the pipeline needs"


class PointName(str, Enum):
    """The operating points that are found."""

    balanced = "balanced"
    precise = "precise"


@app.command("docre-calibrate")
def docre_calibrate_cli(
    pipeline: Annotated[str, Arg(help=PIPELINE)],
    data_path: Annotated[Path, Arg(help=DOCS, exists=True)],
    output_path: Annotated[Path, Arg(help=OUTPUT, file_okay=False)],
    gold_entities: Annotated[bool, Opt("--gold-entities", "-G", help=GOLD)] = False,
    precision: Annotated[float, Opt("--precision", "-P", min=0, max=1, help=PRECISION)] = 0.7,
    floor: Annotated[Optional[float], Opt("--floor", "-f", min=0, max=1, help=FLOOR)] = None,
    point: Annotated[PointName, Opt("--point", "-t", help=POINT)] = PointName.balanced,
    pipe: Annotated[Optional[str], Opt("--pipe", "-p", help=PIPE)] = None,
    code_path: Annotated[
        Optional[Path], Opt("--code", "-c", help=CODE, exists=True, dir_okay=False)
    ] = None,
    use_gpu: Annotated[int, Opt("--gpu-id", "-g", help="GPU ID or -1 for CPU")] = -1,
) -> None:
    """Calibrate the scores of a pipeline for each relation, and find two thresholds: balanced, with
    the best F1, and precise.

    All that is printed was measured by cross-validation: the scores of each document are calibrated
    on others.
    """
    msg = Printer()
    import_code(code_path)
    setup_gpu(use_gpu, silent=False)
    try:
        report = calibrate_pipeline(
            pipeline,
            data_path,
            output_path,
            gold_entities=gold_entities,
            precision=precision,
            floor=floor,
            point=point.value,
            pipe_name=pipe,
        )
    except (ValueError, ImportError, OSError) as error:
        fail(msg, "Nothing was calibrated", error)
    print_tables(report_tables(report), msg)
    saved(msg, "Saved the calibrated pipeline", output_path)


def calibrate_pipeline(
    pipeline: str,
    data_path: Path,
    output_path: Path,
    *,
    gold_entities: bool = False,
    precision: float = 0.7,
    floor: Optional[float] = None,
    point: str = "balanced",
    pipe_name: Optional[str] = None,
) -> "Report":
    """Calibrate a pipeline, and save it.

    pipeline (str): The name or directory of a trained pipeline.
    data_path (Path): Annotated documents, in spaCy's binary format.
    output_path (Path): Where to save it: a folder that is new or empty.
    gold_entities (bool): Whether to extract relations of gold entities, rather than of those that
        the pipeline finds.
    precision (float): The precision to aim at with the precise operating point.
    floor (Optional[float]): The score before calibration from which relations are looked at. If
        None it is the threshold of the component, or the floor of the calibration that it has.
    point (str): The operating point that becomes the threshold of the pipeline.
    pipe_name (Optional[str]): The name of the component, if there are several.
    RETURNS (Report): What was measured.
    RAISES (ValueError): If something is wrong with pipeline, documents or output.
    """
    from spacy.util import load_model

    from ..analysis.calibrating import calibrate
    from ..analysis.predictions import read_examples
    from ..component.lookup import find_component
    from ..data.doc_bins import doc_bin_files
    from ..errors import Errors

    if output_path.exists() and any(output_path.iterdir()):
        raise ValueError(Errors.DRE721.format(path=output_path))
    files = doc_bin_files(data_path)
    nlp = load_model(pipeline)
    component = find_component(nlp, pipe_name)
    if floor is None:
        former = component.calibration
        floor = component.threshold_of() if former is None else former.floor
    report = calibrate(
        nlp,
        component,
        read_examples(nlp, files),
        gold_entities=gold_entities,
        floor=floor,
        precision=precision,
    )
    component.calibration = report.calibration
    component.threshold_of(point)
    component.cfg["threshold"] = point
    nlp.to_disk(output_path)
    return report


def report_tables(report: "Report") -> List[Table]:
    """RETURNS (List[Table]): What was measured, to print."""
    errors: List[Tuple[str, ...]] = [
        ("before", percent(report.before)),
        ("after", percent(report.after)),
    ]
    points: List[Tuple[str, ...]] = [
        (name, f"{p.threshold:.4f}", percent(p.precision), percent(p.recall), percent(p.f))
        for name, p in report.points.items()
    ]
    tables = [
        Table(
            "Expected calibration error",
            ("Scores", "%"),
            errors,
            note=(
                f"Of {count(report.triples)} triples in {count(report.documents)} documents, "
                f"from an uncalibrated score of {report.calibration.floor:g} on."
            ),
        ),
        Table("Operating points", ("", "Threshold", "P", "R", "F1"), points),
    ]
    if report.off:
        off: List[Tuple[str, ...]] = [
            (label, count(gold), percent(best.f)) for label, (gold, best) in report.off.items()
        ]
        note = "Relations that are found badly at every threshold: the pipeline leaves them out."
        tables.append(Table("Off", ("", "Gold", "Best F1"), off, note=note))
    return tables
