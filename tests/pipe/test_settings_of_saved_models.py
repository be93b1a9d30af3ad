"""What a config says of a trained model has an effect when the model is loaded, or is refused."""

import pytest
import spacy

from spacy_docre.data.storage import load_relations
from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401

from .making import BILINEAR, GENERATED, example_of, scored, tell, untrained, without_relations

# One person and three towns.
DOC = tell([("Ann", "lives_in", town) for town in ("Bonn", "Kiel", "Ulm")])


@pytest.fixture
def save(tmp_path):
    """Saves a pipeline that finds something in each pair it looks at."""

    def save(**model):
        nlp = untrained(model, threshold=0.0)
        nlp.to_disk(tmp_path)
        return nlp

    return save


@pytest.fixture
def load(tmp_path):
    """Loads it again, with other settings of the model."""

    def load(features=None, encoder=None, **head):
        if features:
            head["features"] = features
        model = {"head": head, "encoder": encoder or {}}
        return spacy.load(tmp_path, config={"components": {"docre": {"model": model}}})

    return load


def tails_of_a_head(nlp):
    found = load_relations(nlp(without_relations(DOC))).triples
    heads = {head for head, _ in (triple.entities for triple in found)}
    counts = {len({t.tail for t in found if t.head == head}) for head in heads}
    assert len(counts) == 1
    return counts.pop()


def test_the_number_of_tails_can_be_changed_when_a_pipeline_is_loaded(save, load):
    assert tails_of_a_head(save(top_k_tails=1)) == 1
    assert tails_of_a_head(load()) == 1
    assert tails_of_a_head(load(top_k_tails=2)) == 2
    assert tails_of_a_head(load(top_k_tails=None)) == 3


def test_a_network_that_has_not_learnt_to_choose_tails_is_not_asked_to(save, load):
    save()
    with pytest.raises(ValueError, match=r"DRE030.*DRE509.*which 2 tails"):
        load(top_k_tails=2)


def test_how_many_relations_a_pair_may_have_can_be_changed_when_a_pipeline_is_loaded(save, load):
    def most(nlp):
        found = load_relations(nlp(without_relations(DOC))).triples
        candidates = [triple.entities for triple in found]
        return max(map(candidates.count, candidates))

    for model in ({}, BILINEAR):
        assert most(save(**model)) == 2
        assert most(load(max_labels=1)) == 1
        assert most(load()) == 2
    assert most(load(max_labels=3)) == 3


def test_dropout_can_be_changed_when_a_pipeline_is_loaded(save, load):
    def losses(nlp):
        return [nlp.update([example_of(DOC)], sgd=False)["docre"] for _ in range(2)]

    saved = save(dropout=0.0)
    assert len(set(losses(saved))) == 1
    loaded = load(dropout=0.5)
    assert len(set(losses(loaded))) == 2
    assert scored(loaded(without_relations(DOC))) == scored(saved(without_relations(DOC))) != []


SEQ2SEQ = {"backbone": "t5", "head": "Seq2SeqRows"}
CHANGES = {
    "attention_heads": ({}, {"attention_heads": 4}),
    "row_width": ({"row_width": 24}, {"row_width": 32}),
    "exchange_layers": ({}, {"exchange_layers": 1}),
    "grounded": (GENERATED, {"grounded": False}),
    "groups": (BILINEAR, {"groups": 4}),
    "salience": ({"salience": True}, {"features": {"salience": False}}),
    "typed": (SEQ2SEQ, {"encoder": {"typed": True}}),
    "output_length": (SEQ2SEQ, {"encoder": {"output_length": 9}}),
    "capacity": (SEQ2SEQ, {"encoder": {"capacity": 9}}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_weights_were_learnt_under_cannot_be_changed(name, save, load, request):
    model, change = CHANGES[name]
    if "backbone" in model:
        model = {**model, "backbone": request.getfixturevalue("backbones")(model["backbone"])}
    saved = save(**model)
    with pytest.raises(ValueError, match=rf"DRE527.*'{name}': .*'{name}': "):
        load(**change)
    assert scored(load()(without_relations(DOC))) == scored(saved(without_relations(DOC))) != []
