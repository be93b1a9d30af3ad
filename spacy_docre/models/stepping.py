"""How the parameters of a network are stepped: by spaCy's optimizer, or by PyTorch's AdamW at the
rates that spaCy's optimizer says."""

import warnings
from collections.abc import Iterable
from typing import Callable, Dict, List, Protocol, Tuple, cast

import torch
from thinc.api import Optimizer, torch2xp, xp2torch
from thinc.types import FloatsXd
from torch import Tensor, nn

from ..errors import Errors, Warnings


class Stepper(Protocol):
    """Steps the parameters of a network."""

    def scale(self, gradient: Tensor) -> Tensor:
        """RETURNS (Tensor): Gradients of losses as the backward pass should begin with them."""
        ...

    def step(self, optimizer: Optimizer) -> None:
        """Step all parameters that have gradients, and forget these.

        optimizer (Optimizer): Says how.
        """
        ...


class ThincStepper:
    """Let spaCy's optimizer step each parameter, which honours averages of parameters.

    id (int): What tells the parameters of this network from others.
    parameters (Callable[[], Iterable[Tuple[str, Parameter]]]): Its parameters, by name.
    factor (Callable[[str], float]): The learning rate of a parameter, as a multiple of the
        optimizer's, which is made for the encoder where the two are trained together.
    """

    def __init__(
        self,
        id: int,
        parameters: Callable[[], Iterable[Tuple[str, nn.Parameter]]],
        factor: Callable[[str], float],
    ) -> None:
        self.id = id
        self.parameters = parameters
        self.factor = factor

    def scale(self, gradient: Tensor) -> Tensor:
        """See `Stepper`."""
        return gradient

    def step(self, optimizer: Optimizer) -> None:
        """See `Stepper`."""
        for name, parameter in self.parameters():
            if parameter.grad is None:
                continue
            values, _ = optimizer(
                (self.id, name),
                cast(FloatsXd, torch2xp(parameter.data)),
                cast(FloatsXd, torch2xp(parameter.grad)),
                lr_scale=self.factor(name),
            )
            stepped = cast(Tensor, xp2torch(values, device=parameter.device))
            # Optimizers step in place. Each array that is wrapped again keeps the one before
            # alive, so parameters stay what they are wherever they can.
            if stepped.data_ptr() != parameter.data_ptr():
                parameter.data.copy_(stepped)
            parameter.grad = None


class AdamWStepper:
    """Step with PyTorch's AdamW.

    spaCy's own optimizer knows one rate of weight decay for all parameters, and clips the gradient
    of each by itself. The published settings of pretrained sequence-to-sequence models spare some
    parameters the decay, and clip all gradients together.

    network (Module): The network.
    is_new (Callable[[str], bool]): Whether a parameter begins at random.
    factor (float): The learning rate of new parameters, as a multiple of that of pretrained ones.
    device_type (str): Where the network computes.
    scales (bool): Whether gradients are scaled, for half precision.
    """

    def __init__(
        self,
        network: nn.Module,
        is_new: Callable[[str], bool],
        factor: float,
        *,
        device_type: str,
        scales: bool,
    ) -> None:
        groups: Dict[Tuple[bool, bool], List[nn.Parameter]] = {}
        for name, parameter in network.named_parameters():
            if parameter.requires_grad:
                # Biases and the scales of layer normalization are vectors.
                groups.setdefault((is_new(name), parameter.ndim > 1), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": parameters, "rate": factor if new else 1.0, "decays": decays}
                for (new, decays), parameters in groups.items()
            ]
        )
        self.warned = False
        self.parameters = [parameter for group in groups.values() for parameter in group]
        self.scaler = torch.amp.GradScaler(device_type, enabled=scales)

    def scale(self, gradient: Tensor) -> Tensor:
        """See `Stepper`."""
        return self.scaler.scale(gradient)

    def step(self, optimizer: Optimizer) -> None:
        """Step all parameters.

        optimizer (Optimizer): Says how: its learning rate, L2 as weight decay, beta1, beta2, eps,
            and grad_clip, the largest norm of all gradients together.
        RAISES (ValueError): If its L2 is not weight decay.
        """
        if optimizer.L2 and not optimizer.L2_is_weight_decay:
            raise ValueError(Errors.DRE524)
        if optimizer.averages is not None and not self.warned:
            self.warned = True
            warnings.warn(Warnings.DRW521, stacklevel=2)
        if all(parameter.grad is None for parameter in self.parameters):
            return  # no document of the batch had anything to learn
        for group in self.optimizer.param_groups:
            group["lr"] = optimizer.learn_rate * group["rate"]
            group["weight_decay"] = optimizer.L2 if group["decays"] else 0.0
            group["betas"] = (optimizer.b1, optimizer.b2)
            group["eps"] = optimizer.eps
        self.scaler.unscale_(self.optimizer)
        if optimizer.grad_clip:
            nn.utils.clip_grad_norm_(self.parameters, optimizer.grad_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
