"""Error analysis as tables."""

from collections import Counter, defaultdict
from typing import Callable, DefaultDict, Dict, List, Sequence, Tuple

from spacy.scorer import PRFScore

from ..scoring.comparison import Comparison, Statement
from ..tables import Table, count, percent
from .outcomes import (
    CALLED_NA,
    ENTITY_MISSED,
    MISSED,
    SPURIOUS,
    WRONG_RELATION,
    confusions,
    gold_outcomes,
    predicted_outcomes,
)
from .places import DISTANCES, MENTIONS, distance_bucket, mention_bucket

Group = Callable[[Comparison, Statement], str]
# The reasons that have a column of their own.
REASONS = {"Entity missed": ENTITY_MISSED, "Called NA": CALLED_NA, "Relation wrong": WRONG_RELATION}


def analysis_tables(comparisons: Sequence[Comparison], *, top: int = 0) -> List[Table]:
    """Arrange what was found and what was missed.

    comparisons (Sequence[Comparison]): The documents.
    top (int): How many relations and confusions to list, the most frequent first; all if 0.
    RETURNS (List[Table]): The tables.
    """
    return [
        _overall(comparisons),
        _reasons("Why gold triples were missed", MISSED, "gold", comparisons),
        _reasons("Why predictions were wrong", SPURIOUS, "predicted", comparisons),
        _by_relation(comparisons, top),
        _by_group(
            "By distance between head and tail",
            DISTANCES,
            distance_bucket,
            comparisons,
            "Sentences between the mentions of the entities that are closest to each other.",
        ),
        _by_group(
            "By number of mentions",
            MENTIONS,
            mention_bucket,
            comparisons,
            "Mentions of the entity that is mentioned least often.",
        ),
        _confusions(comparisons, top),
    ]


class _Tally:
    """Scores of a group of triples, and why gold ones were missed."""

    def __init__(self) -> None:
        self.score = PRFScore()
        self.missed: Counter[str] = Counter()

    @property
    def gold(self) -> int:
        return self.score.tp + self.score.fn

    def row(self) -> Tuple[str, ...]:
        score = self.score
        predicted = score.tp + score.fp
        return (
            count(self.gold),
            count(predicted),
            percent(score.precision if predicted else None),
            percent(score.recall if self.gold else None),
            percent(score.fscore if self.gold or predicted else None),
            *(count(self.missed[reason]) for reason in REASONS.values()),
        )


COLUMNS = ("Gold", "Predicted", "P", "R", "F1", *REASONS)


def tally(comparisons: Sequence[Comparison], group: Group) -> Dict[str, _Tally]:
    """Count triples by group.

    comparisons (Sequence[Comparison]): The documents.
    group (Callable[[Comparison, Statement], str]): The group that a triple belongs to.
    RETURNS (Dict[str, _Tally]): The counts of each group.
    """
    tallies: DefaultDict[str, _Tally] = defaultdict(_Tally)
    for comparison in comparisons:
        outcomes = gold_outcomes(comparison)
        for statement in comparison.gold | comparison.predicted:
            this = tallies[group(comparison, statement)]
            right = statement in comparison.gold and statement in comparison.predicted
            this.score.tp += right
            this.score.fp += statement not in comparison.gold
            if statement in comparison.gold and not right:
                this.score.fn += 1
                this.missed[outcomes[statement]] += 1
    return tallies


def _overall(comparisons: Sequence[Comparison]) -> Table:
    tallies = tally(comparisons, lambda comparison, statement: "all")
    everything = tallies.get("all", _Tally())
    return Table(
        "Triples", ("Documents", *COLUMNS), [(count(len(comparisons)), *everything.row())], words=0
    )


def _reasons(
    title: str, reasons: Sequence[str], side: str, comparisons: Sequence[Comparison]
) -> Table:
    outcomes = gold_outcomes if side == "gold" else predicted_outcomes
    counts = Counter(reason for c in comparisons for reason in outcomes(c).values())
    total = sum(counts.values())
    rows: List[Tuple[str, ...]] = [
        (reason, count(counts[reason]), percent(counts[reason] / total if total else None))
        for reason in reasons
    ]
    return Table(title, ("", "Triples", f"% of {side}"), rows)


def _by_relation(comparisons: Sequence[Comparison], top: int) -> Table:
    tallies = tally(comparisons, lambda comparison, statement: statement.label)
    labels = sorted(tallies, key=lambda label: (-tallies[label].gold, label))
    shown = labels[:top] if top else labels
    return Table(
        f"By relation ({len(shown)} of {len(labels)})",
        ("", *COLUMNS),
        [(label, *tallies[label].row()) for label in shown],
    )


def _by_group(
    title: str, names: Sequence[str], group: Group, comparisons: Sequence[Comparison], note: str
) -> Table:
    tallies = tally(comparisons, group)
    rows = [(name, *tallies[name].row()) for name in names if name in tallies]
    return Table(title, ("", *COLUMNS), rows, note=note)


def _confusions(comparisons: Sequence[Comparison], top: int) -> Table:
    counts = Counter(pair for comparison in comparisons for pair in confusions(comparison))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ranked[:top] if top else ranked
    return Table(
        f"Confusions ({len(shown)} of {len(ranked)})",
        ("Gold", "Predicted", "Pairs"),
        [(gold, predicted, count(number)) for (gold, predicted), number in shown],
        words=2,
    )
