"""What a pipeline lives through, whatever its options are and wherever it computes."""

import math
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import pytest
import spacy
from pipe.making import TOK2VEC, blank, example_of, without_relations
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from torch import nn

from spacy_docre.storage import load_relations

from .documents import SCHEMAS, documents
from .pairwise import Row

TREE = "number\tid\tname\nC1\tBonn\tBonn\nC1.1\tKiel\tKiel\n"
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "*"}
Found = List[List[Tuple[Tuple[int, ...], str, float]]]


def config_of(name: str, row: Row, bases: Dict[str, str]) -> Dict[str, Any]:
    """The config of a component.

    name (str): The architecture.
    row (Dict[str, Any]): The options.
    bases (Dict[str, str]): The paths of what options name only: models, and the MeSH tree.
    """
    model: Dict[str, Any] = {"@architectures": name}
    component: Dict[str, Any] = {"model": model}
    if name == "spacy_docre.RHF.v1":
        model["base"] = {"@misc": "spacy_docre.CausalLM.v1", "name": bases["llama"]}
        model["adapters"] = {"@misc": "spacy_docre.LoRA.v1"}
    for option, value in row.items():
        *above, option = option.split(".")
        if above == ["component"]:
            component[option] = value
        elif option == "tok2vec":
            model[option] = TOK2VEC if value == "own" else LISTENER
        elif option == "backbone":
            loader = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": bases[value]}
            model[option] = loader
        elif option == "negatives" and value and "mesh_tree" in value:
            model[option] = {**value, "mesh_tree": bases["tree"]}
        elif option != "world":
            (model[above[0]] if above else model)[option] = value
    return component


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

    name (str): The architecture.
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
    """The network, with its own weights in place."""
    held: Any = nlp.get_pipe("docre").model.shims[0]._model
    if isinstance(held, nn.Module):
        return held
    held.lm.merger.restore()  # as `to_device` does
    return held.lm.model
