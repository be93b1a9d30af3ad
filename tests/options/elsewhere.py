"""A device that is not there: tensors whose values lie on the CPU, and which do not mix with it.

What a network computes on them is right, so that its control flow may depend on values, which no
fake tensor allows. What a GPU refuses is refused: tensors of two devices in one operation, and
NumPy arrays of tensors that are not on the CPU.

PyTorch lets Python code stand for a device that was not compiled in only where it calls it "meta".
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Dict
from unittest import mock

import numpy
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = torch.device("meta")
AUTOCAST = torch.autocast
aten = torch.ops.aten
MOVES = {aten._to_copy.default, aten.copy_.default}
# A GPU takes the indices of a tensor from either device.
LOOKUPS = {
    aten.index.Tensor,
    aten.index_put.default,
    aten.index_put_.default,
    aten._index_put_impl_.default,
}


class Elsewhere(Tensor):
    """A tensor of that device.

    values (Tensor): Its values.
    """

    values: Tensor

    @staticmethod
    def __new__(cls, values: Tensor) -> "Elsewhere":
        return Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            values.size(),
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            device=DEVICE,
        )

    def __init__(self, values: Tensor) -> None:
        self.values = values

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatch(func, args, kwargs or {})

    def tolist(self) -> Any:
        return self.values.tolist()

    def data_ptr(self) -> int:
        return self.values.data_ptr()

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError("these values do not lie on the CPU: call cpu() first")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy()

    def __repr__(self) -> str:  # type: ignore[override]
        return f"Elsewhere({self.values})"


def dispatch(func: Any, args: Any, kwargs: Dict[str, Any]) -> Any:
    """Compute something where its tensors are."""
    tensors = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, Tensor)]
    there = [each for each in tensors if isinstance(each, Elsewhere)]
    if any(each.device == DEVICE and not isinstance(each, Elsewhere) for each in tensors):
        raise RuntimeError(f"{func}: a tensor without values")
    # A number may come from anywhere.
    others = [each for each in tensors if not isinstance(each, Elsewhere) and each.ndim]
    lookup = func in LOOKUPS and isinstance(args[0], Elsewhere)
    if there and others and func not in MOVES and not lookup:
        shapes = [tuple(each.shape) for each in others]
        raise RuntimeError(f"{func}: tensors of two devices; on the CPU are those of {shapes}")
    wanted = kwargs.get("device")
    stays = bool(there) if wanted is None else torch.device(wanted) == DEVICE
    if func is aten.copy_.default:
        stays = isinstance(args[0], Elsewhere)
    if wanted is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    own = {id(each.values): each for each in there}
    found = func(*tree_map(_values, args), **tree_map(_values, kwargs))
    if func is aten._to_copy.default and not (stays or there):
        return found

    def wrap(each: Any) -> Any:
        if not isinstance(each, Tensor) or id(each) in own:
            return own.get(id(each), each)
        # What is made in inference mode could be no view of what was made before.
        with torch.inference_mode(False):
            return Elsewhere(each)

    return tree_map(wrap, found) if stays else found


def _values(each: Any) -> Any:
    return each.values if isinstance(each, Elsewhere) else each


class Dispatch(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatch(func, args, kwargs or {})


class Creation(TorchFunctionMode):
    """Of what Python knows, PyTorch makes tensors without values on the device "meta"."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") is not None:
            return func(*args, **{**kwargs, "device": "cpu"}).to(kwargs["device"])
        if func in (Tensor.__getitem__, Tensor.__setitem__) and isinstance(args[0], Elsewhere):
            args = (args[0], _index(args[1]), *args[2:])
        return func(*args, **kwargs)


def _index(place: Any) -> Any:
    if isinstance(place, tuple):
        return tuple(map(_index, place))
    if not isinstance(place, (list, numpy.ndarray)):
        return place
    index = torch.as_tensor(place)
    return (index if len(index) else index.long()).to(DEVICE)


def _autocast(device_type: str, *args: Any, **kwargs: Any) -> AbstractContextManager:
    """Mixed precision is the only thing that this device cannot do."""
    known = device_type != DEVICE.type
    return AUTOCAST(device_type, *args, **kwargs) if known else nullcontext()


@contextmanager
def elsewhere(*modules: nn.Module) -> Iterator[torch.device]:
    """Move networks to the device, for the time of a `with` block."""
    weights = [
        (holder, name, weight)
        for module in modules
        for part in module.modules()
        for holder in (part._parameters, part._buffers)
        for name, weight in holder.items()
        if weight is not None
    ]
    # Several parts may share one.
    moved: Dict[int, Tensor] = {}
    for _, _, weight in weights:
        if id(weight) not in moved:
            there: Tensor = Elsewhere(weight.detach())
            if isinstance(weight, nn.Parameter):
                there = nn.Parameter(there, requires_grad=weight.requires_grad)
            moved[id(weight)] = there
    try:
        for holder, name, weight in weights:
            holder[name] = moved[id(weight)]
        with Creation(), Dispatch(), mock.patch("torch.autocast", _autocast):
            yield DEVICE
    finally:
        for holder, name, weight in weights:
            holder[name] = weight
