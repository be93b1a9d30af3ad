"""What all tests share."""

import os

import pytest
import torch
from hypothesis import HealthCheck, settings
from torch.nn.attention import SDPBackend, sdpa_kernel

# No test is about time, and machines that do other things meanwhile are slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Small matrices gain nothing from threads, and tests may run next to each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session", autouse=True)
def attention():
    """With SPACY_DOCRE_PLAIN_ATTENTION=1, attention is computed without fused kernels, which take
    some arguments that others refuse."""
    if os.environ.get("SPACY_DOCRE_PLAIN_ATTENTION") != "1":
        yield
        return
    with sdpa_kernel(SDPBackend.MATH):
        yield
