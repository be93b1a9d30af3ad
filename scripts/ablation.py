"""Compare variants of DORE on fictional documents, over several seeds: what the order of
statements, negatives and grounded symbols are worth."""

import random
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Dict, List, Optional

import spacy
import typer
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.util import fix_random_seed, load_config, registry
from tqdm import tqdm

CONFIG = Path(__file__).parent.parent / "configs" / "ablation.cfg"
MODEL = "components.docre.model"


def variant(negatives: str, **settings: Any) -> Dict[str, Any]:
    """Overrides of the config."""
    chosen = {f"{MODEL}.{name}": value for name, value in settings.items()}
    return {f"{MODEL}.negatives.@misc": f"spacy_docre.{negatives}Negatives.v1", **chosen}


VARIANTS: Dict[str, Dict[str, Any]] = {
    "row-column order, no negatives": variant("No"),
    "random order, no negatives": variant("No", order="random"),
    "10% random negatives": variant("Random"),
    "diagonal negatives": variant("Diagonal"),
    "dynamic negatives": variant("Dynamic"),
    "all negatives": variant("All"),
    "all negatives, tails given": variant("All", tails="given"),
    "all negatives, tails given, static symbols": variant("All", tails="given", grounded=False),
}


@cache
def documents(part: str) -> List[Example]:
    """The examples of the part "train" or "dev", which are the same for all variants."""
    corpus = load_config(CONFIG, interpolate=True)["corpora"][part]
    return list(registry.resolve({part: corpus})[part](spacy.blank("en")))


def examples(part: str) -> List[Example]:
    """Fresh copies of the examples."""
    return [Example(each.predicted.copy(), each.reference) for each in documents(part)]


def run(overrides: Dict[str, Any], seed: int) -> float:
    """Train one variant and score it on held-out documents.

    overrides (Dict[str, Any]): What differs from the config.
    seed (int): The seed of weights, batches and negatives. The documents stay the same.
    RETURNS (float): F1 in percent.
    """
    config = load_config(CONFIG, overrides={**overrides, "system.seed": seed}, interpolate=True)
    fix_random_seed(seed)
    nlp = init_nlp(config)
    settings = registry.resolve({k: config["training"][k] for k in ("optimizer", "batcher")})
    train, dev = examples("train"), examples("dev")
    for _ in range(config["training"]["max_epochs"]):
        random.shuffle(train)
        for batch in settings["batcher"](train):
            nlp.update(batch, sgd=settings["optimizer"])
            settings["optimizer"].step_schedules()
    return 100 * nlp.evaluate(dev)["docre_micro_f"]


def ablation(
    seeds: int = typer.Option(3, help="Number of seeds"),
    only: Optional[str] = typer.Option(None, help="Only variants whose name contains this"),
    output: Optional[Path] = typer.Option(None, help="A Markdown file for the table"),
) -> None:
    """Train every variant with every seed and print a table."""
    chosen = {name: v for name, v in VARIANTS.items() if only is None or only in name}
    scores: Dict[str, List[float]] = {name: [] for name in chosen}
    for name, seed in tqdm([(name, seed) for name in chosen for seed in range(seeds)]):
        scores[name].append(run(chosen[name], seed))
        tqdm.write(f"{name}, seed {seed}: {scores[name][-1]:.1f}")
    lines = ["| Variant | F1, mean | spread (standard deviation) | seeds |", "|---|---|---|---|"]
    for name, values in scores.items():
        spread = stdev(values) if len(values) > 1 else 0.0
        each = ", ".join(f"{value:.1f}" for value in values)
        lines.append(f"| {name} | {mean(values):.1f} | {spread:.1f} | {each} |")
    table = "\n".join(lines)
    print(table)
    if output is not None:
        output.write_text(table + "\n", encoding="utf8")


if __name__ == "__main__":
    typer.run(ablation)
