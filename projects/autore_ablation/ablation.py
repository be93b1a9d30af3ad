"""Compare AutoRE's four paradigms, and variants of RHF, with one budget for each: what stages,
adapters of their own, descriptions and negatives are worth. The table of the paper (arXiv
2403.14888), in small."""

import math
import random
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import spacy
import typer
from spacy.language import Language
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.util import fix_random_seed, load_config, registry
from thinc.api import Config
from tqdm import tqdm
from wasabi import msg

from spacy_docre.models.llm.stage_scores import score_chain
from spacy_docre.tables import Table, print_tables, to_markdown

FOLDER = Path(__file__).parent
MODEL = "components.docre.model"
CHAIN = f"{MODEL}.chain"
HEADER = ("Variant", "steps", "stages, given what is right (F1)", "P", "R", "F1", "F1 of strings")
# How much of the budget the learning rate takes to rise.
WARMUP = 0.05

VARIANTS: Dict[str, Dict[str, Any]] = {
    "RHF: three adapters, descriptions, negatives": {},
    # Thresholds are 0.5 for each stage.
    "D-R-F": {"paradigm": "drf", "components.docre.threshold": 0.25},
    "D-RS-F": {"paradigm": "drsf", "components.docre.threshold": 0.25},
    "D-F": {"paradigm": "df", "components.docre.threshold": 0.5},
    "RHF, one adapter of three times the rank": {
        f"{MODEL}.adapters.shared": True,
        f"{MODEL}.adapters.rank": 48,
        f"{MODEL}.adapters.alpha": 96,
    },
    "RHF without descriptions": {f"{MODEL}.prompts.described": False},
    "RHF without negatives": {
        f"{CHAIN}.{stage}.negatives": 0.0 for stage in ("relations", "heads", "facts")
    },
    "RHF, not trained": {"training.max_steps": 0},
}


def read(config: Any, part: str) -> List[Example]:
    """RETURNS (List[Example]): The examples of the part "train" or "dev"."""
    return list(registry.resolve({part: config["corpora"][part]})[part](spacy.blank("en")))


def train(nlp: Language, config: Any, minutes: float) -> int:
    """Train until steps or time are used up, with a learning rate that falls like a cosine.

    nlp (Language): The pipeline.
    config (Any): The config, whose `max_steps` holds.
    minutes (float): The processor time to spend; 0 for any.
    RETURNS (int): The number of steps.
    """
    settings = registry.resolve({k: config["training"][k] for k in ("optimizer", "batcher")})
    optimizer, steps = settings["optimizer"], config["training"]["max_steps"]
    rate = config["training"]["optimizer"]["learn_rate"]["initial_rate"]
    examples = read(config, "train")
    start, step, spent = time.process_time(), 0, 0.0
    with tqdm(total=steps, disable=not steps) as bar:
        while spent < 1:
            random.shuffle(examples)
            for batch in settings["batcher"](examples):
                used = time.process_time() - start
                # Whichever budget is used up first.
                spent = max(step / steps if steps else 1, used / (60 * minutes) if minutes else 0)
                if spent >= 1:
                    break
                falling = (1 + math.cos(math.pi * spent)) / 2
                optimizer.learn_rate = rate * min(1.0, (spent + 1e-3) / WARMUP) * falling
                copies = [Example(each.predicted.copy(), each.reference) for each in batch]
                losses = nlp.update(copies, sgd=optimizer)
                step += 1
                bar.set_postfix(loss=f"{losses['docre']:.3f}", seconds=f"{used / step:.1f}/step")
                bar.update()
    return step


def evaluate(nlp: Language, config: Any) -> Tuple[str, ...]:
    """RETURNS (Tuple[str, ...]): The scores on held-out documents, as cells of the table."""
    pipe: Any = nlp.get_pipe("docre")
    scores = score_chain(pipe, read(config, "dev"))
    stages = ", ".join(f"{e.name} {100 * e.given_gold.fscore:.1f}" for e in scores.stages)
    last = scores.stages[-1].in_chain
    strings = scores.strings["docre_string_f"] or 0.0
    shares = (last.precision, last.recall, last.fscore, strings)
    return (stages, *(f"{100 * share:.1f}" for share in shares))


def with_training(chain: Dict[str, Any]) -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): A chain that is trained as that of the config: with few questions,
    and few empty answers, of each stage but the first."""
    few = {"questions": 4, "negatives": 0.25}
    stages = {name: {**each, **(few if each["given"] else {})} for name, each in chain["*"].items()}
    return {**chain, "*": stages}


def run(overrides: Dict[str, Any], minutes: float, save: Optional[Path]) -> Tuple[str, ...]:
    """Train and score one variant.

    overrides (Dict[str, Any]): What differs from the config.
    minutes (float): The processor time to spend on training; 0 for any.
    save (Optional[Path]): Where to save the pipeline.
    RETURNS (Tuple[str, ...]): The cells of the table.
    """
    values = {name: value for name, value in overrides.items() if name != "paradigm"}
    config = load_config(FOLDER / "config.cfg", overrides=values, interpolate=True)
    if "paradigm" in overrides:
        chain = Config().from_disk(FOLDER / "paradigms.cfg")[overrides["paradigm"]]
        config["components"]["docre"]["model"]["chain"] = with_training(chain)
    fix_random_seed(config["system"]["seed"])
    nlp = init_nlp(config)
    steps = train(nlp, config, minutes)
    if save is not None:
        save.parent.mkdir(parents=True, exist_ok=True)
        nlp.to_disk(save)
    return (f"{steps}", *evaluate(nlp, config))


def ablation(
    train: Path = typer.Argument(..., help="Training documents (.spacy)"),
    dev: Path = typer.Argument(..., help="Documents to score on (.spacy)"),
    base: str = typer.Option("HuggingFaceTB/SmolLM2-135M-Instruct", help="Base model"),
    dtype: str = typer.Option("float32", help="What the base computes in"),
    minutes: float = typer.Option(0.0, help="Processor time of training for each variant"),
    steps: int = typer.Option(100, help="The largest number of steps"),
    max_tokens: int = typer.Option(150, help="Length of documents"),
    relations: int = typer.Option(10, help="Number of relations, the most frequent ones"),
    documents: int = typer.Option(200, help="Number of training documents"),
    dev_documents: int = typer.Option(30, help="Number of documents to score on"),
    seed: int = typer.Option(0, help="Seed of adapters, batches and negatives"),
    only: Optional[str] = typer.Option(None, help="Only variants whose name contains this"),
    save: Optional[Path] = typer.Option(None, help="A folder for the trained pipelines"),
    output: Optional[Path] = typer.Option(None, help="A Markdown file for the table"),
) -> None:
    """Train every variant with the same budget and print a table."""
    common: Dict[str, Any] = {
        "paths.train": str(train),
        "paths.dev": str(dev),
        "paths.base": base,
        f"{MODEL}.base.dtype": dtype,
        "system.seed": seed,
        "training.max_steps": steps,
    }
    for part, limit in (("train", documents), ("dev", dev_documents)):
        common[f"corpora.{part}.max_tokens"] = max_tokens
        common[f"corpora.{part}.frequent"] = relations
        common[f"corpora.{part}.limit"] = limit
    rows: List[Tuple[str, ...]] = []
    table = Table("AutoRE ablation", HEADER, rows)
    for name, changes in VARIANTS.items():
        if only is not None and only not in name:
            continue
        msg.divider(name)
        folder = None if save is None else save / "".join(c if c.isalnum() else "_" for c in name)
        cells = run({**common, **changes}, minutes, folder)
        rows.append((name, *cells))
        msg.good(" | ".join(rows[-1]))
        # Done after each run, since the next one may take an hour.
        if output is not None:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(to_markdown([table]), encoding="utf8")
    print_tables([table], msg)


if __name__ == "__main__":
    typer.run(ablation)
