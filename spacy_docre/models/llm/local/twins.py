"""Bases that several pipelines use: their weights lie in memory once."""

import copy
from typing import Any, Callable, Dict, Hashable
from weakref import WeakValueDictionary

# Models as they were loaded, as long as one of their twins is in use.
_IN_USE: "WeakValueDictionary[Hashable, Any]" = WeakValueDictionary()


def share(key: Hashable, load: Callable[[], Any]) -> Any:
    """Load a model, or share the weights of one that was loaded before.

    key (Hashable): What was asked for: who asks for the same shares it.
    load (Callable[[], PreTrainedModel]): Loads it.
    RETURNS (PreTrainedModel): A model with modules of its own, so that it can have adapters of its
        own, and the weights of all that have the same key. They must not be trained.
    """
    original = _IN_USE.get(key)
    if original is None:
        original = _IN_USE[key] = load()
    return _twin(original)


def _twin(model: Any) -> Any:
    kept: Dict[int, Any] = {id(each): each for each in (*model.parameters(), *model.buffers())}
    # What 4-bit weights are computed from, as bitsandbytes keeps it beside them.
    states = (getattr(module, "quant_state", None) for module in model.modules())
    kept.update((id(state), state) for state in states if state is not None)
    twin = copy.deepcopy(model, kept)
    # In a tuple, or it would be a module of its twin's.
    twin.twin_of = (model,)
    return twin
