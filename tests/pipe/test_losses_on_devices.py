"""Losses stay on the device that computed them, and what is not there is brought there."""

from types import SimpleNamespace

import numpy
import pytest
from thinc.api import NumpyOps

from .making import untrained


class Array(numpy.ndarray):
    """An array of a device."""


def vdot(one, other):
    if not (isinstance(one, Array) and isinstance(other, Array)):
        raise TypeError("these arrays do not lie on one device")
    return numpy.vdot(one, other)


class DeviceOps(NumpyOps):
    """Ops that compute with arrays of their own only, as those of a GPU do."""

    xp = SimpleNamespace(**{**vars(numpy), "vdot": vdot})

    def alloc1f(self, *args, **kwargs):
        return super().alloc1f(*args, **kwargs).view(Array)

    def asarray1f(self, data, **kwargs):
        return super().asarray1f(data, **kwargs).view(Array)


@pytest.mark.parametrize("kind", [numpy.ndarray, Array], ids=["elsewhere", "on the device"])
def test_the_loss_of_a_batch_is_its_mean_wherever_the_losses_are(kind, monkeypatch):
    pipe = untrained().get_pipe("docre")
    monkeypatch.setattr(pipe.model, "ops", DeviceOps())
    loss, gradient = pipe.get_loss([], numpy.asarray([1.0, 3.0], dtype="f").view(kind))
    assert loss == 2.0
    assert gradient.tolist() == [0.5, 0.5]
    assert isinstance(gradient, Array)
