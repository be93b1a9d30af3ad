import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.util import registry

import spacy_docre.models.pairs.negatives  # noqa: F401 - registers the strategies

from ..worlds import annotated, make_candidates, make_doc, make_schema, relaxed

BINARY = make_schema(P1=2)
NAMES = ["No", "All", "Sampled", "Diagonal", "Asymmetric", "Dynamic"]


def make(name, **settings):
    return registry.misc.get(f"spacy_docre.{name}Negatives.v1")(**settings)


def choose(strategy, candidates, gold=(), seed=0):
    return strategy(candidates, set(gold), np.random.default_rng(seed))


def square(n):
    return make_candidates(BINARY, make_doc(*"A" * n))


@relaxed
@given(annotated(arities=(2,)), st.sampled_from(NAMES), st.integers(0, 99))
def test_every_strategy_chooses_free_pairs_and_says_whether_it_states_na(world, name, seed):
    candidates, triples, _ = world
    gold = {triple.entities for triple in triples}
    strategy = make(name)
    chosen = choose(strategy, candidates, gold, seed)
    assert chosen <= set(candidates) - gold
    assert strategy.states_na or not chosen
    if name == "All":
        assert chosen == set(candidates) - gold


@relaxed
@given(annotated(arities=(2,)), st.sampled_from(NAMES), st.integers(0, 99))
def test_what_is_due_is_stated_at_every_pass(world, name, seed):
    candidates, triples, _ = world
    gold = {triple.entities for triple in triples}
    rng = np.random.default_rng(seed)
    strategy = make(name).drawn(rng)
    due = strategy.due(candidates)
    stated = strategy(candidates, gold, rng) | gold
    if due is not None:
        assert {tuple(pair) for pair in np.argwhere(due).tolist()} <= stated & set(candidates)
    assert strategy.drawn(rng) is strategy
    if name == "All":
        assert due.sum() == candidates.count


def test_within_their_limit_sampled_negatives_of_all_pairs_leave_none_to_chance():
    ternary = make_candidates(make_schema(P1=("A", "B", "B")), make_doc(*"ABBB"))
    strategy = make("Sampled", share=1.0, limit=6)
    assert strategy.due(ternary).all()
    assert choose(strategy, ternary) == set(ternary)
    assert (strategy.due(square(3)) == square(3).mask()).all()
    assert make("Sampled", share=1.0, limit=5).due(ternary) is None
    assert make("Sampled", share=0.9, limit=6).due(ternary) is None
    assert make("Sampled", share=1.0, limit=None).due(ternary).all()


def test_dynamic_negatives_are_generated_as_with_the_diagonal_band():
    candidates = square(6)
    due = make("Dynamic", diagonal=2).due(candidates)
    assert (due == make("Diagonal", width=2).due(candidates)).all()


def test_no_negatives_are_none():
    assert choose(make("No"), square(5)) == set()


def test_the_diagonal_band_is_as_wide_on_both_sides():
    candidates = square(6)
    chosen = choose(make("Diagonal", width=2), candidates, [(0, 1)])
    assert chosen == {c for c in candidates if abs(c[0] - c[1]) <= 2} - {(0, 1)}


@pytest.mark.parametrize(("flip", "above", "below"), [(False, 1, 3), (True, 3, 1)])
def test_an_asymmetric_band_is_wider_on_one_side_and_its_flip_on_the_other(flip, above, below):
    candidates = square(6)
    chosen = choose(make("Asymmetric", width=1, other=3, flip=flip), candidates)
    assert chosen == {c for c in candidates if -below <= c[1] - c[0] <= above}


def test_bands_leave_out_pairs_whose_types_fit_no_relation():
    candidates = make_candidates(make_schema(P1=("A", "B")), make_doc("A", "B", "B"))
    assert choose(make("Diagonal", width=1), candidates) == {(0, 1)}


def test_dynamic_draws_its_four_strategies_equally_often():
    candidates, rng = square(6), np.random.default_rng(0)
    strategy = make("Dynamic", diagonal=1, width=1, other=3)
    counts = Counter(frozenset(strategy(candidates, set(), rng)) for _ in range(2000))
    shapes = [
        make("No"),
        make("Diagonal", width=1),
        make("Asymmetric", width=1, other=3),
        make("Asymmetric", width=1, other=3, flip=True),
    ]
    assert set(counts) == {frozenset(choose(shape, candidates)) for shape in shapes}
    # Four standard deviations of a binomial with 2000 draws and p = 1/4.
    assert all(abs(count - 500) < 78 for count in counts.values())


def test_a_random_share_is_redrawn_and_right_on_average():
    candidates, rng = square(8), np.random.default_rng(0)
    gold = {(0, 1), (1, 0)}
    strategy = make("Sampled", share=0.1, limit=None)
    drawn = [frozenset(strategy(candidates, gold, rng)) for _ in range(1000)]
    assert {len(each) for each in drawn} == {5, 6}  # 5.4 of 54 free pairs
    assert np.mean([len(each) for each in drawn]) == pytest.approx(5.4, abs=0.1)
    assert len(set(drawn)) > 900
    assert frozenset.union(*drawn) == set(candidates) - gold


def test_sampling_from_a_billion_tuples_is_quick_capped_and_valid():
    schema = make_schema(P1=4)
    doc = make_doc(*"A" * 200)
    gold = {(0, 1, 2, 3)}
    start = time.perf_counter()
    candidates = make_candidates(schema, doc)
    chosen = choose(make("Sampled", share=0.1, limit=200), candidates, gold)
    assert time.perf_counter() - start < 1
    assert candidates.count == 200 * 199 * 198 * 197
    assert len(chosen) == 200
    assert all(pair in candidates for pair in chosen)


def test_pairs_are_drawn_uniformly_whatever_their_types_and_arities():
    schema = make_schema(P1=("A", "B"), P2=("A", "A", ("B", "C")))
    candidates, rng = make_candidates(schema, make_doc(*"AABAC")), np.random.default_rng(0)
    n_draws = 200 * candidates.count
    counts = Counter(candidates.draw(rng) for _ in range(n_draws))
    assert set(counts) == set(candidates)
    assert all(abs(count - 200) < 75 for count in counts.values())


def test_bands_refuse_a_schema_with_longer_tuples():
    candidates = make_candidates(make_schema(P1=2, P2=4), make_doc("A", "A"))
    with pytest.raises(ValueError, match=r"DRE209.*SampledNegatives"):
        choose(make("Diagonal"), candidates)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("Sampled", {"share": 1.5}),
        ("Sampled", {"limit": -1}),
        ("Diagonal", {"width": -1}),
        ("Asymmetric", {"other": -1}),
        ("Dynamic", {"other": -1}),
    ],
)
def test_settings_out_of_range_are_errors(name, settings):
    with pytest.raises(ValueError, match="DRE208"):
        make(name, **settings)
