"""Learning rates that rise, and fall as long as training lasts."""

from itertools import islice

import pytest
from spacy import registry


def rates(name, *settings, steps=9):
    schedule = registry.schedules.get(f"spacy_docre.{name}")(*settings)
    return list(islice(schedule, steps))


def test_a_cosine_rises_and_falls():
    expected = [0, 1, 2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5, 0, 0, 0]
    assert rates("WarmupCosine.v1", 2.0, 1 / 3, 6) == pytest.approx(expected)


def test_it_can_begin_at_the_top():
    assert rates("WarmupCosine.v1", 2.0, 0.0, 2) == pytest.approx([2, 1, 0, 0, 0, 0, 0, 0, 0])
    assert rates("WarmupLinear.v1", 2.0, 0.0, 4) == [2, 1.5, 1, 0.5, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("steps", [40, 1600])
def test_a_line_is_that_of_spacy_for_any_number_of_steps(steps):
    spacys = registry.schedules.get("warmup_linear.v1")(0.1, steps // 20, steps)
    own = rates("WarmupLinear.v1", 0.1, 0.05, steps, steps=steps + 2)
    assert own == pytest.approx(list(islice(spacys, steps + 2)))


@pytest.mark.parametrize("unknown", ["${training.max_steps}", 0])
@pytest.mark.parametrize("name", ["WarmupLinear.v1", "WarmupCosine.v1"])
def test_a_rate_neither_rises_nor_falls_if_nobody_knows_for_how_long(name, unknown):
    assert rates(name, 0.1, 0.5, unknown) == [0.1] * 9


@pytest.mark.parametrize("share", [-0.1, 1.5, 80.0])
def test_a_warm_up_that_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="DRE560"):
        rates("WarmupLinear.v1", 0.1, share, 100)
