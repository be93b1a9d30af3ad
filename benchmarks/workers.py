"""How many documents a second do one worker and two workers of Ray extract from?"""

import statistics
import time
from pathlib import Path
from typing import Annotated, Dict, List

import ray
import typer
from options import BatchSize, Rounds
from typer import Option
from wasabi import msg

from spacy_docre.extract.batches import ExtractBatch


def main(
    pipeline: Annotated[Path, Option(help="Saved pipeline")],
    texts: Annotated[Path, Option(help="JSONL with the keys id and text")],
    limit: Annotated[int, Option(help="Number of documents", min=1)] = 2000,
    batch_size: BatchSize = 32,
    rounds: Rounds = 1,
) -> None:
    """Time workers, one and two of them in turn, between their first batch and their last."""
    # One more than workers: tasks that read the input need one, too.
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    speeds: Dict[int, List[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, speed in speeds.items():
            data = ray.data.read_json(str(texts), lines=True).limit(limit).repartition(16)
            stream = data.map_batches(
                ExtractBatch,
                fn_constructor_args=[str(pipeline.resolve())],
                batch_format="pandas",
                batch_size=batch_size,
                compute=ray.data.ActorPoolStrategy(size=workers),
            ).iter_batches(batch_size=None, batch_format="pandas")
            ids: List[str] = list(next(iter_ := iter(stream))["id"])
            start, before = time.perf_counter(), len(ids)
            for table in iter_:
                ids.extend(table["id"])
            speed.append((len(ids) - before) / (time.perf_counter() - start))
            if len(ids) != limit or len(set(ids)) != limit:
                msg.fail(f"{limit} documents became {len(ids)}, {len(set(ids))} of them different")
    rows = [
        (n, f"{statistics.median(s):.1f} ({min(s):.1f}-{max(s):.1f})") for n, s in speeds.items()
    ]
    msg.table(rows, header=("workers", "documents a second"), divider=True)


if __name__ == "__main__":
    typer.run(main)
