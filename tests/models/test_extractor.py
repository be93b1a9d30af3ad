"""The contract between the pipe and any extractor."""

import spacy
from thinc.api import Model

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.triples import Triple
from spacy_docre.models.extractor import extract, extract_from_pairs, hooks_of

SCHEMA = Schema((RelationType("likes"),))
WORDS = spacy.blank("xx")("Ann likes Bob and Cleo .")
ANN, BOB, CLEO = (Entity.of([(i, i + 1)], "PER") for i in (0, 2, 4))


def extractor(entities, triples):
    """An extractor that finds entities and triples, whatever it is asked for."""

    def forward(model, request, is_train):
        docs, threshold, _ = request
        found = [each for each in triples if each.score >= threshold]
        return [(EntityDoc(d.doc, (*d.entities, *entities)), found) for d in docs], lambda _: []

    return Model("finder", forward)


def test_of_the_entities_that_an_extractor_finds_those_with_relations_stay():
    model = extractor([ANN, CLEO], [Triple((1, 0), "likes", 0.9), Triple((2, 0), "likes", 0.2)])
    ((doc, triples),) = extract(model, [EntityDoc(WORDS, (BOB,))], SCHEMA, threshold=0.5)
    assert doc.entities == (ANN, BOB)
    assert triples == [Triple((0, 1), "likes")]


def test_an_entity_whose_relation_is_unlikely_given_any_does_not_stay():
    model = extractor([ANN, CLEO], [Triple((1, 0), "likes", 0.4), Triple((2, 0), "likes", 0.01)])
    ((doc, triples),) = extract(
        model, [EntityDoc(WORDS, (BOB,))], SCHEMA, threshold=0.5, at_least_one=True
    )
    assert doc.entities == (ANN, BOB)
    assert [triple.score > 0.9 for triple in triples] == [True]


def test_an_extractor_is_not_asked_for_nothing():
    asked = []

    def triples_of(docs):
        asked.extend(docs)
        return [[Triple((0, 1), "likes")] for _ in docs]

    none, one, two = (EntityDoc(WORDS, (ANN, BOB)[:number]) for number in range(3))
    found = extract_from_pairs([one, two, none], triples_of)
    assert asked == [two]
    assert found == [(one, []), (two, [Triple((0, 1), "likes")]), (none, [])]
    assert extract_from_pairs([one], lambda docs: 1 / 0) == [(one, [])]


def test_without_hooks_an_extractor_is_one_file_and_serves_any_schema(tmp_path):
    model = Model("plain", lambda model, X, is_train: (X, lambda _: []), dims={"nO": 3})
    model.attrs["share"] = 0.5
    hooks_of(model).save(model, tmp_path / "model")
    fresh = Model("plain", lambda model, X, is_train: (X, lambda _: []), dims={"nO": 3})
    fresh.attrs["share"] = 0.0
    hooks_of(fresh).load(fresh, tmp_path / "model")
    assert fresh.attrs["share"] == 0.5
    hooks_of(fresh).grow(fresh, SCHEMA)
