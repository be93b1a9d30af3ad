"""Networks compute where their weights are, and nowhere else."""

import math

import pytest
import torch
from torch import nn

from .elsewhere import DEVICE, Elsewhere, elsewhere
from .life import born, expect_same, extract, learn, network_of
from .test_options import CASES, pytestmark  # noqa: F401


# Every second row has all values, if not all pairs of them.
@pytest.mark.parametrize(("name", "row"), CASES[::2])
def test_learning_and_extracting_mix_no_devices(name, row, bases):
    nlp = born(name, {**row, "component.threshold": 0.0}, bases)
    expected = extract(nlp, row)
    network = network_of(nlp)
    weights = {name: weight.clone() for name, weight in network.state_dict().items()}
    with elsewhere(network):
        expect_same(extract(nlp, row), expected)
        assert all(map(math.isfinite, learn(nlp, row)))
        learnt = {name: weight.cpu() for name, weight in network.state_dict().items()}
    assert any(not torch.equal(learnt[name], weight) for name, weight in weights.items())


def test_the_device_that_is_not_there_refuses_what_a_gpu_refuses():
    layer, here = nn.Linear(3, 3), torch.ones(2, 3)
    expected = layer(here)
    with elsewhere(layer), torch.no_grad():
        there = here.to(DEVICE)
        assert isinstance(there, Elsewhere)
        assert layer(there).cpu().tolist() == expected.tolist()
        assert there[[0]].tolist() == torch.tensor([[1.0, 1.0, 1.0]], device=DEVICE).tolist()
        with pytest.raises(RuntimeError, match="two devices"):
            layer(here)
        with pytest.raises(RuntimeError, match="two devices"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError, match="two devices"):
            here[there.long()]
        with pytest.raises(TypeError, match="cpu"):
            there.numpy()
    assert torch.equal(layer(here), expected)
