"""Options of an architecture are safe together, not only alone."""

import inspect
import json
from itertools import combinations, product

import pytest
from spacy.util import registry

from .architectures import ARCHITECTURES, COMPONENT, cases
from .life import born, live
from .pairwise import covering_rows

CASES = cases()
each_row = pytest.mark.parametrize(
    ("name", "row"), CASES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CASES)]
)
# Nothing is trained, so texts may have no end.
pytestmark = pytest.mark.filterwarnings(
    *(f"ignore:.*{code}" for code in ("DRW201", "DRW503", "DRW541", "DRW600", "DRW601"))
)


@each_row
def test_any_two_options_work_together(name, row, bases, tmp_path):
    live(name, row, bases, tmp_path / "pipeline")


REFUSED = [
    (name, values, code) for name, each in ARCHITECTURES.items() for values, code in each.refused
]


@pytest.mark.parametrize(("name", "values", "code"), REFUSED)
def test_options_that_contradict_each_other_are_refused_before_training(name, values, code, bases):
    first = {option: values[0] for option, values in ARCHITECTURES[name].options.items()}
    for chosen in product(*values.values()):
        with pytest.raises(ValueError, match=code):
            born(name, {**first, **dict(zip(values, chosen))}, bases)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_option_of_every_architecture_takes_part(name):
    architecture = ARCHITECTURES[name]
    known = {*architecture.options, *architecture.apart} - set(COMPONENT)
    options = {
        f"{above}.{option}".lstrip(".")
        for above, factory in architecture.factories.items()
        for option in inspect.signature(factory).parameters
    }
    assert known == options - set(architecture.factories)
    assert all(len(values) > 1 for values in architecture.options.values())


def test_every_architecture_and_every_strategy_of_negatives_takes_part():
    names = registry.architectures.get_all()
    assert {name for name in names if name.startswith("spacy_docre.")} == set(ARCHITECTURES)
    used = json.dumps([each.options for each in ARCHITECTURES.values()])
    kinds = ("Negatives.v1", "Chain.v1")
    misc = [name for name in registry.misc.get_all() if name.endswith(kinds)]
    # Chains of one's own are not made of options.
    assert [n for n in misc if f'"{n}"' not in used] == ["spacy_docre.Chain.v1"]


def test_every_pair_of_values_that_may_stand_together_does():
    options = {"a": (0, 1, 2), "b": ("x", "y"), "c": (None, 1), "d": (False, True)}
    refused = [{"a": [0, 1], "b": ["y"]}, {"c": [1], "d": [True]}]
    rows = covering_rows(options, refused)

    def allowed(row):
        return not any(all(row[n] in v for n, v in each.items()) for each in refused)

    everything = [dict(zip(options, values)) for values in product(*options.values())]
    possible = {pair for row in everything if allowed(row) for pair in combinations(row.items(), 2)}
    assert all(map(allowed, rows))
    assert {pair for row in rows for pair in combinations(row.items(), 2)} == possible
    assert len(rows) < 10


WRONG = {
    "tails": ["both"],
    "order": ["alphabetical"],
    "tails_per_head": [0],
    "beam_width": [0],
    "length_penalty": [-1.0],
    "capacity": [0],
    "width": [0],
    "row_width": [0],
    "depth": [-1],
    "heads": [0, 3],
    "dropout": [-0.1, 1.5],
    "learn_rate_factor": [-1.0],
    "evidence_weight": [-1.0],
    "exchange_layers": [-1],
    "labels_per_cell": [0],
    "labels_per_pair": [0],
    "objective": ["ranking"],
    "context_heads": [-1, 3],
    "groups": [0, 3],
    "window": [0],
    "stride": [0],
    "batch_pieces": [0],
    "output_length": [0],
    "mixed_precision": ["float8"],
    "mode": ["columns"],
    "max_length": [0],
    "adapters.rank": [0],
    "adapters.inference": ["add"],
    "adapters.dropout": [1.5],
    "base.dtype": ["float8"],
    "base.attention": ["flash"],
    "overflow": ["cut"],
    "answer_tokens": [0],
    "row_tokens": [0],
    "batch_tokens": [0],
    "open_entities": ["sometimes"],
    "span_tokens": [0],
    "component.threshold": [-0.5, 2.0],
}
OUT_OF_RANGE = [
    (name, option, value)
    for name, each in ARCHITECTURES.items()
    for option, values in WRONG.items()
    if option in each.options
    for value in values
]


@pytest.mark.parametrize(("name", "option", "value"), OUT_OF_RANGE)
def test_values_out_of_range_are_refused_before_training(name, option, value, bases):
    row = {option: values[0] for option, values in ARCHITECTURES[name].options.items()}
    if option in ("order", "beam_width", "length_penalty") and "tails" in row:
        row["tails"] = "generated"
    with pytest.raises(ValueError, match=r"DRE\d\d\d.*" + option.split(".")[-1]):
        born(name, {**row, option: value}, bases)
