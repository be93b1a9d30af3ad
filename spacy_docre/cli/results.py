"""`python -m spacy docre-results`: scores as tables."""

from pathlib import Path
from typing import (
    Annotated,
    Any,
    Dict,
    List,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from spacy.cli._util import Arg, Opt, app
from wasabi import MarkdownRenderer, Printer

from .paths import check_output

COLUMNS = {
    "P": "docre_micro_p",
    "R": "docre_micro_r",
    "F1": "docre_micro_f",
    "Ign F1": "docre_ign_f",
    "Same sent. F1": "docre_same_sentence_f",
    "Cross sent. F1": "docre_cross_sentence_f",
}
COUNTS = {"Gold": "docre_gold", "Predicted": "docre_predicted", "Correct": "docre_correct"}

METRICS = "JSON files of metrics, from `spacy evaluate --output`"
MARKDOWN = "Output file (.md) for the tables"
TOP = "How many relations to list, the most frequent first"


class Table(NamedTuple):
    """A table to print. All columns but the first hold numbers."""

    title: str
    header: Tuple[str, ...]
    rows: List[Tuple[str, ...]]

    @property
    def aligns(self) -> Tuple[Literal["l", "r"], ...]:
        numbers: List[Literal["l", "r"]] = ["r"] * (len(self.header) - 1)
        return ("l", *numbers)


@app.command("docre-results")
def docre_results_cli(
    metrics: Annotated[List[Path], Arg(help=METRICS, exists=True, dir_okay=False)],
    markdown: Annotated[Optional[Path], Opt("--markdown", "-md", help=MARKDOWN)] = None,
    top: Annotated[int, Opt("--top", "-t", min=0, help=TOP)] = 10,
) -> None:
    """Show the scores of relation extraction, which `spacy evaluate` only writes.

    The tables have the scores overall, within and across sentences, and of the most
    frequent relations. Scores of several files are put side by side.
    """
    msg = Printer()
    try:
        tables = make_tables(metrics, top=top)
        if markdown is not None:
            check_output(markdown)
            markdown.write_text(to_markdown(tables), encoding="utf8")
    except ValueError as error:
        msg.fail("No results", str(error), exits=1)
    for table in tables:
        msg.table(table.rows, header=table.header, aligns=table.aligns, title=table.title)
    if markdown is not None:
        msg.good("Saved the tables", str(markdown))


def make_tables(paths: Sequence[Path], *, top: int = 10) -> List[Table]:
    """Arrange the scores of one or more evaluations.

    paths (Sequence[Path]): JSON files of metrics.
    top (int): How many relations to list.
    RETURNS (List[Table]): The overall scores, and those of single relations.
    RAISES (ValueError): If a file does not hold scores of relations.
    """
    results = {_name(path, paths): _read_metrics(path) for path in paths}
    tables = [_overall(results)]
    if top and any(scores.get("docre_per_relation") for scores in results.values()):
        tables.append(_per_relation(results, top))
    return tables


def to_markdown(tables: Sequence[Table]) -> str:
    """RETURNS (str): The tables, in Markdown."""
    renderer = MarkdownRenderer()
    for table in tables:
        renderer.add(renderer.title(2, table.title))
        renderer.add(renderer.table(table.rows, table.header, table.aligns))
    return renderer.text + "\n"


def _overall(results: Mapping[str, Mapping[str, Any]]) -> Table:
    rows = [
        (
            name,
            *(_percent(scores.get(key)) for key in COLUMNS.values()),
            *(_count(scores.get(key)) for key in COUNTS.values()),
        )
        for name, scores in results.items()
    ]
    return Table("Relations", ("", *COLUMNS, *COUNTS), rows)


def _per_relation(results: Mapping[str, Mapping[str, Any]], top: int) -> Table:
    """One evaluation shows P, R and F1, several show the F1 of each."""
    by_label: Dict[str, Dict[str, Mapping[str, Any]]] = {}
    for name, scores in results.items():
        for label, values in (scores.get("docre_per_relation") or {}).items():
            by_label.setdefault(label, {})[name] = values
    support = {
        label: max(values["support"] for values in found.values())
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
            _count(support[label]),
            *(
                _percent(by_label[label].get(name, {}).get(key))
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
    return metrics


def _name(path: Path, paths: Sequence[Path]) -> str:
    """The name of a file, or its path where several have the same name."""
    return path.stem if [other.stem for other in paths].count(path.stem) == 1 else str(path)


def _percent(value: Optional[float]) -> str:
    return "-" if value is None else f"{value * 100:.2f}"


def _count(value: Optional[int]) -> str:
    return "-" if value is None else f"{value:,}"
