"""`python -m spacy docre-extract`: from texts to a file of relations."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

from spacy.cli._util import Arg, app, import_code
from wasabi import Printer

from . import extraction_options as given
from .convert import OnError
from .messages import fail, saved

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component.settings import Threshold
    from ..extract.journal import Counts
    from ..extract.run import Options

OUTPUT = (
    "Output, by its ending: .jsonl, .csv, .parquet, .spacy, .html, .graphml, .ttl, .nt, .json, or "
    "without one a folder for Neo4j"
)
# So that scripts can tell it from a run that ended before it was done, which is 1.
SOME_FAILED = 3


@app.command("docre-extract")
def docre_extract_cli(
    pipeline: given.Pipeline,
    input_path: given.Input,
    output_path: Annotated[Path, Arg(help=OUTPUT)],
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
    """Extract relations from all documents of an input, and write them to a file.

    Killed at any moment and started again with the same command, it goes on where it was. A
    document that fails is reported and counted, and the exit code is 3 at the end. It is 1 if the
    run ends before it is done.
    """
    from ..extract.inputs import Keys
    from ..extract.run import Options
    from ..formats.settings import as_list

    msg = Printer()
    import_code(code_path)
    try:
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
        )
        extract_and_report(msg, pipeline, input_path, output_path, options)
    except (ValueError, ImportError, OSError) as error:
        fail(msg, "The extraction is not done", error)


def use_gpu(gpu_id: int, n_process: int) -> None:
    """Compute on a GPU, if one is named.

    gpu_id (int): The GPU, or -1 for the CPU.
    n_process (int): The number of processes, of which a GPU takes one.
    RAISES (ValueError): If there are more, or there is no such GPU.
    """
    from ..errors import Errors

    if gpu_id >= 0:
        from thinc.api import require_gpu

        if n_process > 1:
            raise ValueError(Errors.DRE718)
        require_gpu(gpu_id)


def extract_and_report(
    msg: Printer,
    pipeline: str,
    input_path: str,
    output_path: Path,
    options: "Options",
    nlp: "Optional[Language]" = None,
) -> None:
    """Extract with a bar that says how far it is, and print what became of the documents. See
    `spacy_docre.extract.run.extract`.

    RAISES (SystemExit): If some of them failed.
    """
    from tqdm import tqdm

    from ..extract.run import extract

    # On standard error, and None: no bar where that is not a terminal.
    with tqdm(total=options.limit or None, unit=" docs", leave=False, disable=None) as bar:
        before: Optional[int] = None
        started = 0.0

        def show(counts: "Counts") -> None:
            nonlocal before, started
            if before is None:  # the pipeline is loaded
                before, started = counts.done, time.monotonic()
                bar.reset()
                bar.initial = bar.n = counts.done
            bar.update(counts.done - bar.n)

        counts = extract(pipeline, input_path, output_path, options, nlp=nlp, progress=show)
    _print_summary(msg, counts, before or 0, time.monotonic() - started, output_path)


def parse_threshold(text: Optional[str]) -> "Optional[Threshold]":
    """RETURNS (Optional[Union[float, str]]): A number, or the name of an operating point."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _print_summary(
    msg: Printer, counts: "Counts", before: int, seconds: float, output_path: Path
) -> None:
    rows = {
        "Documents read": counts.done,
        "Documents written": counts.written,
        "Relations": counts.relations,
    }
    if before:
        rows["Documents done by a former run"] = before
    if counts.refused:
        rows["Documents that could not be read"] = counts.refused
    if counts.failed:
        rows["Documents that failed"] = counts.failed
    msg.table([(name, f"{n:,}") for name, n in rows.items()], aligns=("l", "r"), title="Extraction")
    speed = (counts.done - before) / max(seconds, 1e-9)
    rate = f"{speed:,.1f} documents a second, without loading the pipeline"
    saved(msg, f"Saved {counts.relations:,} relations ({rate})", output_path)
    if counts.refused or counts.failed:
        raise SystemExit(SOME_FAILED)
