"""What a pipeline lives through, whatever its options are and wherever it computes."""

import math
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from torch import nn

from spacy_docre.data.storage import load_relations
from tests.pipe.making import TOK2VEC, blank, example_of, without_relations

from .documents import SCHEMAS, documents
from .kinds import KINDS
from .pairwise import Row

TREE = "number\tid\tname\nC1\tBonn\tBonn\nC1.1\tKiel\tKiel\n"
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "*"}
Found = List[List[Tuple[Tuple[int, ...], str, float]]]


def config_of(name: str, row: Row, bases: Dict[str, str]) -> Dict[str, Any]:
    """The config of a component.

    name (str): The kind of extractor.
    row (Dict[str, Any]): The options.
    bases (Dict[str, str]): The paths of what options name only: models, and the MeSH tree.
    """
    component: Dict[str, Any] = {}
    for place, (made, _) in KINDS[name].factories.items():
        kind = "@misc" if place else "@architectures"
        put(component, f"model.{place}.{kind}".replace("..", "."), made)
    if name == "RHF":
        put(component, "model.base.name", bases["llama"])
    for option, value in row.items():
        if option == "tok2vec":
            value = TOK2VEC if value == "own" else LISTENER
        elif option == "encoder.backbone":
            value = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": bases[value]}
        elif option == "judge":
            value = {**value, "base": {"@misc": "spacy_docre.CausalLM.v1", "name": bases["llama"]}}
        elif option == "head.negatives" and value and "mesh_tree" in value:
            value = {**value, "mesh_tree": bases["tree"]}
        if option != "world":
            put(component, f"model.{option}".replace("model.component.", ""), value)
    return component


def put(config: Dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a path of a config."""
    *above, name = path.split(".")
    for part in above:
        config = config.setdefault(part, {})
    config[name] = value


def build(name: str, row: Row, bases: Dict[str, str]) -> Language:
    """A pipeline, not initialized."""
    nlp = blank()
    if row.get("tok2vec") == "shared":
        nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    nlp.add_pipe("docre", config=config_of(name, row, bases))
    return nlp


def born(name: str, row: Row, bases: Dict[str, str]) -> Language:
    """A pipeline with random weights."""
    spacy.util.fix_random_seed(0)
    nlp = build(name, row, bases)
    labels = SCHEMAS[row["world"]]
    nlp.config["initialize"]["components"] = {"docre": {"labels": labels}}
    nlp.initialize(lambda: examples(row))
    return nlp


def examples(row: Row) -> List[Example]:
    return [example_of(doc) for doc in documents(row["world"])]


def learn(nlp: Language, row: Row, steps: int = 2) -> List[float]:
    """The losses of some steps of training."""
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    return [nlp.update(examples(row), sgd=optimizer)["docre"] for _ in range(steps)]


def found_in(docs: Sequence[Doc]) -> Found:
    return [[(t.entities, t.label, t.score) for t in load_relations(doc).triples] for doc in docs]


def extract(nlp: Language, row: Row) -> Found:
    """What a pipeline finds in a batch of all documents."""
    docs = [without_relations(doc) for doc in documents(row["world"])]
    return found_in(list(nlp.pipe(docs, batch_size=len(docs))))


def extract_one_by_one(nlp: Language, row: Row) -> Found:
    return found_in([nlp(without_relations(doc)) for doc in documents(row["world"])])


def expect_same(found: Found, expected: Found, tolerance: float = 1e-5) -> None:
    for own, others in zip(found, expected):
        assert sorted(t[:2] for t in own) == sorted(t[:2] for t in others)
        scores = {t[:2]: t[2] for t in others}
        for triple in own:
            assert triple[2] == pytest.approx(scores[triple[:2]], abs=tolerance)


def live(
    name: str, row: Row, bases: Dict[str, str], folder: Path, tolerance: float = 0.0
) -> Tuple[Language, Found]:
    """Train, extract, save and load, on the device that spaCy was told to use.

    name (str): The kind of extractor.
    row (Dict[str, Any]): The options.
    bases (Dict[str, str]): See `config_of`.
    folder (Path): Where to save the pipeline.
    tolerance (float): How much the scores of a loaded pipeline may differ.
    RETURNS (Tuple[Language, List[List[Tuple]]]): The pipeline, and what it found.
    """
    nlp = born(name, row, bases)
    losses = learn(nlp, row)
    assert all(map(math.isfinite, losses))
    assert losses[0] > 0
    found = extract(nlp, row)
    if row.get("open_entities", "never") == "never":
        assert not any(found[2:])  # documents with too few entities
    expect_same(extract_one_by_one(nlp, row), found, max(tolerance, 1e-5))
    nlp.to_disk(folder)
    expect_same(extract(build(name, row, bases).from_disk(folder), row), found, tolerance)
    again = build(name, row, bases).from_bytes(nlp.to_bytes())
    expect_same(extract(again, row), found, tolerance)
    return nlp, found


def network_of(nlp: Language) -> nn.Module:
    """The networks of all extractors of a component, with their own weights in place."""
    shims = [shim for node in nlp.get_pipe("docre").model.walk() for shim in node.shims]
    held: List[Any] = [shim._model for shim in shims]
    return nn.ModuleList(each if isinstance(each, nn.Module) else each.lm.model for each in held)
