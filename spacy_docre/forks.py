"""Forked processes that do not hang."""

import os
from functools import cache


@cache
def limit_threads_of_forks() -> None:
    """Let processes that are forked from this one compute with one thread each.

    `nlp.pipe(n_process=2)` forks its workers. A worker inherits PyTorch's pool of threads
    without the threads, so that, once the parent has used them, it waits for them for ever;
    and several workers with as many threads as there are cores would be slow even if they
    did not. Workers of PyTorch's own data loaders are limited in the same way.

    Call this at any time before the fork, and as often as you like. Where processes are never
    forked there is nothing to do.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_use_one_thread)


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)
