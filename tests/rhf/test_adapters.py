"""However adapters are put to use, the answers are the same."""

import numpy
import pytest
import spacy
from pipe.making import learn, scored, stories, without_relations

from spacy_docre.rhf.architecture import interviewer_of
from spacy_docre.rhf.decoding import Branch, Limits, decode_lists, items_of

from .making import rhf_model, rhf_pipeline
from .test_shared_passage import passages_of, questions_of


def with_inference(nlp, inference):
    """The same pipeline, with its adapters put to use in another way."""
    config = nlp.config.copy()
    config["components"]["docre"]["model"]["adapters"]["inference"] = inference
    config["components"]["docre"]["threshold"] = 0.05
    again = nlp.from_config(config).from_bytes(nlp.to_bytes())
    again.get_pipe("docre").cfg["threshold"] = 0.05
    return again


@pytest.fixture(scope="module")
def switching(trained):
    return with_inference(trained, "switch")


@pytest.mark.parametrize("inference", ["merge", "mix"])
def test_answers_do_not_depend_on_how_adapters_are_put_to_use(switching, inference):
    other = with_inference(switching, inference)
    for doc in stories(switching):
        one, two = (nlp(without_relations(doc)) for nlp in (switching, other))
        assert scored(one)
        assert [each[:2] for each in scored(two)] == [each[:2] for each in scored(one)]
        for (*_, score), (*_, expected) in zip(scored(two), scored(one)):
            assert score == pytest.approx(expected, abs=2e-4)


def test_rows_of_different_stages_are_answered_in_one_batch(trained):
    interviewer, passages = passages_of(trained)
    lm, spelling = interviewer.lm, interviewer.spelling
    names = [spelling.entities(passage) for passage in passages]
    prefixes = interviewer.prompts.passages(passages)
    asked = [
        (stage, question)
        for number in range(3)
        for stage, questions in [questions_of(interviewer, passages, number)]
        for question in questions
    ]

    def answers(asked, stages):
        questions = [question for _, question in asked]
        listings = [spelling.listing(q, names[q.passage.number]) for q in questions]
        rows = [
            stages.index(stage.name) * len(passages) + question.passage.number
            for stage, question in asked
        ]
        branches = [
            Branch(row, ids) for row, ids in zip(rows, interviewer.prompts.questions(questions))
        ]
        adapters = [stage for stage in stages for _ in passages]
        past = lm.encode(adapters, prefixes * len(stages))
        limits = Limits(0.2, 100, 4096)
        decode_lists(lm, past, branches, listings, [1.0] * len(branches), limits)
        return [items_of(listing) for listing in listings]

    alone = []
    for stage in ["relations", "heads", "facts"]:
        alone += answers([each for each in asked if each[0].name == stage], [stage])
    mixed = answers(asked, ["relations", "heads", "facts"])
    assert len(mixed) == len(alone)
    assert any(mixed)
    for one, other in zip(mixed, alone):
        assert [item.values for item in one] == [item.values for item in other]
        for item, expected in zip(one, other):
            assert item.score == pytest.approx(expected.score, abs=1e-5)


def test_merging_leaves_no_trace(switching):
    nlp = with_inference(switching, "merge")
    lm = interviewer_of(nlp.get_pipe("docre").model).lm
    before = {name: p.detach().clone() for name, p in lm.model.named_parameters()}
    saved = nlp.to_bytes()
    nlp(without_relations(stories(nlp)[0]))
    assert lm.merger.adapter, "something is merged"
    changed = {n for n, p in lm.model.named_parameters() if not p.equal(before[n])}
    assert changed
    assert not any(".lora_" in name for name in changed)
    assert nlp.to_bytes() == saved, "what is saved is the adapters"
    lm.activate("heads")
    assert all(p.equal(before[name]) for name, p in lm.model.named_parameters())


def test_what_is_learnt_after_merging_counts(switching):
    merging, plain = with_inference(switching, "merge"), with_inference(switching, "switch")
    for nlp in (merging, plain):
        nlp(without_relations(stories(nlp)[0]))
        nlp.get_pipe("docre").model.attrs["rng"] = numpy.random.default_rng(0)
        learn(nlp, stories(nlp), steps=2)
    for doc in stories(plain):
        one, other = plain(without_relations(doc)), merging(without_relations(doc))
        assert [each[:2] for each in scored(one)] == [each[:2] for each in scored(other)] != []


def test_averaged_parameters_are_merged_for_as_long_as_they_are_swapped_in(switching):
    nlp = with_inference(switching, "merge")
    pipe = nlp.get_pipe("docre")
    lm, shim = interviewer_of(pipe.model).lm, pipe.model.shims[0]
    doc = without_relations(stories(nlp)[0])
    before = scored(nlp(doc.copy()))
    averages = {(shim.id, name): p.detach().numpy() * 0 for name, p in lm.parameters().items()}
    with shim.use_params(averages):
        assert scored(nlp(doc.copy())) != before
    assert scored(nlp(doc.copy())) == before


def test_quantized_weights_cannot_be_merged(base):
    settings = {"base": {"quantization": "nf4"}, "adapters": {"inference": "merge"}}
    with pytest.raises(ValueError, match="DRE640"):
        rhf_pipeline(base, **settings)


def test_other_ways_are_refused():
    nlp = spacy.blank("xx")
    with pytest.raises(ValueError, match=r"DRE610.*inference"):
        nlp.add_pipe("docre", config={"model": rhf_model("", adapters={"inference": "magic"})})
