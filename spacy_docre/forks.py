"""Processes of `nlp.pipe(n_process=…)` that do not hang."""

import multiprocessing
import sys

from spacy import language


def use_one_thread_in_workers() -> None:
    """Compute with one thread, if this process is one of those that `nlp.pipe(n_process=2)` starts.

    A forked worker inherits PyTorch's pool of threads without the threads, so that, once the
    parent has used them, it waits for them for ever; and several workers with as many threads as
    there are cores would be slow even if they did not. Other processes are their owner's concern.

    Call this before a worker computes anything. It is its last component that begins first, and
    asks the others for documents, so that the beginning of `pipe` is early enough.
    """
    target = getattr(multiprocessing.current_process(), "_target", None)
    torch = sys.modules.get("torch")
    if torch is not None and target is getattr(language, "_apply_pipes", language):
        torch.set_num_threads(1)
