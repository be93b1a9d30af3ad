"""Learning rates that rise, and fall as long as training lasts."""

import math
from collections.abc import Iterator
from itertools import count, repeat
from typing import Callable, Union

from spacy.util import registry

from ..errors import Errors

# From the share of the way down to the share of the highest rate.
Fall = Callable[[float], float]


@registry.schedules("spacy_docre.WarmupLinear.v1")
def warmup_linear(
    initial_rate: float, warmup: float, total_steps: Union[int, str]
) -> Iterator[float]:
    """Rise linearly from 0, then fall linearly, and stay at 0.

    initial_rate (float): The highest rate.
    warmup (float): The share of all steps in which it rises, from 0 to 1.
    total_steps (Union[int, str]): The number of steps, `${training.max_steps}`. spaCy leaves
        this variable as it is where it makes an optimizer without a training run
        (`nlp.resume_training`, `nlp.create_optimizer`). Nobody knows then how many steps
        follow, and the rate is `initial_rate` from the first one on. The same holds for 0.
    RETURNS (Iterator[float]): The rate of each step.
    RAISES (ValueError): If the share is none.
    """
    return _warmup(lambda done: 1 - done, initial_rate, warmup, total_steps)


@registry.schedules("spacy_docre.WarmupCosine.v1")
def warmup_cosine(
    initial_rate: float, warmup: float, total_steps: Union[int, str]
) -> Iterator[float]:
    """Rise linearly from 0, then fall along half a cosine, and stay at 0. See `warmup_linear`."""
    return _warmup(_half_cosine, initial_rate, warmup, total_steps)


def _warmup(
    fall: Fall, initial_rate: float, warmup: float, total_steps: Union[int, str]
) -> Iterator[float]:
    if not 0 <= warmup <= 1:
        raise ValueError(Errors.DRE560.format(warmup=warmup))
    if isinstance(total_steps, str) or total_steps < 1:
        return repeat(initial_rate)
    return _rates(fall, initial_rate, round(warmup * total_steps), total_steps)


def _rates(fall: Fall, initial_rate: float, rise: int, total_steps: int) -> Iterator[float]:
    for step in count():
        if step < rise:
            factor = step / rise
        else:
            factor = fall(min(1.0, (step - rise) / max(1, total_steps - rise)))
        yield factor * initial_rate


def _half_cosine(done: float) -> float:
    return (1 + math.cos(math.pi * done)) / 2
