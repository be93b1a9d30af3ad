"""What tells encoders apart."""

import hashlib
from collections.abc import Iterable
from typing import Any, Optional

import numpy
from thinc.api import Model


def fingerprint(encoders: Iterable[Model]) -> Optional[str]:
    """Compute what tells encoders apart.

    encoders (Iterable[Model]): The encoders.
    RETURNS (Optional[str]): A checksum of their weights in half precision, so that it does not
        matter whether they are kept in that, nor on which device. None if there are no weights.
    """
    digest, count = hashlib.sha256(), 0
    for encoder in encoders:
        for weight in _weights(encoder):
            if weight.dtype.kind == "f":
                with numpy.errstate(over="ignore"):
                    weight = weight.astype("<f2")
            digest.update(str(weight.shape).encode())
            digest.update(numpy.ascontiguousarray(weight).tobytes())
            count += 1
    return digest.hexdigest() if count else None


def _weights(encoder: Model) -> Iterable[Any]:
    for node in encoder.walk():
        for param in node.param_names:
            if node.has_param(param):
                yield node.ops.to_numpy(node.get_param(param))
        for shim in node.shims:
            if hasattr(shim._model, "state_dict"):
                for tensor in shim._model.state_dict().values():
                    # numpy has no bfloat16.
                    tensor = tensor.detach().cpu()
                    yield (tensor.float() if tensor.is_floating_point() else tensor).numpy()
