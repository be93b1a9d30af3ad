"""A real GPU: every extractor is trained, saved and loaded there, and loaded on the CPU.

python -m pytest -m gpu
"""

import math
from importlib.util import find_spec

import pytest
import torch
from thinc.api import require_cpu, require_gpu

from tests.options.conftest import bases  # noqa: F401
from tests.options.kinds import KINDS
from tests.options.life import born, build, expect_same, extract, learn, live, network_of
from tests.options.test_options import CASES
from tests.options.test_options import pytestmark as unfinished

# Of each kind so many rows, which are those that cover most.
ROWS = 4

pytestmark = [
    unfinished,
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"),
    pytest.mark.skipif(find_spec("cupy") is None, reason="spaCy needs cupy to use a GPU"),
]


@pytest.fixture
def gpu():
    require_gpu()
    yield
    require_cpu()


@pytest.mark.parametrize("number", range(ROWS))
@pytest.mark.parametrize("name", KINDS)
def test_what_is_learnt_on_a_gpu_is_known_on_the_cpu(name, number, bases, tmp_path, gpu):  # noqa: F811
    row = row_of(name, number)
    nlp, found = live(name, row, bases, tmp_path / "pipeline", tolerance=1e-4)
    assert next(network_of(nlp).parameters()).is_cuda
    require_cpu()
    loaded = build(name, row, bases).from_disk(tmp_path / "pipeline")
    expect_same(extract(loaded, row), found, 1e-3)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize(
    "name", [n for n, each in KINDS.items() if "encoder.mixed_precision" in each.options]
)
def test_mixed_precision_learns_and_extracts(name, precision, bases, gpu):  # noqa: F811
    row = {**row_of(name, 0), "encoder.mixed_precision": precision}
    nlp = born(name, row, bases)
    assert all(map(math.isfinite, learn(nlp, row)))
    extract(nlp, row)


def row_of(name, number):
    """A row whose network is on the GPU, and as precise as on the CPU."""
    row = [row for kind, row in CASES if kind == name][number]
    changes = {"base.device_map": None, "encoder.mixed_precision": None}
    return {**row, **{option: value for option, value in changes.items() if option in row}}
