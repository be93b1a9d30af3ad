"""Small models of each family learn what they are told, and still know it when loaded."""

import socket

import pytest
import spacy
import srsly

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple
from tests.pipe.making import (
    BLANK,
    STORIES,
    annotate,
    blank,
    example_of,
    scored,
    tell,
    without_relations,
)

from .pipelines import EIGHT, found_in, model_of, pipeline, teach

pytest.importorskip("transformers")


def f1_of(nlp, stories):
    return nlp.evaluate([example_of(tell(story)) for story in stories])["docre_micro_f"]


@pytest.fixture(scope="session")
def taught(backbones):
    """A pipeline for each family that has learnt eight documents."""
    made = {}

    def get(kind):
        if kind not in made:
            docs = [tell(story) for story in EIGHT]
            negatives = {"@misc": "spacy_docre.AllNegatives.v1"}
            nlp = pipeline(backbones(kind), docs, negatives=negatives)
            teach(nlp, docs, 150, until=lambda nlp: found_in(nlp, EIGHT) == list(map(set, EIGHT)))
            made[kind] = nlp
        return made[kind]

    return get


@pytest.mark.parametrize("kind", ["t5", "bart", "led"])
def test_eight_documents_are_learnt_without_a_mistake(taught, kind):
    assert f1_of(taught(kind), EIGHT) == 1.0


@pytest.mark.parametrize("kind", ["t5", "bart", "led"])
def test_what_was_saved_finds_the_same_without_a_network(taught, kind, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    nlp = taught(kind)
    expected = [scored(nlp(without_relations(tell(story)))) for story in STORIES]
    nlp.to_disk(tmp_path / "saved")
    # Where the weights came from is gone.
    config = srsly.read_json(tmp_path / "saved" / "docre" / "cfg")
    assert "name" not in config
    monkeypatch.setattr(socket, "socket", refuse)
    path = tmp_path / "saved" / "config.cfg"
    text = path.read_text("utf8")
    name = nlp.config["components"]["docre"]["model"]["encoder"]["backbone"]["name"]
    assert name in text
    path.write_text(text.replace(name, "nobody/nothing"), "utf8")
    again = spacy.load(tmp_path / "saved")
    assert [scored(again(without_relations(tell(story)))) for story in STORIES] == expected
    assert any(expected)


def test_a_pipeline_can_be_saved_over_itself(taught, tmp_path):
    nlp = taught("t5")
    nlp.to_disk(tmp_path)
    once = spacy.load(tmp_path)
    once.to_disk(tmp_path)
    twice = spacy.load(tmp_path)
    assert found_in(twice, EIGHT) == list(map(set, EIGHT))
    assert not list((tmp_path / "docre").glob(".*"))


def test_a_pipeline_comes_back_from_bytes(taught):
    nlp = taught("bart")
    again = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    for story in STORIES:
        doc = tell(story)
        assert scored(again(without_relations(doc))) == scored(nlp(without_relations(doc))) != []


def test_files_of_the_network_belong_together(taught, tmp_path):
    taught("t5").to_disk(tmp_path)
    path = tmp_path / "docre" / "model" / "network" / "encoder"
    (path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ValueError, match=r"DRE030.*encoder/pytorch_model.bin was not saved with"):
        spacy.load(tmp_path)
    (path / "pytorch_model.bin").unlink()
    data = bytearray((path / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (path / "model.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match=r"DRE030.*encoder/model.safetensors is not as"):
        spacy.load(tmp_path)


def test_weights_are_a_directory_of_files_that_run_no_code(taught, tmp_path):
    taught("t5").to_disk(tmp_path)
    files = {path.name for path in (tmp_path / "docre" / "model").rglob("*") if path.is_file()}
    assert {"model.safetensors", "weights.safetensors", "docre.json", "config.json"} <= files
    assert "tokenizer.json" in files
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pkl", ".py"))]


@pytest.mark.parametrize(
    "lost", ["encoder/docre.json", "weights.safetensors", "encoder/model.safetensors"]
)
def test_an_incomplete_directory_does_not_load(taught, tmp_path, lost):
    taught("t5").to_disk(tmp_path)
    (tmp_path / "docre" / "model" / "network" / lost).unlink()
    with pytest.raises(ValueError, match="DRE030"):
        spacy.load(tmp_path)


def test_another_extractor_can_be_saved_in_its_place(taught, tmp_path):
    taught("t5").to_disk(tmp_path)
    other = spacy.blank("xx")
    other.add_pipe("docre")
    other.to_disk(tmp_path)
    assert not list((tmp_path / "docre" / "model").rglob("*.safetensors"))
    taught("t5").to_disk(tmp_path)
    assert found_in(spacy.load(tmp_path), STORIES) == list(map(set, STORIES))


def test_a_pipeline_that_was_not_initialized_comes_back_as_one(backbones, tmp_path):
    nlp = blank()
    nlp.add_pipe("docre", config={"model": model_of(backbones("t5"))})
    nlp.to_disk(tmp_path)
    with pytest.raises(ValueError, match="DRE025"):
        spacy.load(tmp_path)("Ann lives in Bonn .")


WAYS = {
    "dynamic negatives": {"negatives": {"@misc": "spacy_docre.DynamicNegatives.v1"}},
    "matrix, beam": {"mode": "matrix", "beam_width": 3, "length_penalty": 0.5},
    "annotation order": {"mode": "matrix", "order": "annotation"},
    "windows": {"encoder": {"window": 20, "stride": 12, "typed": True}},
}


@pytest.mark.parametrize("settings", WAYS.values(), ids=WAYS)
def test_each_way_learns_the_stories(backbones, settings):
    docs = [tell(story) for story in STORIES]
    nlp = pipeline(backbones("t5"), docs, **settings)
    teach(nlp, docs, 100, until=lambda nlp: found_in(nlp, STORIES) == list(map(set, STORIES)))
    assert found_in(nlp, STORIES) == list(map(set, STORIES))


ROLES = {"result": ("task", "method", "material", "metric"), "met": ("head", "tail")}
TYPES = [["T"], ["M"], ["D"], ["S"]]
SCHEMA = {
    "entity_types": ["D", "M", "S", "T"],
    "relations": [
        {"label": "met", "roles": ROLES["met"]},
        {"label": "result", "roles": ROLES["result"], "types": TYPES},
    ],
}


def papers():
    """Documents with a relation of four entities and one of two."""
    for text in ["Parsing with CKY on Penn by F1", "Tagging with HMM on Brown by Acc and Err"]:
        words = text.split()
        doc = BLANK(text)
        places = [(0, "T"), (2, "M"), (4, "D"), (6, "S")] + ([(8, "S")] if len(words) > 8 else [])
        entities = [Entity.of([(i, i + 1)], type) for i, type in places]
        triples = [Triple((0, 1, 2, 3), "result"), Triple((1, 2), "met")]
        if len(places) > 4:
            triples.append(Triple((0, 1, 2, 4), "result"))
        yield annotate(doc, entities, triples, roles=ROLES)


def triples_of(doc):
    return set(load_relations(doc).triples)


@pytest.mark.parametrize("typed", [False, True])
def test_relations_of_four_entities_are_learnt_and_kept(backbones, typed, tmp_path):
    negatives = {"@misc": "spacy_docre.SampledNegatives.v1", "share": 0.3, "limit": 5}
    nlp = blank()
    settings = {"negatives": negatives, "encoder": {"typed": typed}}
    nlp.add_pipe("docre", config={"model": model_of(backbones("bart"), **settings)})
    nlp.get_pipe("docre").initialize(lambda: [example_of(doc) for doc in papers()], labels=SCHEMA)

    def knows(nlp):
        return all(triples_of(nlp(without_relations(doc))) == triples_of(doc) for doc in papers())

    teach(nlp, list(papers()), 150, until=knows)
    nlp.to_disk(tmp_path)
    assert knows(spacy.load(tmp_path))
