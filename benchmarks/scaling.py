"""How does the time grow with the number of entities, and with the length of the text?"""

import math
from pathlib import Path
from typing import List, Optional

import typer
from spacy.cli._util import parse_config_overrides
from wasabi import msg

import documents
from pipelines import ALLOW_OVERRIDES, Parts, load
from settings import prepare
from timing import interleave, peak_memory

HEADER = (
    "ms per document:",
    "encoder",
    "extraction",
    "ratio",
    "beyond the encoder",
    "extraction grows",
    "the rest grows",
    "peak MB so far",
)


def main(
    # fmt: off
    ctx: typer.Context,
    pipeline: Optional[Path] = typer.Option(None, help="Saved pipeline"),
    config: Optional[Path] = typer.Option(None, help="Else, config of an untrained one"),
    entities: List[int] = typer.Option([10, 20, 40, 80], help="Numbers of entities to try"),
    at_tokens: int = typer.Option(512, help="Length of the text meanwhile"),
    tokens: List[int] = typer.Option([128, 256, 512, 1024, 2048], help="Lengths to try"),
    at_entities: int = typer.Option(20, help="Number of entities meanwhile"),
    docs: int = typer.Option(8, help="Number of documents, all in one batch"),
    rounds: int = typer.Option(5, help="How often to time each thing"),
    seed: int = typer.Option(0),
    gpu_id: int = typer.Option(-1, help="GPU, or -1 for the CPU"),
    threads: int = typer.Option(0, help="Threads of torch; 0 leaves the default"),
    # fmt: on
) -> None:
    """Time random documents of different sizes. Any other option overrides the config."""
    device = prepare(seed, gpu_id, threads)
    parts = load(pipeline, config, parse_config_overrides(ctx.args), seed)

    def measure(sizes: List[int], by_entities: bool) -> None:
        rows = []
        before = (0, 0.0, 0.0)
        for size in sizes:
            length, count = (at_tokens, size) if by_entities else (size, at_entities)
            batch = documents.make(
                parts.nlp,
                docs=docs,
                tokens=length,
                entities=count,
                types=parts.entity_types,
                seed=seed,
            )
            times = interleave(
                {"encoder": lambda: parts.encode(batch), "all": lambda: parts.extract(batch)},
                docs=docs,
                rounds=rounds,
                device=device,
            )
            whole = times.median("all")
            rest = whole - times.median("encoder")
            rows.append(
                (
                    f"{size} {'entities' if by_entities else 'tokens'}",
                    times.spread("encoder"),
                    times.spread("all"),
                    times.ratio("all", "encoder"),
                    f"{rest:.1f}",
                    _growth(before[0], size, before[1], whole),
                    _growth(before[0], size, before[2], rest),
                    f"{peak_memory():.0f}",
                )
            )
            before = (size, whole, rest)
        msg.table(rows, header=HEADER, divider=True, aligns=("l", *"rrrrrrr"))

    msg.divider(f"Entities, in {at_tokens} tokens")
    measure(entities, by_entities=True)
    msg.divider(f"Length, with {at_entities} entities")
    measure(tokens, by_entities=False)
    msg.info("n^1 is linear growth from one line to the next, n^2 quadratic.")


def _growth(size: int, larger: int, time: float, longer: float) -> str:
    """RETURNS (str): The exponent of the size with which time grew."""
    if not size or size == larger or min(time, longer) <= 0:
        return ""
    return f"n^{math.log(longer / time) / math.log(larger / size):.1f}"


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(context_settings=ALLOW_OVERRIDES)(main)
    app()
