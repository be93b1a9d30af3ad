"""A learning rate that falls like a cosine."""

import math
from collections.abc import Iterator

from spacy.util import registry


@registry.schedules("spacy_docre.WarmupCosine.v1")
def warmup_cosine(initial_rate: float, warmup_steps: int, total_steps: int) -> Iterator[float]:
    """Rise linearly from 0, then fall along half a cosine, and stay at 0.

    initial_rate (float): The highest rate.
    warmup_steps (int): The number of steps to rise.
    total_steps (int): The number of steps until 0.
    YIELDS (float): The rate of each step.
    """
    step = 0
    while True:
        if step < warmup_steps:
            factor = step / warmup_steps
        else:
            done = min(1.0, (step - warmup_steps) / max(1, total_steps - warmup_steps))
            factor = (1 + math.cos(math.pi * done)) / 2
        yield factor * initial_rate
        step += 1
