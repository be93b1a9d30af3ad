"""How much longer does a whole extraction take than the encoder's forward pass alone?"""

from pathlib import Path
from typing import Optional

import typer
from spacy.cli._util import parse_config_overrides
from wasabi import msg

import documents
from pipelines import ALLOW_OVERRIDES, by_batch, load
from settings import prepare
from timing import interleave, peak_memory


def main(
    # fmt: off
    ctx: typer.Context,
    pipeline: Optional[Path] = typer.Option(None, help="Saved pipeline"),
    config: Optional[Path] = typer.Option(None, help="Else, config of an untrained one"),
    docs: Optional[Path] = typer.Option(None, help="Documents (.spacy); else, random ones"),
    limit: int = typer.Option(48, help="Number of documents"),
    tokens: int = typer.Option(200, help="Length of random documents"),
    entities: int = typer.Option(20, help="Entities of random documents"),
    batch_size: int = typer.Option(16, help="Documents of a batch"),
    rounds: int = typer.Option(7, help="How often to time each thing"),
    seed: int = typer.Option(0),
    gpu_id: int = typer.Option(-1, help="GPU, or -1 for the CPU"),
    threads: int = typer.Option(0, help="Threads of torch; 0 leaves the default"),
    # fmt: on
) -> None:
    """Compare a whole extraction with the encoder's forward pass on the same batches. Any
    other option overrides the config."""
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
