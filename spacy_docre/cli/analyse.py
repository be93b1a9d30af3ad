"""`python -m spacy docre-analyse`: what a pipeline gets wrong, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, List, NamedTuple, Optional

from spacy.cli._util import Arg, Opt, app, setup_gpu
from wasabi import Printer

from ..new_files import new_files
from ..tables import Table, print_tables
from .messages import fail, saved
from .paths import check_different, check_output

if TYPE_CHECKING:
    from ..analysis.thresholds import ThresholdCurve

MODEL = "Name or directory of a trained pipeline"
HTML = "Output file (.html) for all tables, the curve and single errors with their sentences"
CURVE = "Output file (.png, .svg or .pdf) for precision, recall and F1 by threshold (needs [viz])"
TOP = "How many relations and confusions to print, the most frequent first (0 for all)"
SAMPLES = "How many errors of each kind to show in the HTML"
PIPE = "Name of the component, if there are several"


class Analysis(NamedTuple):
    """What was found out about a pipeline.

    short (List[Table]): Tables to print.
    full (List[Table]): The same, with all rows.
    curve (Optional[ThresholdCurve]): Scores by threshold.
    page (str): The HTML, or "".
    """

    short: List[Table]
    full: List[Table]
    curve: "Optional[ThresholdCurve]"
    page: str


@app.command("docre-analyse")
def docre_analyse_cli(
    model: Annotated[str, Arg(help=MODEL)],
    data_path: Annotated[Path, Arg(help="Annotated documents (.spacy)", exists=True)],
    html: Annotated[Optional[Path], Opt("--html", "-h", help=HTML)] = None,
    threshold_curve: Annotated[Optional[Path], Opt("--threshold-curve", "-c", help=CURVE)] = None,
    top: Annotated[int, Opt("--top", "-t", min=0, help=TOP)] = 20,
    samples: Annotated[int, Opt("--samples", "-n", min=0, help=SAMPLES)] = 10,
    pipe: Annotated[Optional[str], Opt("--pipe", "-p", help=PIPE)] = None,
    use_gpu: Annotated[int, Opt("--gpu-id", "-g", help="GPU ID or -1 for CPU")] = -1,
) -> None:
    """Show where a pipeline errs: by relation, by distance between head and tail, by number of
    mentions; which relations it confuses, and why gold triples were missed.

    Relations are extracted as `spacy evaluate` does. For the threshold curve, and for HTML, they
    are extracted once more without a threshold.
    """
    msg = Printer()
    setup_gpu(use_gpu, silent=False)
    try:
        analysis = analyse(
            model,
            data_path,
            html=html,
            threshold_curve=threshold_curve,
            top=top,
            samples=samples,
            pipe_name=pipe,
        )
    except (ValueError, ImportError, OSError) as error:
        fail(msg, "No analysis", error)
    print_tables(analysis.short, msg)
    for path in (html, threshold_curve):
        if path is not None:
            saved(msg, "Saved", path)


def analyse(
    model: str,
    data_path: Path,
    *,
    html: Optional[Path] = None,
    threshold_curve: Optional[Path] = None,
    top: int = 20,
    samples: int = 10,
    pipe_name: Optional[str] = None,
) -> Analysis:
    """Analyse the errors of a pipeline.

    model (str): The name or directory of a trained pipeline.
    data_path (Path): Annotated documents, in spaCy's binary format.
    html (Optional[Path]): Where to write a page with everything.
    threshold_curve (Optional[Path]): Where to write the threshold curve.
    top (int): How many relations and confusions to list; all if 0. The page lists all.
    samples (int): How many errors of each kind the page shows.
    pipe_name (Optional[str]): The name of the component, if there are several.
    RETURNS (Analysis): The tables, the curve and the page.
    RAISES (ValueError): If the pipeline or the documents have no relations, or a file cannot be
        written.
    RAISES (ImportError): If the curve is to be drawn, and matplotlib is not installed.
    """
    from spacy.util import load_model

    from ..analysis.error_tables import analysis_tables
    from ..analysis.page import render_page
    from ..analysis.picture import FORMATS, can_draw, draw_curve
    from ..analysis.predictions import compare_predictions, read_examples, warn_of_unscored
    from ..analysis.samples import sample_errors
    from ..analysis.thresholds import ThresholdCurve, threshold_table
    from ..component.lookup import find_component
    from ..data.annotated_attrs import gold_attr
    from ..data.doc_bins import doc_bin_files
    from ..data.storage import has_relations
    from ..errors import Errors
    from ..optional_packages import need

    check_different([data_path, html, threshold_curve])
    if html is not None:
        check_output(html, suffixes=[".html", ".htm"])
    if threshold_curve is not None:
        check_output(threshold_curve)
        if threshold_curve.suffix[1:] not in FORMATS:
            raise ValueError(Errors.DRE423.format(path=threshold_curve, formats=", ".join(FORMATS)))
        need("matplotlib", extra="viz")
    files = doc_bin_files(data_path)
    with new_files(html, threshold_curve) as (page_file, curve_file):
        nlp = load_model(model)
        pipe = find_component(nlp, pipe_name)
        examples = read_examples(nlp, files)
        comparisons = compare_predictions(nlp, pipe, examples)
        short, full = (analysis_tables(comparisons, top=rows) for rows in (top, 0))
        curve: Optional[ThresholdCurve] = None
        if html is not None or threshold_curve is not None:
            scored = compare_predictions(nlp, pipe, read_examples(nlp, files), threshold=0.0)
            warn_of_unscored(pipe, scored)
            curve = ThresholdCurve.of(scored, comparisons, pipe.threshold_of())
            short, full = [*short, threshold_table(curve)], [*full, threshold_table(curve)]
        if curve is not None and curve_file is not None:
            curve_file.write(draw_curve(curve, format=curve_file.path.suffix[1:]))
        page = ""
        if page_file is not None and curve is not None:
            attr = gold_attr((e.reference for e in examples), pipe.attr)
            docs = [e.reference for e in examples if has_relations(e.reference, attr=attr)]
            facts = {
                "Pipeline": str(model),
                "Documents": f"{len(docs):,} of {data_path}",
                "Entities": "gold" if pipe.use_gold_entities else "predicted",
                "Threshold": f"{pipe.threshold_of():g}",
            }
            page = render_page(
                f"Errors of {Path(model).name}",
                facts,
                full,
                sample_errors(docs, comparisons, samples),
                draw_curve(curve) if can_draw() else None,
            )
            page_file.write(page.encode("utf8"))
    return Analysis(short, full, curve, page)
