"""A trained component learns further relations and types of entities, and forgets nothing."""

import pytest
import spacy

from spacy_docre.data.entities import Entity
from spacy_docre.data.schema import Schema
from spacy_docre.data.triples import Triple
from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401
from tests.pipe.making import (
    BILINEAR,
    GENERATED,
    LABELS,
    annotate,
    facts_of,
    learn,
    scored,
    small_model,
    small_pipeline,
    stories,
    tell,
    without_relations,
)

LIKES = {"label": "likes", "types": [["PER"], ["PET"]]}
ALL = {"@misc": "spacy_docre.AllNegatives.v1"}
MODELS = {
    "given": {},
    "given, few of them": {"top_k_tails": 3, "exchange_layers": 1},
    "generated": GENERATED,
    "pairs": BILINEAR,
    "given on seq2seq": {"backbone": "t5"},
    "generated on seq2seq": {"backbone": "bart", **GENERATED},
    "pairs on seq2seq": {"backbone": "t5", **BILINEAR},
    "symbols on seq2seq": {"backbone": "t5", "head": "Seq2SeqRows", "negatives": ALL},
    "types on seq2seq": {"backbone": "bart", "head": "Seq2SeqRows", "typed": True},
}
START = {"@callbacks": "spacy_docre.StartFrom.v1"}


def likes(vocab_of):
    """A story with the new relation, and an entity of the new type."""
    doc = tell([("Ann", "born_in", "Bonn")], vocab_of)
    entities = [Entity.of([(0, 1)], "PER"), Entity.of([(4, 5)], "PET")]
    return annotate(without_relations(doc), entities, [Triple((0, 1), "likes")])


@pytest.fixture(params=MODELS)
def model(request):
    settings = dict(MODELS[request.param])
    typed = settings.pop("typed", False)
    if "backbone" not in settings:
        return small_model(**settings)
    folder = request.getfixturevalue("backbones")(settings.pop("backbone"))
    model = small_model(backbone=folder, **settings)
    model["encoder"]["typed"] = typed
    return model


def initialized(model, labels=None, start=None):
    nlp = small_pipeline()
    nlp.remove_pipe("docre")
    nlp.add_pipe("docre", config={"model": model})
    if labels is not None:
        nlp.config["initialize"]["components"]["docre"] = {"labels": labels}
    if start is not None:
        nlp.config["initialize"]["after_init"] = {**START, "path": str(start)}
    nlp.initialize(lambda: [spacy.training.Example(without_relations(d), d) for d in stories(nlp)])
    return nlp


def found(nlp):
    """What is found of the relations that were there first."""
    nlp.get_pipe("docre").cfg["threshold"] = 0.0
    docs = [nlp(without_relations(doc)) for doc in stories()]
    return [[triple for triple in scored(doc) if triple[1] in LABELS] for doc in docs]


def test_it_knows_what_it_knew_and_learns_what_is_new(model, tmp_path):
    nlp = initialized(model)
    learn(nlp, stories(), steps=20)
    before = found(nlp)
    assert any(before)
    nlp.to_disk(tmp_path / "first")
    docre = nlp.get_pipe("docre")
    assert docre.add_label(LIKES) == 2  # and a type
    assert docre.add_label(LIKES) == docre.add_label("likes") == docre.add_label("born_in") == 0
    assert docre.labels == ("born_in", "lies_in", "likes", "lives_in")
    assert "PET" in docre.schema.entity_types
    # Where no two entities could have the new relation, nothing changes.
    assert found(nlp) == before
    assert found(initialized(model, docre.label_data, start=tmp_path / "first")) == before
    both = [*stories(), likes(nlp)]
    losses = learn(nlp, both, steps=20)
    assert losses[-1] < losses[0]
    nlp.to_disk(tmp_path / "second")
    assert found(spacy.load(tmp_path / "second")) == found(nlp)


@pytest.mark.filterwarnings("ignore:.*DRW110")
def test_it_learns_a_new_relation_whose_label_is_all_that_is_given():
    nlp = initialized(small_model())
    learn(nlp, stories(), steps=20)
    assert nlp.get_pipe("docre").add_label("likes") == 1
    doc = likes(nlp)
    fact = ("Ann", "likes", "Bonn")
    learn(nlp, [*stories(), doc], until=lambda nlp: fact in facts_of(nlp(without_relations(doc))))
    assert fact in facts_of(nlp(without_relations(doc)))


def test_types_can_be_added_without_a_relation():
    nlp = initialized(small_model())
    docre = nlp.get_pipe("docre")
    before = found(nlp)
    assert docre.add_labels({"entity_types": ["PET", "PER"]}) == 1
    assert "PET" in docre.schema.entity_types
    assert found(nlp) == before


def test_training_goes_on_with_the_same_optimizer():
    nlp = initialized(small_model())
    optimizer = nlp.resume_training()
    data = [spacy.training.Example(without_relations(doc), doc) for doc in stories()]
    nlp.update(data, sgd=optimizer)
    nlp.get_pipe("docre").add_label("likes")
    nlp.update(data, sgd=optimizer)


def test_another_definition_of_a_relation_is_refused():
    docre = initialized(small_model()).get_pipe("docre")
    with pytest.raises(ValueError, match=r"DRE012.*born_in"):
        docre.add_label({"label": "born_in", "roles": ["who", "where"]})
    with pytest.raises(ValueError, match="DRE016"):
        docre.add_label({"name": "likes"})


def test_more_entities_than_an_extractor_can_relate_are_refused():
    docre = initialized(small_model(**BILINEAR)).get_pipe("docre")
    schema = docre.schema
    with pytest.raises(ValueError, match="DRE513"):
        docre.add_label({"label": "result", "roles": ["a", "b", "c"]})
    assert docre.schema == schema


def test_data_with_other_relations_say_how_to_add_them():
    nlp = initialized(small_model())
    with pytest.raises(ValueError, match=r"DRE024.*'likes'.*add_label.*StartFrom"):
        learn(nlp, [likes(nlp)], steps=1)


@pytest.mark.parametrize("data", [{"relations": "likes"}, {"entity_types": [1]}])
def test_what_is_no_schema_is_refused(data):
    with pytest.raises(ValueError, match="DRE016"):
        Schema(()).extended(data)
