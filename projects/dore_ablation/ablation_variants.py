"""The variants of DORE and its controls that `ablation.py` compares, and the configs they are
trained with."""

import hashlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

import negative_controls
from repository import HERE, ROOT, combine, read_corpus, train_for
from spacy.util import dot_to_dict, load_config, registry
from thinc.api import Config

# The project's own configs, and those of the repository.
CONFIGS = (HERE / "configs", ROOT / "configs")
# The parts of a model that a variant may lack options of.
PARTS = ("head", "encoder")


@dataclass(frozen=True)
class Variant:
    """What to train.

    part (str): What it shows the worth of.
    name (str): What it is called in the table.
    head (Dict[str, Any]): What differs in the head from the config of the ablation. With another
        head, settings that this one does not have are left out.
    config (str): The name of a config of its own, see `find_config`. It needs a pretrained
        sequence-to-sequence model.
    published (Optional[float]): F1 of its like in the paper: DocRED's development documents,
        T5-large, all training documents.
    explains (bool): Whether it is no row of the ablation, but explains one: it is trained only
        where it is asked for.
    """

    part: str
    name: str
    head: Dict[str, Any] = field(default_factory=dict)
    config: str = ""
    published: Optional[float] = None
    explains: bool = False


def negatives(name: str, package: str = "spacy_docre", **settings: Any) -> Dict[str, Any]:
    return {"negatives": {"@misc": f"{package}.{name}Negatives.v1", **settings}}


def head(name: str, **settings: Any) -> Dict[str, Any]:
    return {"@misc": f"spacy_docre.{name}.v1", **negatives("All"), **settings}


# What lexical generation writes as well: all triples in one sequence, as they were annotated.
WHOLE = {"mode": "matrix", "order": "annotation", "beam_width": 1, **negatives("No")}

VARIANTS: Dict[str, Variant] = {
    "lexical": Variant("Symbols", "lexical", config="lexical_t5_large", published=50.34),
    "symbolic": Variant(
        "Symbols", "symbolic", head=WHOLE, config="seq2seq/docred_t5_large", published=54.10
    ),
    "none": Variant("Order", "row-column order, no negatives", negatives("No"), published=55.12),
    "random-order": Variant(
        "Order",
        "random order, no negatives",
        {**negatives("No"), "order": "random"},
        published=53.39,
    ),
    "annotation-order": Variant(
        "Order",
        "annotation order, no negatives",
        {**negatives("No"), "order": "annotation"},
        published=54.10,
    ),
    "random-negatives": Variant(
        "Negatives",
        "10% random negatives",
        negatives("Sampled", share=0.1, limit=None),
        published=55.45,
    ),
    "diagonal": Variant("Negatives", "diagonal negatives", negatives("Diagonal"), published=58.81),
    "dynamic": Variant("Negatives", "dynamic negatives", negatives("Dynamic"), published=60.61),
    "all": Variant("Negatives", "all negatives", negatives("All")),
    "free-diagonal": Variant(
        "Negatives",
        "diagonal negatives, left to chance",
        negatives("FreeDiagonal", negative_controls.PACKAGE),
        explains=True,
    ),
    "fixed-random": Variant(
        "Negatives",
        "10% random negatives, the same at every pass",
        negatives("FixedRandom", negative_controls.PACKAGE),
        explains=True,
    ),
    "given": Variant("Grounding", "all negatives, tails given", head("GivenRows")),
    "static": Variant(
        "Grounding",
        "all negatives, tails given, static symbols",
        head("GivenRows", grounded=False),
    ),
    "classifier": Variant("Generation", "bilinear classifier", head("BilinearPairs")),
}


@dataclass(frozen=True)
class Setting:
    """What all variants have in common.

    config (str): The name of a config, see `find_config`.
    corpus (str): The name of a corpus, whose description may change the config.
    paths (Dict[str, str]): The variables of the config that name files and models.
    steps (Optional[int]): Training steps; those of the config if None.
    overrides (Dict[str, Any]): Further settings, by dotted names. Those that a
        head or an encoder does not have are left out.
    """

    config: str
    corpus: str = ""
    paths: Dict[str, str] = field(default_factory=dict)
    steps: Optional[int] = None
    overrides: Dict[str, Any] = field(default_factory=dict)

    def config_of(self, variant: Variant, seed: int) -> Config:
        """RETURNS (Config): The config of a variant, whose variables are not filled in."""
        config = load_config(find_config(self.config))
        if self.corpus:
            config = combine(config, read_corpus(self.corpus).config)
        if variant.config:
            config = self._own_config(variant, config)
        if self.steps is not None:
            config["training"]["max_steps"] = self.steps
        config["system"]["seed"] = seed
        config["paths"].update({n: p for n, p in self.paths.items() if n in config["paths"]})
        config = config.merge(dot_to_dict(self.overrides))
        model = config["components"]["docre"]["model"]
        for part in PARTS:
            changes = variant.head if part == "head" else {}
            block = {**model.pop(part, {}), **changes}
            if "@misc" in block:  # otherwise there is nothing but overrides for other variants
                model[part] = fitted(block)
        if config["paths"].get("schema"):
            labels = {"@readers": "spacy.read_labels.v1", "path": "${paths.schema}"}
            config["initialize"].setdefault("components", {})["docre"] = {"labels": labels}
        return config

    def unused(self, variants: Iterable[Variant]) -> List[str]:
        """RETURNS (List[str]): The overrides of heads and encoders that none of these variants
        has."""
        models = [self.config_of(each, 0)["components"]["docre"]["model"] for each in variants]
        blocks = {f"components.docre.model.{part}.": part for part in PARTS}
        return [
            name
            for name in self.overrides
            for block, part in blocks.items()
            if name.startswith(block)
            and not any(name[len(block) :].split(".")[0] in model.get(part, ()) for model in models)
        ]

    def fingerprint(self, variant: Variant) -> str:
        """RETURNS (str): What tells whether a result is one of these settings and data, wherever
        files lie."""
        config = self.config_of(variant, 0)
        paths = config.pop("paths")
        digest = hashlib.sha256(config.to_str(interpolate=False).encode("utf8"))
        for name, value in sorted(paths.items()):
            is_file = value is not None and Path(value).is_file()
            content = Path(value).read_bytes() if is_file else str(value).encode("utf8")
            digest.update(name.encode("utf8") + hashlib.sha256(content).digest())
        return digest.hexdigest()[:16]

    def _own_config(self, variant: Variant, common: Config) -> Config:
        """A config of a pretrained sequence-to-sequence model, with the common documents and
        budget."""
        config = load_config(find_config(variant.config))
        config["corpora"] = common["corpora"]
        config["paths"] = {**common["paths"], "backbone": config["paths"]["backbone"]}
        config["components"]["docre"].pop("scorer")
        train_for(config, self.steps or common["training"]["max_steps"])
        config["initialize"]["components"]["docre"] = {}
        return config


def find_config(name: str) -> Path:
    """RETURNS (Path): The config of the project, or else of the repository, with this name."""
    found = [folder / f"{name}.cfg" for folder in CONFIGS]
    return next((path for path in found if path.is_file()), found[0])


def fitted(block: Dict[str, Any]) -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): The settings of a head or an encoder that it has."""
    known = inspect.signature(registry.misc.get(block["@misc"])).parameters
    return {k: value for k, value in block.items() if k in known or k.startswith("@")}
