"""Time several things in turn, A B C A B C ..., so that whatever else the machine does
slows all of them alike and ratios stay fair."""

import os
import resource
import statistics
import sys
import time
from typing import Callable, Dict, List, Sequence

import torch

MILLISECONDS = 1000


class Times:
    """What was measured, in seconds per document.

    rounds (Dict[str, List[float]]): For each thing its time in each round.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.rounds: Dict[str, List[float]] = {name: [] for name in names}

    def median(self, name: str) -> float:
        """RETURNS (float): Milliseconds per document."""
        return statistics.median(self.rounds[name]) * MILLISECONDS

    def spread(self, name: str) -> str:
        """RETURNS (str): Milliseconds per document: the median, the fastest and the slowest."""
        times = [time * MILLISECONDS for time in self.rounds[name]]
        return f"{statistics.median(times):.1f} ({min(times):.1f}-{max(times):.1f})"

    def ratio(self, name: str, base: str) -> str:
        """RETURNS (str): Median, least and largest ratio of two times of the same round."""
        ratios = [a / b for a, b in zip(self.rounds[name], self.rounds[base], strict=True)]
        return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def interleave(
    actions: Dict[str, Callable[[], object]],
    *,
    docs: int,
    rounds: int,
    device: torch.device,
    cpu_time: bool = False,
    warm_up: bool = True,
) -> Times:
    """Time actions in turn, after one round that does not count.

    actions (Dict[str, Callable]): What to time, by name. All do the same documents.
    docs (int): How many documents that are.
    rounds (int): How often to time each action.
    device (torch.device): Where it happens.
    cpu_time (bool): Whether to count processor time in place of wall time, which leaves out the
        time that other processes had. It adds up the time of all threads, and of the processes
        that an action starts and waits for.
    warm_up (bool): Whether there is a round that does not count. What takes minutes needs none.
    RETURNS (Times): The times.
    """
    times = Times(list(actions))
    clock = _processor_time if cpu_time else time.perf_counter
    for number in range(not warm_up, rounds + 1):
        for name, action in actions.items():
            _wait(device)
            start = clock()
            action()
            _wait(device)
            if number:
                times.rounds[name].append((clock() - start) / docs)
    return times


def peak_memory(children: bool = False) -> float:
    """Find the most memory that a process ever held.

    children (bool): Whether to look at the processes that this one started and waited for, each
        by itself. What they share with this one counts in full.
    RETURNS (float): Megabytes.
    """
    peak = resource.getrusage(
        resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    ).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _processor_time() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
