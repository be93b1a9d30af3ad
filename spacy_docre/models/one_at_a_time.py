"""Models that only one thread at a time can use."""

import os
from collections import defaultdict
from threading import Lock
from typing import Any, Dict

from thinc.api import Model

_LOCKS: "Dict[int, Lock]" = defaultdict(Lock)
if hasattr(os, "register_at_fork"):
    # A forked process has none of the threads that held them.
    os.register_at_fork(after_in_child=_LOCKS.clear)


def one_at_a_time(model: "Model[Any, Any]") -> Lock:
    """RETURNS (Lock): What a thread holds while it uses a model whose state changes on the way."""
    return _LOCKS[model.id]
