"""Processes of `nlp.pipe(n_process=…)` that do not hang."""

import multiprocessing
import os
import sys
from multiprocessing.connection import wait
from threading import Thread

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
    if target is not getattr(language, "_apply_pipes", language):
        return
    end_with_parent()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def end_with_parent() -> None:
    """End this process when the one that started it is killed, which leaves workers waiting for
    documents for ever, with a pipeline in memory each."""
    global _watching
    parent = multiprocessing.parent_process()
    if parent is None or _watching == os.getpid():
        return
    _watching = os.getpid()

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    Thread(target=watch, daemon=True).start()


# The process that has such a thread: forks inherit what is written here, and no threads.
_watching = 0
