"""Compare variants of DORE with the same budget for each, over several seeds: what the order of
statements, negatives, grounded symbols and generation itself are worth. The table of the paper's
ablation, on fictional documents or on a corpus."""

import random
import shlex
import sys
import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Dict, Iterator, List, Optional

import spacy
import typer
from ablation_results import Results, Run, make_table
from ablation_table import save_table
from ablation_variants import VARIANTS, Setting, Variant
from spacy.cli._util import parse_config_overrides
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.util import fix_random_seed, registry
from thinc.api import Config
from tqdm import tqdm
from wasabi import Printer, msg

from spacy_docre.tables import Table, print_tables


@cache
def documents(corpora: str, part: str) -> List[Example]:
    """The examples of the part "train" or "dev", which are the same for all variants."""
    corpus = Config().from_str(corpora)["corpora"][part]
    return list(registry.resolve({part: corpus})[part](spacy.blank("en")))


def examples(config: Config, part: str) -> List[Example]:
    """Fresh copies of the examples."""
    corpora = Config({"corpora": config["corpora"]}).to_str()
    return [Example(each.predicted.copy(), each.reference) for each in documents(corpora, part)]


def batches(config: Config, batcher: Any) -> Iterator[List[Example]]:
    """Batches of training documents, of one pass after the other, for all steps."""
    train = examples(config, "train")
    steps = 0
    while True:
        random.shuffle(train)
        for batch in batcher(train):
            if steps == config["training"]["max_steps"]:
                return
            steps += 1
            yield [Example(each.predicted.copy(), each.reference) for each in batch]


def run(
    key: str, variant: Variant, setting: Setting, seed: int, save: Optional[Path] = None
) -> Run:
    """Train one variant and score it on held-out documents.

    key (str): The key of the variant.
    variant (Variant): The variant.
    setting (Setting): What all variants have in common.
    seed (int): The seed of weights, batches and negatives. The documents stay the same.
    save (Optional[Path]): A folder for the trained pipeline, named by key and seed.
    RETURNS (Run): What came of it.
    """
    fix_random_seed(seed)
    nlp = init_nlp(setting.config_of(variant, seed).interpolate())
    # With defaults that readers need.
    config = nlp.config.interpolate()
    settings = registry.resolve({k: config["training"][k] for k in ("optimizer", "batcher")})
    start, cpu_start = time.perf_counter(), time.process_time()
    total = config["training"]["max_steps"]
    with tqdm(total=total, desc=f"{key}, seed {seed}", leave=False) as bar:
        for batch in batches(config, settings["batcher"]):
            losses = nlp.update(batch, sgd=settings["optimizer"])
            settings["optimizer"].step_schedules()
            bar.set_postfix(loss=f"{losses['docre']:.3f}")
            bar.update()
    end, cpu_end = time.perf_counter(), time.process_time()
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        nlp.to_disk(save / f"{key}-{seed}")
    scores = nlp.evaluate(examples(config, "dev"), batch_size=config["nlp"]["batch_size"])
    return Run(
        variant=key,
        seed=seed,
        fingerprint=setting.fingerprint(variant),
        steps=total,
        precision=scores["docre_micro_p"] or 0.0,
        recall=scores["docre_micro_r"] or 0.0,
        f1=scores["docre_micro_f"] or 0.0,
        seconds=end - start,
        cpu_seconds=cpu_end - cpu_start,
        scoring_seconds=time.perf_counter() - end,
    )


def choose(only: Optional[List[str]], backbone: Optional[str]) -> Dict[str, Variant]:
    """RETURNS (Dict[str, Variant]): The variants to train."""
    unknown = sorted({*(only or ())} - {*VARIANTS})
    if unknown:
        msg.fail(f"There are no variants {unknown}", f"Choose from {', '.join(VARIANTS)}.", exits=1)
    chosen = {
        key: variant
        for key, variant in VARIANTS.items()
        if (key in only if only else not variant.explains)
    }
    without = [key for key, variant in chosen.items() if variant.config and not backbone]
    if without:
        msg.warn(f"Left out, since they need a --backbone: {', '.join(without)}")
    return {key: variant for key, variant in chosen.items() if key not in without}


def ablation(
    config: Annotated[str, typer.Option(help="A config of the folder configs")] = "fictional",
    corpus: Annotated[str, typer.Option(help="A corpus whose description changes it")] = "",
    train: Annotated[Optional[Path], typer.Option(help="Training documents (.spacy)")] = None,
    dev: Annotated[Optional[Path], typer.Option(help="Documents to score on (.spacy)")] = None,
    schema: Annotated[Optional[Path], typer.Option(help="The schema (.json)")] = None,
    encoder: Annotated[Optional[str], typer.Option(help="The pretrained encoder")] = None,
    backbone: Annotated[
        Optional[str], typer.Option(help="A pretrained T5, for lexical and symbolic generation")
    ] = None,
    steps: Annotated[Optional[int], typer.Option(help="Training steps")] = None,
    seeds: Annotated[int, typer.Option(help="Number of seeds")] = 3,
    only: Annotated[Optional[List[str]], typer.Option(help="Only this variant; repeatable")] = None,
    override: Annotated[
        Optional[List[str]], typer.Option(help="A further setting, as NAME=VALUE; repeatable")
    ] = None,
    results: Annotated[
        Optional[Path], typer.Option(help="A JSON file that keeps results; what it has is not done")
    ] = None,
    output: Annotated[Optional[Path], typer.Option(help="A Markdown file for the table")] = None,
    save: Annotated[
        Optional[Path], typer.Option(help="A folder for the trained pipelines, as KEY-SEED")
    ] = None,
    gpu: Annotated[int, typer.Option(help="The number of a GPU, or -1")] = -1,
) -> None:
    """Train every variant with every seed and print a table, again after each run."""
    if gpu >= 0:
        spacy.require_gpu(gpu)
    paths = {"train": train, "dev": dev, "schema": schema, "encoder": encoder, "backbone": backbone}
    given = {name: str(path) for name, path in paths.items() if path}
    overrides = parse_config_overrides([f"--{each}" for each in override or ()], env_var=None)
    setting = Setting(config, corpus, given, steps, overrides)
    chosen, kept = choose(only, backbone), Results(results)
    unused = setting.unused(chosen.values())
    if unused:
        msg.fail(f"No chosen variant has the settings {unused}", "See docs/config.md.", exits=1)
    prints = {key: setting.fingerprint(variant) for key, variant in chosen.items()}
    command = f"`python {shlex.join(sys.argv)}`"
    for seed in range(seeds):
        # A whole table with one seed first.
        for key, variant in chosen.items():
            if kept.find(key, seed, prints[key]) is None:
                kept.add(run(key, variant, setting, seed, save))
                last = kept.runs[-1]
                took = f"{last.seconds / 60:.1f} min for {last.steps} steps"
                took += f" and {last.scoring_seconds / 60:.1f} min for the held-out documents"
                msg.good(f"{variant.name}, seed {seed}: F1 {100 * last.f1:.1f} ({took})")
            save_table(table_of(chosen, kept, prints, seeds, command), output)
    print_tables([table_of(chosen, kept, prints, seeds, command)], Printer())


def table_of(
    chosen: Dict[str, Variant], kept: Results, prints: Dict[str, str], seeds: int, command: str
) -> Table:
    """RETURNS (Table): What is known of the chosen variants with these settings."""
    found = [kept.find(key, seed, prints[key]) for key in chosen for seed in range(seeds)]
    runs = [each for each in found if each is not None]
    steps = ", ".join(str(number) for number in sorted({each.steps for each in runs}))
    return make_table(chosen, runs, "Ablation", f"{steps} training steps for each, with {command}.")


if __name__ == "__main__":
    typer.run(ablation)
