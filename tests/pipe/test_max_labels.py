"""How many relations the same entities may have is known before training, or asked for."""

import warnings

import pytest

from spacy_docre.data.storage import load_relations

from .making import (
    BILINEAR,
    GENERATED,
    STORIES,
    example_of,
    small_pipeline,
    stories,
    tell,
    untrained,
    without_relations,
)

MODELS = pytest.mark.parametrize("model", [{}, BILINEAR], ids=["rows", "pairs"])
# Of Bob and Ulm, two relations.
FULLER = STORIES[1]


def made_for_one_relation_per_pair(**model):
    """A pipeline whose sample has no entities with two relations."""
    nlp = small_pipeline(model, threshold=0.0)
    nlp.initialize(lambda: [example_of(tell(story, nlp)) for story in (STORIES[0], STORIES[2])])
    return nlp


def fullest_pair(nlp):
    found = load_relations(nlp(without_relations(tell(FULLER)))).triples
    candidates = [triple.entities for triple in found]
    return max(map(candidates.count, candidates))


@MODELS
def test_more_relations_than_are_extracted_are_a_warning_once(model):
    nlp = made_for_one_relation_per_pair(**model)
    assert fullest_pair(nlp) == 1
    batch = [example_of(doc) for doc in stories(nlp)]
    with pytest.warns(UserWarning, match=r"DRW503.*1 groups.*'Bob.*more than 1.*`max_labels`.*2"):
        nlp.update(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.update(batch)


@MODELS
def test_as_many_relations_are_extracted_as_are_asked_for(model):
    nlp = made_for_one_relation_per_pair(**model, max_labels=2)
    assert fullest_pair(nlp) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.update([example_of(doc) for doc in stories(nlp)])
    assert fullest_pair(untrained({**model, "max_labels": 1}, threshold=0.0)) == 1


def test_generated_tails_need_no_limit():
    nlp = made_for_one_relation_per_pair(**GENERATED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.update([example_of(doc) for doc in stories(nlp)])


@pytest.mark.parametrize(
    "settings",
    [
        {"max_labels": 0},
        {**BILINEAR, "max_labels": 0},
    ],
)
def test_a_limit_that_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match=r"DRE523.*max_labels"):
        small_pipeline(settings)
