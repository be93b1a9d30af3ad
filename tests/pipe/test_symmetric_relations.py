"""A pipeline whose schema has a symmetric relation."""

import pytest

from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple

from .making import GENERATED, annotate, example_of, learn, small_pipeline, tell, without_relations

SCHEMA = {
    "relations": [{"label": "near", "symmetric": True}, {"label": "lies_in"}],
    "entity_types": ["LOC", "LAND"],
}
WAYS = {"given": {}, "generated": GENERATED}


def towns(*triples):
    """Bonn, Germany, Kiel; the triples are (head, tail, label)."""
    doc = tell([("Bonn", "lies_in", "Germany"), ("Kiel", "lies_in", "Germany")])
    entities = list(load_relations(doc).entities)
    return annotate(doc, entities, [Triple(t[:2], t[2]) for t in triples])


IN = [(0, 1, "lies_in"), (2, 1, "lies_in")]
ONE_WAY, OTHER_WAY = towns((0, 2, "near"), *IN), towns((2, 0, "near"), *IN)
BOTH_WAYS = towns((0, 2, "near"), (2, 0, "near"), *IN)


def initialized(model, *docs):
    nlp = small_pipeline(model)
    nlp.get_pipe("docre").initialize(lambda: [example_of(doc) for doc in docs], labels=SCHEMA)
    return nlp


@pytest.mark.parametrize("model", WAYS.values(), ids=WAYS)
def test_it_does_not_matter_in_which_direction_it_is_annotated(model):
    losses = [
        initialized(model, BOTH_WAYS).update([example_of(doc)])["docre"]
        for doc in (ONE_WAY, OTHER_WAY, BOTH_WAYS)
    ]
    assert losses == pytest.approx([losses[0]] * 3)


@pytest.mark.parametrize("model", WAYS.values(), ids=WAYS)
def test_it_is_learnt_from_one_direction_and_found_once(model):
    nlp = initialized(model, OTHER_WAY)
    learn(nlp, [OTHER_WAY], steps=60)
    found = load_relations(nlp(without_relations(OTHER_WAY))).triples
    assert sorted((t.label, t.entities) for t in found) == [
        ("lies_in", (0, 1)),
        ("lies_in", (2, 1)),
        ("near", (0, 2)),
    ]
    for doc in (ONE_WAY, OTHER_WAY, BOTH_WAYS):
        scores = nlp.evaluate([example_of(doc)])
        assert (scores["docre_micro_f"], scores["docre_gold"]) == (1.0, 3)


def test_the_same_direction_twice_is_still_an_error():
    doc = towns()
    twice = [Triple((0, 2), "near"), Triple((0, 2), "near")]
    store_relations(doc, load_relations(doc).entities, twice)
    with pytest.raises(ValueError, match="DRE022"):
        initialized({}, doc)
