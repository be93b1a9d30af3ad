"""What a component says its weights stand for: labels, moves, and whatever else it saves beside
them."""

from pathlib import Path
from typing import Any, Dict, List, Union

import srsly

from ..errors import Errors

# What says nothing about the meaning of weights.
OTHERS = ("model", "vocab")


def adopt_order(name: str, path: Union[str, Path], ours: Any, theirs: Any) -> None:
    """Let a component have its labels in the order of a trained one, whose weights it is to get.
    Most components number labels as the training data happen to bring them.

    name (str): The name of the component.
    path (Union[str, Path]): Where the trained one comes from.
    ours (TrainablePipe): The component.
    theirs (TrainablePipe): The trained one.
    RAISES (ValueError): If the two differ in more than the order of labels.
    """
    one, other = _meaning(ours), _meaning(theirs)
    if _in_order(one) == _in_order(other):
        return
    different = [
        f"{key} ({_difference(one.get(key), other.get(key))})"
        for key in sorted({*one, *other})
        if not _same_items(one.get(key), other.get(key))
    ]
    if not different:
        ours.from_bytes(srsly.msgpack_dumps(_state(theirs)), exclude=OTHERS)
        one = _meaning(ours)
        different = [key for key in one if _in_order(one)[key] != _in_order(other).get(key)]
    if different:
        raise ValueError(Errors.DRE564.format(name=name, path=path, different="; ".join(different)))


def _state(pipe: Any) -> Dict[str, Any]:
    """What a component saves beside its weights, without settings that are single values:
    these are up to the config."""
    state = srsly.msgpack_loads(pipe.to_bytes(exclude=OTHERS))
    if "cfg" in state:
        cfg = srsly.json_loads(state["cfg"])
        kept = {key: value for key, value in cfg.items() if isinstance(value, (list, dict))}
        state["cfg"] = srsly.json_dumps(kept)
    return state


def _meaning(pipe: Any) -> Dict[str, Any]:
    state = _state(pipe)
    state.update(srsly.json_loads(state.pop("cfg", "{}")))
    if hasattr(pipe, "move_names"):
        # What is saved has frequencies in the training data as well.
        state["moves"] = list(pipe.move_names)
    state["labels"] = list(getattr(pipe, "labels", ()))
    return state


def _in_order(meaning: Dict[str, Any]) -> Dict[str, Any]:
    return {k: list(v.items()) if isinstance(v, dict) else v for k, v in meaning.items()}


def _same_items(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(item in other for item in one)
    return one == other


def _difference(one: Any, other: Any) -> str:
    if not isinstance(one, (list, dict)) or not isinstance(other, (list, dict)):
        return "other content"
    here: List[Any] = [item for item in one if item not in other]
    there = [item for item in other if item not in one]
    return f"only here: {here[:5]}, only there: {there[:5]}"
