"""How much longer does `docre-extract` take, from raw texts to JSONL, than `nlp.pipe` alone?"""

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Callable, Dict

import spacy
import typer
from options import BatchSize, CpuTime, Rounds, Threads
from settings import prepare
from timing import MILLISECONDS, interleave, peak_memory
from typer import Option
from wasabi import msg

from spacy_docre.extract.inputs import Keys, read_items
from spacy_docre.extract.run import Options, extract

HEADER = ("", "ms per document", "documents a second", "peak MB so far", "of a worker")


def main(
    pipeline: Annotated[str, Option(help="Saved pipeline")],
    texts: Annotated[Path, Option(help="Texts, as docre-extract takes them")],
    limit: Annotated[int, Option(help="Number of documents", min=1)] = 500,
    n_process: Annotated[int, Option(help="Number of processes")] = 1,
    batch_size: BatchSize = 32,
    rounds: Rounds = 5,
    threads: Threads = 1,
    cpu_time: CpuTime = False,
) -> None:
    """Compare the two on the same texts, without the time to load the pipeline."""
    device = prepare(0, -1, threads)
    nlp = spacy.load(pipeline)
    items = islice(read_items(str(texts), nlp.vocab, Keys()), limit)
    given = [item.text for item in items if item.error is None]

    def annotate() -> None:
        for _ in nlp.pipe(given, batch_size=batch_size, n_process=n_process):
            pass

    with TemporaryDirectory() as folder:
        output = Path(folder) / "relations.jsonl"
        options = Options(limit=limit, batch_size=batch_size, n_process=n_process, overwrite=True)

        def write() -> None:
            extract(pipeline, str(texts), output, options, nlp=nlp)

        actions: Dict[str, Callable[[], object]] = {"nlp.pipe": annotate, "docre-extract": write}
        memory = {}
        for name, action in actions.items():
            action()
            memory[name] = (f"{peak_memory():.0f}", f"{peak_memory(children=True):.0f}")
        times = interleave(
            actions,
            docs=len(given),
            rounds=rounds,
            device=device,
            cpu_time=cpu_time,
            warm_up=False,
        )
    rows = [
        (name, times.spread(name), f"{MILLISECONDS / times.median(name):.0f}", *memory[name])
        for name in actions
    ]
    msg.table(rows, header=HEADER, divider=True, aligns=("l", *"rrrr"))
    msg.info(f"docre-extract over nlp.pipe: {times.ratio('docre-extract', 'nlp.pipe')}")
    msg.info(f"{len(given)} documents, {n_process} processes")


if __name__ == "__main__":
    typer.run(main)
