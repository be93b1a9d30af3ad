"""A pipeline with a language model is trained, saved and loaded like any other."""

from dataclasses import replace

import numpy
import pytest
import spacy
import srsly
import torch
from safetensors.torch import load_file

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.local.base_model import fingerprint
from spacy_docre.models.llm.prompts.passages import whole
from spacy_docre.models.llm.training_questions import draw_questions
from tests.pipe.making import (
    STORIES,
    annotate,
    blank,
    example_of,
    examples,
    facts_of,
    learn,
    scored,
    stories,
    without_relations,
)

from .making import PARADIGMS, make_base, rhf_model, rhf_pipeline, without_negatives


def knows(nlp, number=0):
    return facts_of(nlp(without_relations(stories(nlp)[number]))) == set(STORIES[number])


SHARED = {"shared": True, "rank": 16, "alpha": 32.0}


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_each_paradigm_learns_the_stories(base, paradigm):
    chain = without_negatives(PARADIGMS[paradigm])
    # What is not trained yet may list a lot.
    nlp = rhf_pipeline(base, chain=chain, budget={"answer_tokens": 1024}, adapters=SHARED)
    learn(nlp, stories(nlp)[:1], steps=150, until=knows)
    assert knows(nlp)


def test_candidates_can_be_scored_in_place_of_lists(base):
    chain = {key: {"answer": "score", "negatives": 2} for key in ["relations", "heads", "facts"]}
    nlp = rhf_pipeline(base, chain=chain, adapters=SHARED)
    learn(nlp, stories(nlp)[1:2], steps=150, until=lambda nlp: knows(nlp, 1))
    assert knows(nlp, 1)


def same(one, other):
    for doc in stories(one):
        first, second = one(without_relations(doc)), other(without_relations(doc))
        assert scored(first) == scored(second) != []


@pytest.fixture(scope="module")
def lenient(trained):
    """Random triples, but many of them."""
    nlp = trained.from_config(trained.config).from_bytes(trained.to_bytes())
    nlp.get_pipe("docre").cfg["threshold"] = 0.05
    return nlp


def test_a_pipeline_comes_back_from_disk(lenient, tmp_path):
    lenient.to_disk(tmp_path)
    same(lenient, spacy.load(tmp_path))


def test_a_component_can_be_loaded_into_one_that_is_in_use(lenient, base):
    nlp = rhf_pipeline(base)
    nlp.get_pipe("docre").from_bytes(lenient.get_pipe("docre").to_bytes())
    same(lenient, nlp)


def test_bytes_hold_adapters_and_nothing_of_the_base(lenient):
    data = lenient.get_pipe("docre").to_bytes()
    parameters = prompter_of(lenient.get_pipe("docre").model).lm.parameters()
    size = sum(parameter.numel() * 4 for parameter in parameters.values())
    assert size < len(data) < size * 1.5


def test_adapters_can_be_exported_for_servers(lenient, tmp_path):
    lm = prompter_of(lenient.get_pipe("docre").model).lm
    lm.export(tmp_path)
    for adapter in lm.adapters:
        saved = load_file(tmp_path / adapter / "adapter_model.safetensors")
        weights = lm.weights(adapter)
        assert saved.keys() == weights.keys()
        assert all(saved[name].equal(weights[name]) for name in saved)


def test_new_adapters_change_nothing(untrained, base):
    from transformers import AutoModelForCausalLM

    lm = prompter_of(untrained.get_pipe("docre").model).lm
    plain = AutoModelForCausalLM.from_pretrained(base)
    ids = plain.dummy_inputs["input_ids"]
    for adapter in lm.adapters:
        lm.activate(adapter)
        assert lm.model(input_ids=ids).logits.equal(plain(input_ids=ids).logits)


def test_only_adapters_are_trained(base):
    nlp = rhf_pipeline(base)
    lm = prompter_of(nlp.get_pipe("docre").model).lm
    before = {n: p.detach().clone() for n, p in lm.model.named_parameters()}
    learn(nlp, stories(nlp), steps=2)
    for name, parameter in lm.model.named_parameters():
        assert parameter.equal(before[name]) == (name not in lm.parameters()), name


def test_gradients_are_accumulated_without_an_optimizer(base):
    nlp = rhf_pipeline(base)
    pipe = nlp.get_pipe("docre")
    lm = prompter_of(pipe.model).lm
    pipe.update(examples(nlp), sgd=None)
    gradients = [p.grad for n, p in lm.parameters().items() if "lora_B" in n]
    assert all(gradient is not None for gradient in gradients)
    before = [gradient.clone() for gradient in gradients]
    pipe.update(examples(nlp), sgd=None)
    assert not any(one.equal(other) for one, other in zip(before, gradients))
    pipe.update(examples(nlp), sgd=nlp.create_optimizer())
    assert all(p.grad is None for p in lm.parameters().values())


def gradients(base, **settings):
    nlp = rhf_pipeline(base, **settings)
    pipe = nlp.get_pipe("docre")
    pipe.model.attrs["rng"] = numpy.random.default_rng(0)
    pipe.update(examples(nlp), sgd=None)
    return {n: p.grad for n, p in prompter_of(pipe.model).lm.parameters().items()}


@pytest.mark.parametrize(
    "settings",
    [
        {"adapters": {"checkpointing": True}},
        {"budget": {"batch_tokens": 1}},
        {"budget": {"row_tokens": 100}},
    ],
)
def test_gradients_do_not_depend_on_how_they_are_computed(base, settings):
    expected, found = gradients(base), gradients(base, **settings)
    for name, gradient in expected.items():
        assert found[name].allclose(gradient, atol=1e-5), name


def test_a_stage_without_a_share_learns_nothing(base):
    found = gradients(base, chain={"heads": {"share": 0}})
    assert {name for name, gradient in found.items() if gradient is None} == {
        name for name in found if ".heads." in name
    }


def test_a_stage_draws_as_many_questions_as_it_may(untrained):
    pipe = untrained.get_pipe("docre")
    schema = prompter_of(pipe.model).schema
    (passage, *_) = whole([gold_entity_doc(example) for example in examples(untrained)])
    stage = prompter_of(pipe.model).settings.chain[2]
    rng = numpy.random.default_rng(0)
    every = {
        each.question.given
        for _ in range(9)
        for each in draw_questions(stage, passage, schema, rng)
    }
    seen = set()
    for _ in range(30):
        drawn = draw_questions(replace(stage, questions=2), passage, schema, rng)
        assert len(drawn) == 2
        seen |= {each.question.given for each in drawn}
    right = {
        (("head", t.head), ("relation", schema.labels.index(t.label))) for t in passage.doc.gold
    }
    assert right < every
    assert right <= seen, "in the end all are drawn"


def test_an_absent_base_is_named_together_with_what_to_do(lenient, tmp_path):
    lenient.to_disk(tmp_path)
    base = {"name": str(tmp_path / "gone")}
    with pytest.raises(ValueError, match=r"DRE603.*gone.*name the folder"):
        spacy.load(tmp_path, config={"components": {"docre": {"model": {"base": base}}}})


def test_another_base_is_refused(lenient, tmp_path, tmp_path_factory):
    lenient.to_disk(tmp_path)
    other = make_base(
        tmp_path_factory.mktemp("other") / "base", intermediate_size=48, hidden_size=16
    )
    config = {"components": {"docre": {"model": {"base": {"name": other}}}}}
    with pytest.raises(ValueError, match=r"DRE604.*hidden_size 16 instead of 32"):
        spacy.load(tmp_path, config=config)


def test_other_weights_of_the_same_shape_and_name_are_refused(lenient, tmp_path):
    lenient.to_disk(tmp_path / "pipeline")
    other = make_base(tmp_path / "base", seed=1)
    config = {"components": {"docre": {"model": {"base": {"name": other}}}}}
    with pytest.raises(ValueError, match=r"DRE604.*has other weights"):
        spacy.load(tmp_path / "pipeline", config=config)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_base_is_known_in_any_precision(base, dtype):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base)
    before = fingerprint(model)
    assert before == pytest.approx(fingerprint(model.to(dtype)), abs=0.01)
    assert max(map(abs, before)) > 0.1


def test_a_base_may_move_to_another_folder(lenient, base, tmp_path):
    lenient.to_disk(tmp_path / "pipeline")
    copy = tmp_path / "base"
    copy.symlink_to(base)
    config = {"components": {"docre": {"model": {"base": {"name": str(copy)}}}}}
    same(lenient, spacy.load(tmp_path / "pipeline", config=config))


def test_adapters_of_another_rank_are_refused(lenient, tmp_path):
    lenient.to_disk(tmp_path)
    config = {"components": {"docre": {"model": {"adapters": {"rank": 4}}}}}
    with pytest.raises(ValueError, match=r"DRE616.*rank is 4"):
        spacy.load(tmp_path, config=config)


def test_what_was_not_initialized_says_so(base):
    nlp = blank()
    nlp.add_pipe("docre", config={"model": rhf_model(base)})
    again = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    with pytest.raises(ValueError, match="DRE605"):
        prompter_of(again.get_pipe("docre").model)


def test_relations_that_were_never_trained_can_be_asked_for(lenient, tmp_path):
    nlp = lenient.from_config(lenient.config).from_bytes(lenient.to_bytes())
    pipe = nlp.get_pipe("docre")
    schema = Schema(
        (
            RelationType("met", name="has met", description="The head knows the tail."),
            RelationType("born_in"),
        )
    )
    pipe.use_schema(schema)
    pipe.cfg["threshold"] = 0.0
    nlp.to_disk(tmp_path)
    for pipeline in (nlp, spacy.load(tmp_path)):
        assert pipeline.get_pipe("docre").labels == ("born_in", "met")
        doc = pipeline(without_relations(stories()[0]))
        assert {relation.label for relation in doc._.relations} == {"born_in", "met"}


def test_relations_of_three_entities_are_refused(base):
    nlp = blank()
    nlp.add_pipe("docre", config={"model": rhf_model(base)})
    labels = {"relations": [{"label": "bought", "roles": ["buyer", "seller", "price"]}]}
    nothing = example_of(annotate(nlp.make_doc("Nothing was bought ."), []))
    with pytest.raises(ValueError, match="DRE606"):
        nlp.get_pipe("docre").initialize(lambda: [nothing], labels=labels)


def test_averaged_parameters_are_swapped_in(base):
    nlp = rhf_pipeline(base)
    optimizer = nlp.create_optimizer()
    optimizer.averages = {}
    nlp.update(examples(nlp), sgd=optimizer)
    lm = prompter_of(nlp.get_pipe("docre").model).lm
    shim = nlp.get_pipe("docre").model.shims[0]
    averages = {(shim.id, name): p.detach().numpy() * 0 + 7 for name, p in lm.parameters().items()}
    before = {name: p.detach().clone() for name, p in lm.parameters().items()}
    with shim.use_params(averages):
        assert all((p == 7).all() for p in lm.parameters().values())
    assert all(p.equal(before[name]) for name, p in lm.parameters().items())


def test_the_schema_is_saved_as_readable_json(lenient, tmp_path):
    lenient.get_pipe("docre").to_disk(tmp_path)
    labels = [entry["label"] for entry in srsly.read_json(tmp_path / "schema.json")["relations"]]
    assert labels == ["born_in", "lies_in", "lives_in"]
