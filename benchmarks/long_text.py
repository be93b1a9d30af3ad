"""How do the time and the memory that one raw text needs grow with its length?"""

import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Annotated

import spacy
import typer
from options import Threads
from settings import prepare
from timing import peak_memory
from typer import Option
from wasabi import msg

HEADER = ("words", "entities", "relations", "processor seconds", "seconds", "MB beyond the model")


def main(
    pipeline: Annotated[Path, Option(help="Saved pipeline")],
    texts: Annotated[Path, Option(help="JSONL with the key text; repeated as needed")],
    words: Annotated[str, Option(help="Lengths to try")] = "10000,30000,100000",
    threads: Threads = 1,
    alone: Annotated[bool, Option("--alone", hidden=True)] = False,
) -> None:
    """Join texts to a long one, and extract from it, each length in a process of its own."""
    if alone:
        _measure(pipeline, texts, int(words), threads)
        return
    prepare(0, -1, threads)
    msg.table([HEADER], divider=False)
    for length in words.split(","):
        options = ["--pipeline", str(pipeline), "--texts", str(texts), "--words", length]
        command = [sys.executable, __file__, *options, "--threads", str(threads), "--alone"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
        msg.table([json.loads(done.stdout.splitlines()[-1])], divider=False)


def _measure(pipeline: Path, texts: Path, words: int, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    nlp = spacy.load(pipeline)
    nlp.max_length = 10**9
    lines = [json.loads(line)["text"] for line in texts.open(encoding="utf8")]
    nlp(lines[0])
    parts, count = [], 0
    while count < words:
        parts.append(lines[len(parts) % len(lines)])
        count += len(parts[-1].split())
    before, start, processor = peak_memory(), time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is longer than those of training
        doc = nlp("\n\n".join(parts))
    seconds = time.process_time() - processor, time.perf_counter() - start
    component = nlp.get_pipe("docre")
    entities = len(component.entity_doc(doc).entities)
    row = (count, entities, len(doc._.relations), *(f"{s:.1f}" for s in seconds))
    print(json.dumps([*row, f"{peak_memory() - before:.0f}"]))


if __name__ == "__main__":
    typer.run(main)
