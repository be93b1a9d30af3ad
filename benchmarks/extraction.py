"""How much longer does a whole extraction take than the encoder's forward pass alone?"""

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
from pipelines import by_batch, load
from settings import prepare
from spacy.cli._util import parse_config_overrides
from timing import interleave, peak_memory
from wasabi import msg


def main(
    ctx: typer.Context,
    pipeline: Pipeline = None,
    config: Config = None,
    docs: Docs = None,
    limit: Limit = 48,
    tokens: Tokens = 200,
    entities: Entities = 20,
    batch_size: BatchSize = 16,
    rounds: Rounds = 7,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    threads: Threads = 0,
    cpu_time: CpuTime = False,
) -> None:
    """Compare a whole extraction with the encoder's forward pass on the same batches."""
    device = prepare(seed, gpu_id, threads)
    parts = load(pipeline, config, parse_config_overrides(ctx.args), seed)
    if docs is not None:
        batch = documents.read(docs, parts.nlp, limit)
    else:
        batch = documents.make(
            parts.nlp,
            docs=limit,
            tokens=tokens,
            entities=entities,
            types=parts.entity_types,
            seed=seed,
        )
    encode = by_batch(parts.encode, batch, batch_size)
    extract = by_batch(parts.extract, batch, batch_size)
    encode()
    memory = {"encoder": peak_memory()}
    triples = sum(extract())
    memory["extraction"] = peak_memory()
    times = interleave(
        {
            "encoder": encode,
            "extraction": extract,
            "entities": by_batch(parts.find_entities, batch, batch_size),
        },
        docs=len(batch),
        rounds=rounds,
        device=device,
        cpu_time=cpu_time,
    )
    mean_tokens = sum(map(len, batch)) / len(batch)
    mean_entities = parts.find_entities(batch) / len(batch)
    msg.info(
        f"{len(batch)} documents, on average {mean_tokens:.0f} tokens, {mean_entities:.1f} "
        f"entities, {triples / len(batch):.1f} triples"
    )
    names = {
        "encoder": "encoder's forward pass",
        "extraction": "whole extraction",
        "entities": "of that, finding entities",
    }
    msg.table(
        [
            (
                title,
                times.spread(name),
                f"{1000 / times.median(name):.1f}",
                times.ratio(name, "encoder"),
                f"{memory[name]:.0f}" if name in memory else "",
            )
            for name, title in names.items()
        ],
        header=("", "ms per document", "docs/s", "ratio to the encoder", "peak MB so far"),
        divider=True,
        aligns=("l", "r", "r", "r", "r"),
    )


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(context_settings=ALLOW_OVERRIDES)(main)
    app()
