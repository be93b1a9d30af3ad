"""What a config says of a trained model has an effect when the model is loaded, or is warned of."""

import warnings

import pytest
import spacy

from spacy_docre.storage import load_relations

from .making import CLASSIFIER, scored, tell, untrained, without_relations

# One person and three towns.
DOC = tell([("Ann", "lives_in", town) for town in ("Bonn", "Kiel", "Ulm")])


@pytest.fixture
def save(tmp_path):
    """Saves a pipeline that finds something in each cell it looks at."""

    def save(**model):
        nlp = untrained(model, threshold=0.0)
        nlp.to_disk(tmp_path)
        return nlp

    return save


@pytest.fixture
def load(tmp_path):
    """Loads it again, with other settings of the model."""

    def load(**model):
        return spacy.load(tmp_path, config={"components": {"docre": {"model": model}}})

    return load


def tails_of_a_head(nlp):
    found = load_relations(nlp(without_relations(DOC))).triples
    heads = {head for head, _ in (triple.entities for triple in found)}
    counts = {len({t.tail for t in found if t.head == head}) for head in heads}
    assert len(counts) == 1
    return counts.pop()


def test_the_number_of_tails_can_be_changed_when_a_pipeline_is_loaded(save, load):
    assert tails_of_a_head(save(tails_per_head=1)) == 1
    assert tails_of_a_head(load()) == 1
    assert tails_of_a_head(load(tails_per_head=2)) == 2
    assert tails_of_a_head(load(tails_per_head=None)) == 3


def test_a_network_that_has_not_learnt_to_choose_tails_is_not_asked_to(save, load):
    save()
    with pytest.raises(ValueError, match=r"DRE028.*DRE509.*which 2 tails"):
        load(tails_per_head=2)


CHANGES = {
    "dropout": ({}, {"dropout": 0.3}),
    "heads": ({}, {"heads": 4}),
    "width": ({"width": 24}, {"width": 32}),
    "labels_per_cell": ({}, {"labels_per_cell": 3}),
    "groups": (CLASSIFIER, {"groups": 4}),
    "labels_per_pair": (CLASSIFIER, {"labels_per_pair": 3}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_network_was_built_with_stays_as_it_is_and_not_in_silence(name, save, load):
    model, change = CHANGES[name]
    saved = save(**model)
    with pytest.warns(UserWarning, match=rf"DRW504.*with {{'{name}': .*has {{'{name}': "):
        loaded = load(**change)
    assert scored(loaded(without_relations(DOC))) == scored(saved(without_relations(DOC))) != []


@pytest.mark.parametrize("model", [{}, {"tails_per_head": 2}, CLASSIFIER])
def test_models_that_were_saved_with_their_shape_among_their_attributes_load(model, save, load):
    """As those of earlier versions are."""
    nlp = save(**model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load()
    pipe = nlp.get_pipe("docre")
    pipe.model.attrs["shape"] = {"width": None, "dropout": 0.5, "tails_per_head": 1}
    again = load().get_pipe("docre").from_bytes(pipe.to_bytes())
    (found,) = again.pipe([without_relations(DOC)])
    assert scored(found) == scored(nlp(without_relations(DOC))) != []
