"""`python -m spacy docre-results`: scores as tables."""

import re
from pathlib import Path
from typing import Annotated, Dict, List, Mapping, Optional, Sequence, Tuple

from spacy.cli._util import Arg, Opt, app
from wasabi import Printer

from ..new_files import new_files
from ..tables import Table, count, percent, print_tables, to_markdown
from .messages import fail, saved
from .metrics import PREFIX, Scores, read_metrics
from .paths import check_different, check_output
from .run_settings import settings_table, spread

COLUMNS = {
    "P": "docre_micro_p",
    "R": "docre_micro_r",
    "F1": "docre_micro_f",
    "Ign F1": "docre_ign_f",
    "Same sent. F1": "docre_same_sentence_f",
    "Cross sent. F1": "docre_cross_sentence_f",
}
COUNTS = {"Gold": "docre_gold", "Predicted": "docre_predicted", "Correct": "docre_correct"}

# Scores that only some protocols have, by what their keys begin with. Others follow these.
OTHERS = {
    "docre_filtered": "Hypernyms filtered",
    "docre_pair": "Pairs, whatever the relation",
    "docre_binary_macro": "Binary, macro",
    "docre_binary_micro": "Binary, micro",
    "docre_string": "Strings",
}

METRICS = "JSON files of metrics, from `spacy evaluate --output`"
MARKDOWN = "Output file (.md) for the tables"
MODEL = "Directory of the pipeline, for its settings: one for all metrics, or one for each"
DATA = (
    "Documents of the evaluation (.spacy), for their version: one for all metrics, or one for each"
)
TOP = "How many relations to list, the most frequent first"


@app.command("docre-results")
def docre_results_cli(
    metrics: Annotated[List[Path], Arg(help=METRICS, exists=True, dir_okay=False)],
    markdown: Annotated[Optional[Path], Opt("--markdown", "-md", help=MARKDOWN)] = None,
    model: Annotated[
        Optional[List[Path]], Opt("--model", "-m", help=MODEL, exists=True, file_okay=False)
    ] = None,
    data: Annotated[
        Optional[List[Path]], Opt("--data", "-d", help=DATA, exists=True, dir_okay=False)
    ] = None,
    top: Annotated[int, Opt("--top", "-t", min=0, help=TOP)] = 10,
) -> None:
    """Show the scores of relation extraction, which `spacy evaluate` only writes.

    The tables have the scores overall, within and across sentences, and of the most
    frequent relations. Scores of several files are put side by side. What they depend on is
    listed, too: the protocol of the scorer, the version of the data, the seed and the settings.
    """
    msg = Printer()
    try:
        if markdown is not None:
            check_output(markdown, suffixes=[".md"])
        for path in (*metrics, *(data or ())):
            check_different([path, markdown])
        with new_files(markdown) as (file,):
            tables = make_tables(metrics, models=model or (), data=data or (), top=top)
            if file is not None:
                file.write(to_markdown(tables).encode("utf8"))
    except (ValueError, OSError) as error:
        fail(msg, "No results", error)
    print_tables(tables, msg)
    if markdown is not None:
        saved(msg, "Saved the tables", markdown)


def make_tables(
    paths: Sequence[Path],
    *,
    models: Sequence[Path] = (),
    data: Sequence[Path] = (),
    top: int = 10,
) -> List[Table]:
    """Arrange the scores of one or more evaluations.

    paths (Sequence[Path]): JSON files of metrics.
    models (Sequence[Path]): The directories of the pipelines, see `settings_table`.
    data (Sequence[Path]): The documents of the evaluations, in the same way.
    top (int): How many relations to list.
    RETURNS (List[Table]): The overall scores, those of the protocol, those of single relations, and
        what they depend on.
    RAISES (ValueError): If a file is given twice or does not hold scores of relations, or a
        directory holds no pipeline.
    """
    check_different(paths)
    results: Dict[str, Scores] = {}
    used: List[Tuple[Optional[Path], Optional[Path]]] = []
    both = zip(spread(models, len(paths), "--model"), spread(data, len(paths), "--data"))
    for path, model_and_data in zip(paths, both):
        for prefix, scores in read_metrics(path).items():
            name = _name(path, paths)
            results[name if prefix == PREFIX else f"{name} ({prefix})"] = scores
            used.append(model_and_data)
    tables = [_overall(results)]
    others = _others(results)
    if others:
        tables.append(_of_protocols(results, others))
    if top and any(scores.get("docre_per_relation") for scores in results.values()):
        tables.append(_per_relation(results, top))
    settings = settings_table(results, used)
    if settings is not None:
        tables.append(settings)
    return tables


def _overall(results: Mapping[str, Scores]) -> Table:
    rows = [
        (
            name,
            *(percent(scores.get(key)) for key in COLUMNS.values()),
            *(count(scores.get(key)) for key in COUNTS.values()),
        )
        for name, scores in results.items()
    ]
    return Table("Relations", ("", *COLUMNS, *COUNTS), rows)


def _others(results: Mapping[str, Scores]) -> List[str]:
    """What the keys of scores begin with that are none of the `COLUMNS`."""
    ends = {key for scores in results.values() for key in scores if key.endswith("_f")}
    found = {key.removesuffix("_f") for key in ends.difference(COLUMNS.values())}
    # 3-ary before 10-ary.
    unnamed = sorted(found.difference(OTHERS), key=lambda prefix: (len(prefix), prefix))
    return [prefix for prefix in OTHERS if prefix in found] + unnamed


def _of_protocols(results: Mapping[str, Scores], others: Sequence[str]) -> Table:
    rows = [
        (name, _title(prefix), *(percent(scores.get(f"{prefix}_{key}")) for key in "prf"))
        for prefix in others
        for name, scores in results.items()
        if f"{prefix}_f" in scores
    ]
    return Table("Scores of the protocol", ("", "", "P", "R", "F1"), rows, words=2)


def _title(prefix: str) -> str:
    return OTHERS.get(prefix) or re.sub(rf"^{PREFIX}_(\d+)ary_", r"\1-ary, ", prefix)


def _per_relation(results: Mapping[str, Scores], top: int) -> Table:
    """One evaluation shows P, R and F1, several show the F1 of each."""
    by_label: Dict[str, Dict[str, Scores]] = {}
    for name, scores in results.items():
        for label, values in (scores.get("docre_per_relation") or {}).items():
            by_label.setdefault(label, {})[name] = values
    support = {
        label: max(values.get("support") or 0 for values in found.values())
        for label, found in by_label.items()
    }
    labels = sorted(by_label, key=lambda label: (-support[label], label))[:top]
    keys = [("P", "p"), ("R", "r"), ("F1", "f")] if len(results) == 1 else [("F1", "f")]
    header = [
        column if len(results) == 1 else f"{name} {column}"
        for name in results
        for column, _ in keys
    ]
    rows = [
        (
            label,
            count(support[label]),
            *(
                percent(by_label[label].get(name, {}).get(key))
                for name in results
                for _, key in keys
            ),
        )
        for label in labels
    ]
    title = f"Relations by support ({len(labels)} of {len(by_label)})"
    return Table(title, ("", "Support", *header), rows)


def _name(path: Path, paths: Sequence[Path]) -> str:
    """The name of a file, or its path where several have the same name."""
    return path.stem if [other.stem for other in paths].count(path.stem) == 1 else str(path)
