"""How much longer does a training step take than the encoder's own forward and backward pass?"""

from typing import Callable, List, Optional

import documents
import typer
from options import (
    ALLOW_OVERRIDES,
    BatchSize,
    Config,
    CpuTime,
    Docs,
    Entities,
    GpuId,
    Limit,
    Pipeline,
    Rounds,
    Seed,
    Threads,
    Tokens,
)
from pipelines import LABELS, Parts, by_batch, load
from settings import prepare
from spacy.cli._util import parse_config_overrides
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Adam, Optimizer
from timing import interleave, peak_memory
from wasabi import msg


def main(
    ctx: typer.Context,
    pipeline: Pipeline = None,
    config: Config = None,
    docs: Docs = None,
    limit: Limit = 24,
    tokens: Tokens = 200,
    entities: Entities = 20,
    batch_size: BatchSize = 4,
    rounds: Rounds = 5,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    threads: Threads = 0,
    cpu_time: CpuTime = False,
) -> None:
    """Compare a training step with the encoder's own passes on the same batches."""
    device = prepare(seed, gpu_id, threads)
    parts = load(pipeline, config, parse_config_overrides(ctx.args), seed, gold=docs)
    if docs is not None:
        gold = documents.read(docs, parts.nlp, limit)
    else:
        gold = documents.make(
            parts.nlp,
            docs=limit,
            tokens=tokens,
            entities=entities,
            types=parts.entity_types,
            labels=parts.docre.labels or LABELS,
            seed=seed,
        )
    # A learning rate of nothing: the same work, and the weights stay.
    optimizer = Adam(0.0)
    times = interleave(
        {
            "encoder": by_batch(encoder_passes(parts), gold, batch_size),
            "passes": by_batch(lambda batch: learn(parts, batch), gold, batch_size),
            "step": by_batch(lambda batch: learn(parts, batch, optimizer), gold, batch_size),
        },
        docs=len(gold),
        rounds=rounds,
        device=device,
        cpu_time=cpu_time,
    )
    titles = {
        "encoder": "encoder's forward and backward pass",
        "passes": "all forward and backward passes",
        "step": "the same, with the optimizer",
    }
    msg.table(
        [(title, times.spread(k), times.ratio(k, "encoder")) for k, title in titles.items()],
        header=("", "ms per document", "ratio to the encoder"),
        divider=True,
        aligns=("l", "r", "r"),
    )
    msg.info(f"Batches of {batch_size}; peak memory {peak_memory():.0f} MB")


def learn(parts: Parts, docs: List[Doc], optimizer: Optional[Optimizer] = None) -> None:
    """Pass forward and back through encoder and relation extractor, and step if there is an
    optimizer."""
    examples = [Example(doc.copy(), doc) for doc in docs]
    pipes = [pipe for pipe in (parts.shared, parts.docre) if pipe is not None]
    for pipe in pipes:
        pipe.update(examples, drop=0.1)
    if optimizer is not None:
        for pipe in pipes:
            pipe.finish_update(optimizer)
        optimizer.step_schedules()


def encoder_passes(parts: Parts) -> Callable[[List[Doc]], None]:
    """RETURNS (Callable): Passes forward and back through the encoder and the pooling of its
    wordpieces, with a gradient of ones."""

    def run(docs: List[Doc]) -> None:
        examples = [Example(doc.copy(), doc) for doc in docs]
        if parts.shared is not None:
            parts.shared.update(examples)
        vectors, backprop = parts.tok2vec.begin_update([example.predicted for example in examples])
        backprop([vector * 0 + 1 for vector in vectors])

    return run


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(context_settings=ALLOW_OVERRIDES)(main)
    app()
