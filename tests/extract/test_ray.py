"""Ray shares documents among workers."""

import json
import os
import signal

import pytest

from spacy_docre.extract.batches import ExtractBatch

# Ray itself leaves files open, and warns of what changes in it.
pytestmark = [pytest.mark.commands, pytest.mark.filterwarnings("ignore")]
ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")


@pytest.fixture
def two_workers(monkeypatch):
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(
    two_workers, pipeline, texts, tmp_path
):
    killed = tmp_path / "killed"

    class Mortal(ExtractBatch):
        def __call__(self, table):
            if "d13" in list(table["id"]) and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(table)

    rows = [{"id": f"d{i}", "text": texts[i % 3], "number": i} for i in range(24)]
    found = (
        ray.data.from_items(rows, override_num_blocks=6)
        .map_batches(
            Mortal,
            fn_constructor_args=[pipeline],
            batch_format="pandas",
            batch_size=4,
            compute=ray.data.ActorPoolStrategy(size=2),
        )
        .take_all()
    )
    assert killed.exists()
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in rows)
    assert not any(row["error"] for row in found)
    for row in found:
        record = json.loads(row["record"])
        assert record["meta"] == {"number": int(row["id"][1:])}
        assert record["relations"]
