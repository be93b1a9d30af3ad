"""Options of an extractor are safe together, not only alone."""

import inspect
import json
from itertools import combinations, product
from typing import get_type_hints

import pytest
from spacy.util import registry

from spacy_docre.models.encoders.encoder import Encoder
from spacy_docre.models.heads.head import Head
from tests.pipe.making import TOK2VEC

from .kinds import (
    COMPONENT,
    ENCODERS,
    HEADS,
    KINDS,
    OF_ONE_ENCODER,
    TOKEN_VECTORS,
    cases,
)
from .life import born, live
from .pairwise import covering_rows

CASES = cases()
each_row = pytest.mark.parametrize(
    ("name", "row"), CASES, ids=[f"{name} {i}" for i, (name, _) in enumerate(CASES)]
)
# Nothing is trained, so texts may have no end.
pytestmark = pytest.mark.filterwarnings(
    *(f"ignore:.*{code}" for code in ("DRW110", "DRW201", "DRW503", "DRW541", "DRW600", "DRW601"))
)


@each_row
def test_any_two_options_work_together(name, row, bases, tmp_path):
    live(name, row, bases, tmp_path / "pipeline")


REFUSED = [(name, values, code) for name, each in KINDS.items() for values, code in each.refused]


@pytest.mark.parametrize(("name", "values", "code"), REFUSED)
def test_options_that_contradict_each_other_are_refused_before_training(name, values, code, bases):
    first = {option: values[0] for option, values in KINDS[name].options.items()}
    for chosen in product(*values.values()):
        with pytest.raises(ValueError, match=code):
            born(name, {**first, **dict(zip(values, chosen))}, bases)


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: encoder.name)
def test_a_head_that_writes_with_a_decoder_refuses_encoders_without_it(encoder, head, bases):
    backbone = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": bases["t5"]}
    source = {"encoder": {"backbone": backbone, "@misc": encoder.name}}
    if encoder is TOKEN_VECTORS:
        source = {"@architectures": TOKEN_VECTORS.name, "tok2vec": TOK2VEC}
    config = {
        "@architectures": "spacy_docre.Extractor.v1",
        "head": {"@misc": head.name},
        **source,
    }
    if OF_ONE_ENCODER.get(head.name, encoder) is encoder:
        registry.resolve({"model": config})
    else:
        with pytest.raises(ValueError, match=r"DRE528|DRE543"):
            registry.resolve({"model": config})


@pytest.mark.parametrize("name", KINDS)
def test_every_option_of_every_extractor_takes_part(name):
    kind = KINDS[name]
    known = {*kind.options, *kind.apart} - set(COMPONENT)
    options = {
        f"{above}.{option}".lstrip(".")
        for above, (_, factory) in kind.factories.items()
        for option in inspect.signature(factory).parameters
    }
    assert known == options - set(kind.factories)
    assert all(len(values) > 1 for values in kind.options.values())


# What cannot live as extractors do here, and why.
ELSEWHERE = {
    "TransformerTok2Vec": "a layer of spaCy's `tok2vec`, see tests/models/encoders/transformer",
    "ServedLM": "needs a server and learns nothing, see tests/models/llm/test_zero_shot.py",
    "StoredTriples": "needs a component before it, see tests/models/llm/test_pair_first.py",
}


def test_every_architecture_takes_part():
    names = registry.architectures.get_all()
    taking_part = {kind.factories[""][0] for kind in KINDS.values()}
    elsewhere = {f"spacy_docre.{name}.v1" for name in ELSEWHERE}
    assert not taking_part & elsewhere
    assert {name for name in names if name.startswith("spacy_docre.")} == taking_part | elsewhere


@pytest.mark.parametrize(("what", "parts"), [(Encoder, ENCODERS), (Head, HEADS)])
def test_every_encoder_and_every_head_takes_part(what, parts):
    made = {
        name: get_type_hints(factory).get("return")
        for name, factory in registry.misc.get_all().items()
        if name.startswith(("spacy_docre.", "docre_baselines."))
    }
    assert {
        n for n, kind in made.items() if kind is what or what in getattr(kind, "__mro__", ())
    } == {part.name for part in parts if part.factory}


def test_every_strategy_of_negatives_and_every_chain_takes_part():
    used = json.dumps([each.options for each in KINDS.values()])
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


# By the last part of its name, values that no option has.
WRONG = {
    "order": ["alphabetical"],
    "top_k_tails": [0],
    "beam_width": [0],
    "length_penalty": [-1.0],
    "capacity": [0],
    "row_width": [0],
    "attention_heads": [0, 3],
    "dropout": [-0.1, 1.5],
    "learn_rate_factor": [-1.0],
    "evidence_weight": [-1.0],
    "exchange_layers": [-1],
    "max_labels": [0],
    "groups": [0, 3],
    "window": [0],
    "stride": [0],
    "batch_pieces": [0],
    "output_length": [0],
    "mixed_precision": ["float8"],
    "mode": ["columns"],
    "max_length": [0],
    "rank": [0],
    "dtype": ["float8"],
    "answer_tokens": [0],
    "row_tokens": [0],
    "batch_tokens": [0],
    "cache_tokens": [0],
    "lowest": [-0.1, 1.5],
    "highest": [-0.1, 1.5],
    "threshold": [-0.5, 2.0],
}
OUT_OF_RANGE = [
    (name, option, value)
    for name, each in KINDS.items()
    for option in each.options
    for value in WRONG.get(option.split(".")[-1], [])
]


@pytest.mark.parametrize(("name", "option", "value"), OUT_OF_RANGE)
def test_values_out_of_range_are_refused_before_training(name, option, value, bases):
    row = {option: values[0] for option, values in KINDS[name].options.items()}
    with pytest.raises(ValueError, match=r"DRE\d\d\d.*" + option.split(".")[-1]):
        born(name, {**row, option: value}, bases)
