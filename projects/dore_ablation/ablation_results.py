"""The results of an ablation: kept in a file while it runs, and shown as a table."""

from pathlib import Path
from statistics import mean, stdev
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import srsly
from ablation_variants import Variant

from spacy_docre.tables import Table

HEADER = ("Part", "Variant", "F1, mean", "spread", "P", "R", "min", "CPU min", "seeds", "paper")
# What else is shown of runs, and what to multiply it by.
UNITS = {"precision": 100, "recall": 100, "seconds": 1 / 60, "cpu_seconds": 1 / 60}
NOTE = (
    "F1, P and R in percent at the config's threshold; spread: standard deviation over seeds; min: "
    "mean time of training a variant, as the clock and as the processor count it; paper: its like "
    "on DocRED's development documents with T5-large and all training documents."
)


class Run(NamedTuple):
    """A variant that was trained.

    variant (str): The key of the variant.
    seed (int): The seed.
    fingerprint (str): What it was trained with, see `Setting.fingerprint`.
    steps (int): Training steps.
    precision (float): Of its triples on held-out documents.
    recall (float): The same.
    f1 (float): The same.
    seconds (float): Time of training.
    cpu_seconds (float): The same, as the processor counts it.
    scoring_seconds (float): Time of extraction from the held-out documents, and scoring.
    """

    variant: str
    seed: int
    fingerprint: str
    steps: int
    precision: float
    recall: float
    f1: float
    seconds: float
    cpu_seconds: float
    scoring_seconds: float


class Results:
    """Runs, kept in a JSON file from the moment they end, so that what was interrupted goes on
    where it stopped.

    path (Optional[Path]): The file; none to keep nothing.
    """

    def __init__(self, path: Optional[Path]) -> None:
        self.path = path
        self.runs: List[Run] = []
        if path is not None and path.is_file():
            self.runs = [Run(**each) for each in srsly.read_json(path)]

    def find(self, variant: str, seed: int, fingerprint: str) -> Optional[Run]:
        """RETURNS (Optional[Run]): The run with these settings, if there was one."""
        for run in self.runs:
            if (run.variant, run.seed, run.fingerprint) == (variant, seed, fingerprint):
                return run
        return None

    def add(self, run: Run) -> None:
        """Keep a run."""
        self.runs.append(run)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Whole, or not at all.
            partial = self.path.with_suffix(".partial")
            srsly.write_json(partial, [each._asdict() for each in self.runs])
            partial.replace(self.path)


def make_table(variants: Dict[str, Variant], runs: Sequence[Run], title: str, note: str) -> Table:
    """Put results into a table.

    variants (Dict[str, Variant]): The variants, in order. Those without runs are left out.
    runs (Sequence[Run]): Their runs.
    title (str): The title.
    note (str): How they were made.
    RETURNS (Table): The table.
    """
    rows = []
    for key, variant in variants.items():
        own = [run for run in runs if run.variant == key]
        if not own:
            continue
        scores = [100 * run.f1 for run in own]
        row: List[Any] = [variant.part, variant.name, f"{mean(scores):.1f}"]
        row.append(f"{stdev(scores):.1f}" if len(scores) > 1 else "-")
        for name, unit in UNITS.items():
            row.append(f"{mean(getattr(run, name) for run in own) * unit:.1f}")
        row.append(", ".join(f"{score:.1f}" for score in scores))
        row.append("-" if variant.published is None else f"{variant.published:.1f}")
        rows.append(tuple(row))
    return Table(title, HEADER, rows, words=2, note=f"{NOTE}\n\n{note}")
