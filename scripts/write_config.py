"""Write the config that a corpus is trained with: one of the folder configs, with what the
description of the corpus says of it, and with what one of two training stages needs."""

from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer
from corpora import Corpus, read_corpus
from spacy.util import load_config
from thinc.api import Config
from wasabi import msg

CONFIGS = Path("configs")
# How often a training is evaluated at least.
EVALUATIONS = 4
# The variables that name a pretrained model, of which a config has one at most.
ENCODERS = ("encoder", "backbone")


def write_config(
    config: Annotated[str, typer.Argument(help="A config of the folder configs, without .cfg")],
    name: Annotated[str, typer.Argument(help="The name of the corpus")],
    output: Annotated[Path, typer.Argument(help="The config to write")],
    encoder: Annotated[
        Optional[str], typer.Option(help="The pretrained model, if the config has one")
    ] = None,
    stream: Annotated[
        Optional[Path],
        typer.Option(help="Training documents in the format of the corpus, to be streamed"),
    ] = None,
    start_from: Annotated[
        Optional[Path], typer.Option(help="A trained pipeline whose weights to start from")
    ] = None,
    steps: Annotated[
        int, typer.Option(help="Training steps, which the schedule follows; 0 for the config's own")
    ] = 0,
    corpus_schema: Annotated[
        bool,
        typer.Option(help="Take the schema, and the facts known to scorers, from the corpus"),
    ] = False,
) -> None:
    """Combine a config with the description of a corpus."""
    path = CONFIGS / f"{config}.cfg"
    if not path.is_file():
        msg.fail(f"There is no config {path}.", exits=1)
    corpus = read_corpus(name)
    combined = combine(load_config(path), corpus.config)
    for variable in ENCODERS:
        if encoder is not None and variable in combined["paths"]:
            combined["paths"][variable] = encoder
    if steps:
        train_for(combined, steps)
    if stream is not None:
        stream_from(combined, corpus, stream)
    if start_from is not None:
        start_with(combined, start_from)
    if corpus_schema or stream is not None or start_from is not None:
        fix_schema(combined)
    scorer = combined["components"]["docre"].get("scorer", {})
    if corpus_schema and "train_facts" in scorer:
        scorer["train_facts"] = f"corpus/{name}/train.spacy"
    output.parent.mkdir(parents=True, exist_ok=True)
    combined.to_disk(output)
    msg.good(f"Wrote {output}")


def combine(config: Config, changes: Dict[str, Any]) -> Config:
    """Change a config.

    config (Config): The config.
    changes (Dict[str, Any]): Settings, or blocks in place of those there, by dotted names. What
        belongs to a component, or to another block, that the config does not have is left out.
    RETURNS (Config): The changed config.
    """
    changed = config.copy()
    for name, value in changes.items():
        *blocks, last = name.split(".")
        block = changed
        for part in blocks:
            block = block.get(part, {})
        if last in block:
            block[last] = value
    return changed


def train_for(config: Config, steps: int) -> None:
    """Train for a number of steps, whatever the number of passes, over which the learning rate
    rises for as large a part as before, and falls.

    config (Config): The config to change.
    steps (int): The number of steps.
    """
    training, schedule = config["training"], config["training"]["optimizer"]["learn_rate"]
    training["max_epochs"], training["max_steps"] = 0, steps
    if isinstance(training["eval_frequency"], int):
        training["eval_frequency"] = min(training["eval_frequency"], max(1, steps // EVALUATIONS))
    if isinstance(schedule, dict) and isinstance(schedule.get("total_steps"), int):
        training["optimizer"]["learn_rate"] = {
            "@schedules": "spacy_docre.WarmupLinear.v1",
            "initial_rate": schedule["initial_rate"],
            "warmup": schedule["warmup_steps"] / schedule["total_steps"],
            "total_steps": "${training.max_steps}",
        }


def stream_from(config: Config, corpus: Corpus, path: Path) -> None:
    """Train on a file that need not fit into memory: it is read document by document, and from
    the beginning again at its end, until `max_steps`.

    config (Config): The config to change.
    corpus (Corpus): The corpus in whose format the file is.
    path (Path): The file.
    """
    config["corpora"]["train"] = {
        "@readers": "spacy_docre.Corpus.v1",
        "path": str(path),
        "format": corpus.format,
        "settings": corpus.settings,
    }
    config["training"]["max_epochs"] = -1


def start_with(config: Config, path: Path) -> None:
    """Start from the weights of a trained pipeline, before anything else that the config does
    when it is initialized.

    config (Config): The config to change.
    path (Path): The pipeline.
    """
    start: Dict[str, Any] = {"@callbacks": "spacy_docre.StartFrom.v1", "path": str(path)}
    further = config["initialize"].get("after_init")
    if further:
        both = {"start": start, "further": further}
        start = {"@callbacks": "spacy_docre.Callbacks.v1", "*": both}
    config["initialize"]["after_init"] = start


def fix_schema(config: Config) -> None:
    """Take the schema from the file of the corpus: both stages need the same, a stream shows only
    its first documents when a pipeline is initialized, and a teacher may not find all relations.

    config (Config): The config to change.
    """
    config["paths"].setdefault("schema", None)
    docre = config["initialize"].setdefault("components", {}).setdefault("docre", {})
    docre["labels"] = {"@readers": "spacy.read_labels.v1", "path": "${paths.schema}"}


if __name__ == "__main__":
    typer.run(write_config)
