"""A learning rate that rises, and falls like a cosine."""

from itertools import islice

import pytest
from spacy import registry


def test_it_rises_and_falls():
    schedule = registry.schedules.get("spacy_docre.WarmupCosine.v1")(2.0, 2, 6)
    rates = list(islice(schedule, 9))
    assert rates == pytest.approx([0, 1, 2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5, 0, 0, 0])


def test_it_can_begin_at_the_top():
    assert next(registry.schedules.get("spacy_docre.WarmupCosine.v1")(2.0, 0, 6)) == 2.0
