"""`python -m spacy docre-results`: scores as tables."""

from pathlib import Path
from typing import (
    Annotated,
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from spacy.cli._util import Arg, Opt, app
from wasabi import Printer

from .paths import check_output
from .run_settings import settings_table
from .tables import Table, count, percent, print_tables, to_markdown

COLUMNS = {
    "P": "docre_micro_p",
    "R": "docre_micro_r",
    "F1": "docre_micro_f",
    "Ign F1": "docre_ign_f",
    "Same sent. F1": "docre_same_sentence_f",
    "Cross sent. F1": "docre_cross_sentence_f",
}
COUNTS = {"Gold": "docre_gold", "Predicted": "docre_predicted", "Correct": "docre_correct"}

# Scores that only some protocols have, by what their keys begin with.
OTHERS = {
    "docre_filtered": "Hypernyms filtered",
    "docre_pair": "Pairs, whatever the relation",
    "docre_binary_macro": "Binary, macro",
    "docre_binary_micro": "Binary, micro",
    "docre_4ary_macro": "4-ary, macro",
    "docre_4ary_micro": "4-ary, micro",
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
        tables = make_tables(metrics, models=model or (), data=data or (), top=top)
        if markdown is not None:
            check_output(markdown)
            markdown.write_text(to_markdown(tables), encoding="utf8")
    except ValueError as error:
        msg.fail("No results", str(error), exits=1)
    print_tables(tables, msg)
    if markdown is not None:
        msg.good("Saved the tables", str(markdown))


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
    RAISES (ValueError): If a file does not hold scores of relations, or a directory no pipeline.
    """
    results = {_name(path, paths): _read_metrics(path) for path in paths}
    tables = [_overall(results)]
    if any(f"{prefix}_f" in scores for prefix in OTHERS for scores in results.values()):
        tables.append(_of_protocols(results))
    if top and any(scores.get("docre_per_relation") for scores in results.values()):
        tables.append(_per_relation(results, top))
    settings = settings_table(results, models, data)
    if settings is not None:
        tables.append(settings)
    return tables


def _overall(results: Mapping[str, Mapping[str, Any]]) -> Table:
    rows = [
        (
            name,
            *(percent(scores.get(key)) for key in COLUMNS.values()),
            *(count(scores.get(key)) for key in COUNTS.values()),
        )
        for name, scores in results.items()
    ]
    return Table("Relations", ("", *COLUMNS, *COUNTS), rows)


def _of_protocols(results: Mapping[str, Mapping[str, Any]]) -> Table:
    rows = [
        (name, title, *(percent(scores.get(f"{prefix}_{key}")) for key in "prf"))
        for prefix, title in OTHERS.items()
        for name, scores in results.items()
        if f"{prefix}_f" in scores
    ]
    return Table("Scores of the protocol", ("", "", "P", "R", "F1"), rows, words=2)


def _per_relation(results: Mapping[str, Mapping[str, Any]], top: int) -> Table:
    """One evaluation shows P, R and F1, several show the F1 of each."""
    by_label: Dict[str, Dict[str, Mapping[str, Any]]] = {}
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


def _read_metrics(path: Path) -> Dict[str, Any]:
    import srsly

    from ..errors import Errors

    try:
        metrics: Any = srsly.read_json(path)
    except ValueError as error:
        raise ValueError(Errors.DRE331.format(path=path, problem=f"not JSON ({error})")) from error
    if not isinstance(metrics, dict) or "docre_micro_f" not in metrics:
        raise ValueError(Errors.DRE331.format(path=path, problem="it has no 'docre_micro_f'"))
    by_label = metrics.get("docre_per_relation") or {}
    if not isinstance(by_label, dict) or not all(isinstance(s, dict) for s in by_label.values()):
        problem = "'docre_per_relation' is no object of scores by relation"
        raise ValueError(Errors.DRE331.format(path=path, problem=problem))
    for field, value in _shown(metrics, by_label):
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            problem = f"'{field}' is {ascii(value)[:40]}, not a number"
            raise ValueError(Errors.DRE331.format(path=path, problem=problem))
    return metrics


def _shown(
    metrics: Mapping[str, Any], by_label: Mapping[str, Mapping[str, Any]]
) -> Iterator[Tuple[str, Any]]:
    """YIELDS (Tuple[str, Any]): What tables show, and should be numbers."""
    protocols = [f"{prefix}_{key}" for prefix in OTHERS for key in "prf"]
    for field in (*COLUMNS.values(), *COUNTS.values(), *protocols):
        yield field, metrics.get(field)
    for label, scores in by_label.items():
        for key in ("p", "r", "f", "support"):
            yield f"docre_per_relation.{label}.{key}", scores.get(key)


def _name(path: Path, paths: Sequence[Path]) -> str:
    """The name of a file, or its path where several have the same name."""
    return path.stem if [other.stem for other in paths].count(path.stem) == 1 else str(path)
