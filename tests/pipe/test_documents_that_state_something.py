"""Where each document is known to state a relation, scores are given that."""

import math
from itertools import product

import pytest
import spacy
from hypothesis import assume, given
from hypothesis import strategies as st

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.conditioning import condition_on_any_relation
from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple

from .making import (
    BILINEAR,
    BLANK,
    annotate,
    example_of,
    small_pipeline,
    tell,
    without_relations,
)

SCHEMA = {
    "relations": [{"label": "born_in", "types": [["PER"], ["LOC"]]}],
    "entity_types": ["PER", "LOC", "LAND"],
}
each_extractor = pytest.mark.parametrize("model", [{}, BILINEAR], ids=["rows", "pairs"])
some_scores = st.lists(st.floats(0, 1), max_size=6)


def triples_of(scores):
    return [Triple((0, i), "born_in", score) for i, score in enumerate(scores, start=1)]


def rescored(scores, threshold=0.0):
    return [triple.score for triple in condition_on_any_relation(triples_of(scores), threshold)]


@given(some_scores)
def test_scores_are_the_probabilities_given_that_some_triple_holds(scores):
    worlds = list(product([False, True], repeat=len(scores)))
    odds = [
        math.prod(score if holds else 1 - score for score, holds in zip(scores, world))
        for world in worlds
    ]
    some = sum(chance for chance, world in zip(odds, worlds) if any(world))
    assume(some > 1e-6)
    expected = [
        sum(chance for chance, world in zip(odds, worlds) if world[number]) / some
        for number in range(len(scores))
    ]
    assert rescored(scores) == pytest.approx(expected)


@given(some_scores, st.floats(0, 1))
def test_no_score_falls_and_none_leaves_its_place(scores, threshold):
    new = rescored(scores)
    assert all(before <= after <= 1 for before, after in zip(scores, new))
    for i, j in product(range(len(scores)), repeat=2):
        assert scores[i] > scores[j] or new[i] <= new[j]
    assert rescored(scores, threshold) == [score for score in new if score >= threshold]


def test_the_only_triple_is_certain_however_improbable_it_was():
    assert rescored([1e-12], threshold=1.0) == [1.0]


def test_what_is_certain_leaves_the_others_as_they_are():
    assert rescored([1.0, 0.25, 0.0]) == [1.0, 0.25, 0.0]


def test_of_impossible_triples_none_is_preferred():
    assert rescored([0.0, 0.0]) == [0.0, 0.0]
    assert rescored([0.0, 0.0], threshold=0.5) == []


def pipeline(model, **settings):
    nlp = small_pipeline(model, **settings)
    nlp.get_pipe("docre").initialize(lambda: [a_birth(nlp)], labels=SCHEMA)
    return nlp


def a_birth(nlp):
    return example_of(tell([("Ann", "born_in", "Bonn")], nlp))


def doc_of(*types):
    """A document with an entity of each type."""
    doc = BLANK(" ".join(f"word{i}" for i in range(len(types))))
    return annotate(doc, [Entity.of([(i, i + 1)], type) for i, type in enumerate(types)])


def found(nlp, doc):
    return load_relations(nlp(without_relations(doc))).triples


@each_extractor
def test_the_only_possible_relation_is_found_and_an_impossible_one_is_not(model):
    nlp = pipeline(model, threshold=1.0, at_least_one=True)
    assert [(t.entities, t.score) for t in found(nlp, doc_of("PER", "LOC"))] == [((0, 1), 1.0)]
    assert found(nlp, doc_of("LOC", "LOC")) == ()
    assert found(nlp, doc_of("PER")) == ()


@each_extractor
def test_scores_of_the_component_are_those_of_its_extractor_given_one(model):
    doc = doc_of("PER", "LOC", "LOC", "PER")
    plain = found(pipeline(model, threshold=0.0), doc)
    assert len(plain) == 4
    nlp = pipeline(model, threshold=0.3, at_least_one=True)
    # The extractor is asked for all triples, below the threshold, too.
    assert [triple.score for triple in found(nlp, doc)] == pytest.approx(
        [triple.score for triple in condition_on_any_relation(plain, 0.3)]
    )


def test_gold_entities_are_asked_about_in_the_same_way():
    nlp = pipeline({}, threshold=1.0, at_least_one=True)
    pipe, example = nlp.get_pipe("docre"), example_of(doc_of("PER", "LOC"))
    (example,) = pipe.as_scored([example])
    assert len(load_relations(example.predicted).triples) == 1
    assert len(gold_entity_doc(example).entities) == 2


def test_the_setting_is_saved(tmp_path):
    nlp = pipeline({}, threshold=1.0, at_least_one=True)
    nlp.to_disk(tmp_path / "new")
    assert len(found(spacy.load(tmp_path / "new"), doc_of("PER", "LOC"))) == 1
