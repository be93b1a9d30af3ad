"""How much faster is a pipeline in bfloat16 than in single precision, on this processor?"""

from pathlib import Path

import documents
import spacy
import typer
from options import BatchSize, CpuTime, GpuId, Limit, Rounds, Seed, Threads
from pipelines import Parts, by_batch
from settings import prepare
from timing import interleave, peak_memory
from wasabi import msg

PIPELINE = "A pipeline whose `tok2vec` has a transformer with a precision"
DOCS = "Documents with gold entities (.spacy)"


def main(
    pipeline: Path = typer.Option(..., help=PIPELINE, exists=True),
    docs: Path = typer.Option(..., help=DOCS, exists=True),
    limit: Limit = 48,
    batch_size: BatchSize = 16,
    rounds: Rounds = 5,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    threads: Threads = 0,
    cpu_time: CpuTime = False,
) -> None:
    """Compare the encoder, extraction from gold entities, and everything from raw text."""
    device = prepare(seed, gpu_id, threads)
    parts = {
        precision: Parts(
            spacy.load(pipeline, config={"components.tok2vec.model.precision": precision})
        )
        for precision in ("float32", "bfloat16")
    }
    actions = {}
    batch = []
    for precision, own in parts.items():
        batch = documents.read(docs, own.nlp, limit)
        texts = [doc.text for doc in batch]
        actions |= {
            f"{precision}: encoder": by_batch(own.encode, batch, batch_size),
            f"{precision}: extraction from gold entities": by_batch(own.extract, batch, batch_size),
            f"{precision}: everything, from raw text": by_batch(
                lambda some, nlp=own.nlp: len(list(nlp.pipe(some, batch_size=batch_size))),
                texts,  # type: ignore[arg-type]
                batch_size,
            ),
        }
    times = interleave(actions, docs=len(batch), rounds=rounds, device=device, cpu_time=cpu_time)
    msg.table(
        [
            (
                name,
                times.spread(name),
                f"{1000 / times.median(name):.1f}",
                times.ratio(name, "float32: encoder"),
            )
            for name in actions
        ],
        header=("", "ms per document", "docs/s", "ratio to the encoder in float32"),
        divider=True,
        aligns=("l", "r", "r", "r"),
    )
    tokens = sum(map(len, batch)) / len(batch)
    msg.info(
        f"{len(batch)} documents of {tokens:.0f} tokens on average; peak memory, with two "
        f"pipelines loaded, {peak_memory():.0f} MB"
    )


if __name__ == "__main__":
    typer.run(main)
