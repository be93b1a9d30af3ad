"""Averages of parameters, which spaCy evaluates and saves in their place."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Dict, Tuple

from thinc.api import xp2torch
from thinc.types import FloatsXd
from torch import nn


@contextmanager
def use_averages(
    id: int, parameters: Iterable[Tuple[str, nn.Parameter]], averages: Dict[Any, FloatsXd]
) -> Iterator[None]:
    """Swap in averaged parameters, for the time of a `with` block.

    id (int): What tells the parameters of this network from others.
    parameters (Iterable[Tuple[str, Parameter]]): Its parameters, by name.
    averages (Dict[Any, FloatsXd]): The averages of some, by id and name.
    """
    averaged = [(name, each) for name, each in parameters if (id, name) in averages]
    backup = [parameter.data for _, parameter in averaged]
    for name, parameter in averaged:
        parameter.data = xp2torch(averages[(id, name)], device=parameter.device)
    try:
        yield
    finally:
        for (_, parameter), data in zip(averaged, backup):
            parameter.data = data
