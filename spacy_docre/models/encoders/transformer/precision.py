"""What a transformer computes in: single precision, or bfloat16 where that is faster."""

from typing import Optional

import torch

PRECISIONS = ("auto", "float32", "bfloat16")


def compute_type(precision: str, device: torch.device) -> Optional[torch.dtype]:
    """Choose what matrices are multiplied in. Weights remain in single precision.

    precision (str): One of `PRECISIONS`. "auto" is bfloat16 where a processor has instructions for
        it: on others it is slower than single precision.
    device (device): Where the network is.
    RETURNS (Optional[dtype]): The type, or None for that of the weights.
    """
    if precision == "bfloat16" or (precision == "auto" and _multiplies_bfloat16(device)):
        return torch.bfloat16
    return None


def _multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has units for matrices of bfloat16: AMX, or tensor cores of Ampere and
    later."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    # PyTorch has no public name for this.
    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return device.type == "cpu" and supported is not None and bool(supported())
