"""How does the time grow with the number of entities, and with the length of the text?"""

import math
from typing import Annotated, List, Tuple

import documents
import typer
from options import (
    ALLOW_OVERRIDES,
    Config,
    CpuTime,
    GpuId,
    Pipeline,
    Rounds,
    Seed,
    Threads,
)
from pipelines import load
from settings import prepare
from spacy.cli._util import parse_config_overrides
from timing import Times, interleave, peak_memory
from typer import Option
from wasabi import msg

HEADER = (
    "",
    "triples",
    "encoder",
    "extraction",
    "ratio",
    "beyond the encoder",
    "extraction grows",
    "the rest grows",
    "peak MB so far",
)


def main(
    ctx: typer.Context,
    pipeline: Pipeline = None,
    config: Config = None,
    entities: Annotated[str, Option(help="Numbers of entities to try, if any")] = "10,20,40,80",
    at_tokens: Annotated[int, Option(help="Length of the text meanwhile")] = 512,
    tokens: Annotated[str, Option(help="Lengths to try, if any")] = "128,256,512,1024,2048",
    at_entities: Annotated[int, Option(help="Number of entities meanwhile")] = 20,
    docs: Annotated[int, Option(help="Number of documents, all in one batch")] = 8,
    rounds: Rounds = 5,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    threads: Threads = 0,
    cpu_time: CpuTime = False,
) -> None:
    """Time random documents of different sizes."""
    device = prepare(seed, gpu_id, threads)
    parts = load(pipeline, config, parse_config_overrides(ctx.args), seed)

    def measure(length: int, count: int) -> "tuple[Times, int]":
        batch = documents.make(
            parts.nlp, docs=docs, tokens=length, entities=count, types=parts.entity_types, seed=seed
        )
        triples = parts.extract(batch) // docs
        times = interleave(
            {"encoder": lambda: parts.encode(batch), "all": lambda: parts.extract(batch)},
            docs=docs,
            rounds=rounds,
            device=device,
            cpu_time=cpu_time,
        )
        return times, triples

    def show(unit: str, sizes: List[int], shapes: List[Tuple[int, int]]) -> None:
        rows = []
        before = (0, 0.0, 0.0)
        for size, (length, count) in zip(sizes, shapes, strict=True):
            times, triples = measure(length, count)
            whole = times.median("all")
            rest = whole - times.median("encoder")
            rows.append(
                (
                    f"{size} {unit}",
                    triples,
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
        msg.table(rows, header=HEADER, divider=True, aligns=("l", *"rrrrrrrr"))

    numbers, lengths = _sizes(entities), _sizes(tokens)
    if numbers:
        msg.divider(f"Entities, in {at_tokens} tokens")
        show("entities", numbers, [(at_tokens, number) for number in numbers])
    if lengths:
        msg.divider(f"Length, with {at_entities} entities")
        show("tokens", lengths, [(length, at_entities) for length in lengths])
    msg.info(
        "Milliseconds per document. n^1: it grows linearly from the line above, n^2: as its square."
    )


def _sizes(text: str) -> List[int]:
    return [int(size) for size in text.split(",") if size]


def _growth(size: int, larger: int, time: float, longer: float) -> str:
    """RETURNS (str): The exponent of the size with which time grew."""
    if not size or size == larger or min(time, longer) <= 0:
        return ""
    return f"n^{math.log(longer / time) / math.log(larger / size):.1f}"


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(context_settings=ALLOW_OVERRIDES)(main)
    app()
