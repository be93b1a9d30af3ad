"""A schema with argument types is never violated, however little the model knows."""

import pytest
import torch

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.entities import Entity
from spacy_docre.data.schema import Schema
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple

from .making import (
    BILINEAR,
    BLANK,
    GENERATED,
    annotate,
    example_of,
    learn,
    small_pipeline,
    stories,
    without_relations,
)

# The types of these entities are none that the schema asks for, which is what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:.*DRW110")

SCHEMA = {
    "relations": [
        {"label": "born_in", "types": [["PER"], ["LOC"]]},
        {"label": "lives_in", "types": [["PER"], ["LOC", "LAND"]]},
        {"label": "lies_in", "types": [[], ["LAND"]]},
    ],
    "entity_types": ["PER", "LOC", "LAND"],
}
DEAL = {"label": "sold", "roles": ["seller", "buyer", "ware"], "types": [["PER"], ["PER"], []]}

WAYS = {"given": {}, "generated": GENERATED, "beam": {**GENERATED, "beam_width": 3}}
each_way = pytest.mark.parametrize("model", WAYS.values(), ids=WAYS)


def untrained_with(schema, model, seed=0):
    """A pipeline with wild weights, which says much."""
    nlp = small_pipeline(model, threshold=0.0)
    pipe = nlp.get_pipe("docre")
    pipe.initialize(lambda: [example_of(doc) for doc in stories(nlp)], labels=schema)
    rows = pipe.model.shims[0].network.head.decoder
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in [rows.relation.weight, rows.next_query.weight, rows.next_key.weight]:
            weight.normal_(std=3)
        rows.end.zero_()
    return nlp


def doc_of(*types):
    """A document with an entity of each type."""
    doc = BLANK(" ".join(f"word{i}" for i in range(len(types))))
    return annotate(doc, [Entity.of([(i, i + 1)], type) for i, type in enumerate(types)])


def violations(doc, schema):
    types = [entity.type for entity in load_relations(doc).entities]
    return [
        triple
        for triple in load_relations(doc).triples
        if not all(
            schema[triple.label].allows(role, types[index])
            for role, index in enumerate(triple.entities)
        )
    ]


# Entities of types that the schema does not know, or without any.
STRANGE = ["PER", "LOC", "LAND", "PET", "", "PER", "PET"]


@each_way
@pytest.mark.parametrize("known", [["PER", "LOC", "LAND"], [], ["", "PER"]])
def test_no_relation_has_arguments_that_do_not_fit(model, known):
    labels = set()
    for seed in range(3):
        nlp = untrained_with({**SCHEMA, "entity_types": known}, model, seed)
        doc = nlp(without_relations(doc_of(*STRANGE)))
        labels.update(triple.label for triple in load_relations(doc).triples)
        assert violations(doc, nlp.get_pipe("docre").schema) == []
    assert len(labels) > 1


@pytest.mark.parametrize("model", [GENERATED, {**GENERATED, "beam_width": 3}])
def test_nor_have_relations_of_several_entities(model):
    schema = {"relations": [*SCHEMA["relations"], DEAL]}
    arities = set()
    for seed in range(3):
        nlp = untrained_with(schema, model, seed)
        doc = nlp(without_relations(doc_of(*STRANGE)))
        arities.update(len(triple.entities) for triple in load_relations(doc).triples)
        assert violations(doc, nlp.get_pipe("docre").schema) == []
    assert arities == {2, 3}


def test_all_arguments_that_fit_are_asked_for():
    nlp = untrained_with(SCHEMA, {})
    doc = nlp(without_relations(doc_of("PER", "LOC", "LOC")))
    candidates = {triple.entities for triple in load_relations(doc).triples}
    assert candidates == {(0, 1), (0, 2)}


@each_way
def test_a_document_that_nothing_fits_has_no_relations(model):
    nlp = untrained_with(SCHEMA, model)
    assert nlp(without_relations(doc_of("LOC", "LOC", "PET")))._.relations == []


@each_way
@pytest.mark.parametrize("gold", [Triple((0, 1), "born_in"), Triple((1, 1), "lies_in")])
def test_gold_that_does_not_fit_is_refused(model, gold):
    nlp = untrained_with(SCHEMA, model)
    entities = [Entity.of([(0, 1)], "LOC"), Entity.of([(1, 2)], "LAND")]
    doc = annotate(BLANK.make_doc("Bonn Germany"), entities, [gold])
    with pytest.raises(ValueError, match=rf"DRE204.*Bonn Germany.*{gold.label}"):
        learn(nlp, [doc], steps=1)
    with pytest.raises(ValueError, match="DRE204"):
        nlp.get_pipe("docre").initialize(lambda: [example_of(doc)], labels=SCHEMA)


@pytest.mark.parametrize("model", [*WAYS.values(), BILINEAR], ids=[*WAYS, "pairs"])
def test_gold_that_does_not_fit_is_no_matter_to_prediction(model):
    nlp = small_pipeline(model)
    pipe = nlp.get_pipe("docre")
    pipe.initialize(lambda: [example_of(doc) for doc in stories(nlp)], labels=SCHEMA)
    entities = [Entity.of([(0, 1)], "LOC"), Entity.of([(1, 2)], "LAND")]
    doc = annotate(BLANK.make_doc("Bonn Germany"), entities, [Triple((0, 1), "born_in")])
    assert nlp.evaluate([example_of(doc)])["docre_correct"] == 0


def test_argument_types_can_be_learnt_from_the_stories():
    docs = [gold_entity_doc(example_of(doc)) for doc in stories()]
    assert Schema.learn(docs, types=True)["lies_in"].types == (("LOC",), ("LAND",))
