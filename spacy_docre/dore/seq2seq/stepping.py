"""Steps of training: PyTorch's AdamW at the rates that spaCy's optimizer says.

spaCy's own optimizer knows one rate of weight decay for all parameters, and clips the gradient
of each by itself. The published settings spare some parameters the decay, and clip all
gradients together.
"""

import warnings
from typing import Dict, List, Tuple

import torch
from thinc.api import Optimizer
from torch import nn

from ...errors import Errors, Warnings
from .network import PretrainedNetwork


class Stepper:
    """Step the parameters of a network.

    network (PretrainedNetwork): The network.
    factor (float): The learning rate of new parameters, as a multiple of that of pretrained ones.
    """

    def __init__(self, network: PretrainedNetwork, factor: float) -> None:
        groups: Dict[Tuple[bool, bool], List[nn.Parameter]] = {}
        for name, parameter in network.named_parameters():
            if parameter.requires_grad:
                new = not name.startswith("model.")
                # Biases and the scales of layer normalization are vectors.
                groups.setdefault((new, parameter.ndim > 1), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": parameters, "rate": factor if new else 1.0, "decays": decays}
                for (new, decays), parameters in groups.items()
            ]
        )
        self.warned = False
        self.parameters = [parameter for group in groups.values() for parameter in group]
        self.scaler = torch.amp.GradScaler(
            network.device.type, enabled=network.compute_type is torch.float16
        )

    def step(self, says: Optimizer) -> None:
        """Step all parameters.

        says (Optimizer): Says how: its learning rate, L2 as weight decay, beta1, beta2, eps, and
            grad_clip, the largest norm of all gradients together.
        RAISES (ValueError): If its L2 is not weight decay.
        """
        if says.L2 and not says.L2_is_weight_decay:
            raise ValueError(Errors.DRE524)
        if says.averages is not None and not self.warned:
            self.warned = True
            warnings.warn(Warnings.DRW521, stacklevel=2)
        if all(parameter.grad is None for parameter in self.parameters):
            return  # no document of the batch had anything to learn
        for group in self.optimizer.param_groups:
            group["lr"] = says.learn_rate * group["rate"]
            group["weight_decay"] = says.L2 if group["decays"] else 0.0
            group["betas"] = (says.b1, says.b2)
            group["eps"] = says.eps
        self.scaler.unscale_(self.optimizer)
        if says.grad_clip:
            nn.utils.clip_grad_norm_(self.parameters, says.grad_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
