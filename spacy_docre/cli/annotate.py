"""`python -m spacy docre-annotate`: silver documents, which a teacher annotates for a student."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from spacy.cli._util import Arg, Opt, app, import_code
from wasabi import Printer

from . import extraction_options as given
from .convert import OnError
from .extract import extract_and_report, parse_threshold, use_gpu
from .messages import fail

if TYPE_CHECKING:
    from ..extract.estimate import Estimate

OUTPUT = "Documents to train on (.spacy)"
SOFT = "The probability from which a soft label is kept"
SAMPLE = "Run over so many documents first, for an estimate of the cost (0 for no estimate)"
ESTIMATE = "Stop after the estimate"


@app.command("docre-annotate")
def docre_annotate_cli(
    pipeline: given.Pipeline,
    input_path: given.Input,
    output_path: Annotated[Path, Arg(help=OUTPUT)],
    soft: Annotated[float, Opt("--soft", "-s", min=0, max=1, help=SOFT)] = 0.01,
    sample: Annotated[int, Opt("--sample", min=0, help=SAMPLE)] = 8,
    only_estimate: Annotated[bool, Opt("--estimate", help=ESTIMATE)] = False,
    text_key: given.TextKey = "text",
    id_key: given.IdKey = "",
    threshold: given.ScoreOrPoint = None,
    labels: given.Labels = "",
    limit: given.Limit = 0,
    batch_size: given.BatchSize = 0,
    n_process: given.Processes = 1,
    gpu_id: given.Gpu = -1,
    on_error: given.AtFailure = OnError.skip,
    overwrite: given.Overwrite = False,
    code_path: given.Code = None,
) -> None:
    """Annotate documents with what a teacher finds: its triples and, where it has a distribution
    over pairs of entities, how probable it finds each relation of each pair.

    First it says what that will cost. Otherwise it is docre-extract: killed at any moment and
    started again with the same command, it goes on where it was, and the exit codes are the same.
    """
    from ..errors import Errors
    from ..extract.estimate import estimate
    from ..extract.inputs import Keys
    from ..extract.journal import goes_on
    from ..extract.outputs import SPACY, check_place
    from ..extract.pipeline import load_pipeline
    from ..extract.run import Options, check_input
    from ..formats.settings import as_list

    msg = Printer()
    import_code(code_path)
    try:
        if output_path.suffix != SPACY:
            raise ValueError(Errors.DRE791.format(path=output_path, suffix=SPACY))
        check_place(output_path)
        check_input(input_path, output_path)
        use_gpu(gpu_id, n_process)
        options = Options(
            keys=Keys(text_key, id_key),
            threshold=parse_threshold(threshold),
            labels=as_list(labels),
            limit=limit,
            batch_size=batch_size,
            n_process=n_process,
            on_error=on_error.value,
            overwrite=overwrite,
            code=code_path,
            soft=soft,
        )
        nlp = load_pipeline(pipeline)
        begun = not only_estimate and goes_on(output_path, overwrite=overwrite)
        if only_estimate or (sample and not begun):
            _print_estimate(msg, estimate(nlp, input_path, options, sample=max(1, sample)))
        if not only_estimate:
            extract_and_report(msg, pipeline, input_path, output_path, options, nlp)
    except (ValueError, ImportError, OSError) as error:
        fail(msg, "The documents are not annotated", error)


def _print_estimate(msg: Printer, cost: "Estimate") -> None:
    rows = {
        "Documents": f"{cost.documents:,}",
        "Tokens": f"{cost.tokens:,}",
        "Seconds in one process": f"{cost.seconds:,.0f}",
    }
    if cost.requests is not None:
        rows["Questions to a language model"] = f"{cost.requests:,}"
    title = f"Estimate, of {cost.sampled} documents"
    msg.table(list(rows.items()), aligns=("l", "r"), title=title)
