"""A language model judges only those triples of which the extractor before it is not certain."""

import re

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example

import spacy_docre
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.models.extractor import hooks_of
from spacy_docre.models.llm.architecture import usage_of
from tests.pipe.making import (
    blank,
    examples,
    learn,
    small_model,
    small_pipeline,
    stories,
    tell,
    without_relations,
)

from .making import rhf_model
from .stand_in import SURE, serve

pytest.importorskip("httpx")
FACTS = [("Ann", "born_in", "Bonn"), ("Ann", "lives_in", "Kiel")]  # the entities 0, 1 and 2
LABELS = ("born_in", "lives_in")
SCHEMA = {"relations": [{"label": label, "description": label} for label in LABELS]}
UNDESCRIBED = {"@misc": "spacy_docre.Prompts.v1", "described": False}
VERDICTS = {"@misc": "spacy_docre.VerdictChain.v1"}
STORED = {"@architectures": "spacy_docre.StoredTriples.v1"}


# What the component "propose" writes, and the component that knows the entities.
proposal = {}


@Language.component("propose")
def propose(doc):
    store_relations(doc, proposal["docre"].entity_doc(doc).entities, proposal["triples"])
    return doc


@pytest.fixture
def server():
    with serve() as stand_in:
        yield stand_in


def judge_at(url, schema=SCHEMA, **settings):
    return {
        "@architectures": "spacy_docre.ServedLM.v1",
        "endpoint": {"@misc": "spacy_docre.OpenAIEndpoint.v1", "url": url, "retries": 0},
        "name": "some-model",
        "schema": schema,
        "chain": VERDICTS,
        **settings,
    }


def pair_first(proposer, judge, **settings):
    model = {"@architectures": "spacy_docre.PairFirst.v1", "proposer": proposer, "judge": judge}
    return {"model": {**model, **settings}}


def proposing(url, *triples, threshold=0.5, schema=SCHEMA, **settings):
    """A pipeline in which one component writes triples, and the next one judges them."""
    nlp = blank()
    config = pair_first(STORED, judge_at(url, schema), **settings)
    nlp.add_pipe("docre", config={**config, "threshold": threshold, "use_gold_entities": False})
    proposal.update(docre=nlp.get_pipe("docre"), triples=triples)
    nlp.add_pipe("propose", first=True)
    return nlp


def read(nlp, facts=FACTS):
    return {
        (t.entities, t.label): t.score
        for t in load_relations(nlp(without_relations(tell(facts)))).triples
    }


def test_certain_triples_cost_no_request(server):
    certain = [Triple((0, 1), "born_in", 0.9), Triple((0, 2), "born_in", 0.1)]
    assert read(proposing(server.url, *certain)) == {((0, 1), "born_in"): 0.9}
    assert not server.bodies


def test_what_a_judge_is_asked_is_counted_as_its_cost(server):
    nlp = proposing(server.url, Triple((0, 1), "born_in", 0.6), Triple((0, 2), "lives_in", 0.6))
    model = nlp.get_pipe("docre").model
    before = hooks_of(model).requests(model)
    read(nlp)
    assert (before, hooks_of(model).requests(model)) == (0, 2)


@pytest.mark.parametrize("score", [0.2, 0.45, 0.8])
def test_a_yes_keeps_and_a_no_removes(server, score):
    right, wrong = Triple((0, 1), "born_in", score), Triple((0, 2), "born_in", score)
    found = read(proposing(server.url, right, wrong))
    assert found == {((0, 1), "born_in"): pytest.approx((score + SURE) / 2)}
    assert len(server.questions) == 2


def test_a_no_lowers_the_score(server):
    wrong = Triple((0, 2), "born_in", 0.6)
    found = read(proposing(server.url, wrong, threshold=0.0))
    assert found == {((0, 2), "born_in"): pytest.approx((0.6 + 1 - SURE) / 2)}


def test_questions_name_the_triple_and_share_the_passage(server):
    read(proposing(server.url, Triple((0, 1), "born_in", 0.5), Triple((0, 2), "lives_in", 0.5)))
    (passage,) = {question.split("\n\n")[0] for question in server.questions}
    assert passage == "Text:\nAnn was born in Bonn . Ann now lives in Kiel ."
    asked = [re.findall(r": (.*)$", q, re.M) for q in server.questions]
    assert sorted(asked) == [
        ["born_in", "born_in", "Ann", "Bonn"],
        ["lives_in", "lives_in", "Ann", "Kiel"],
    ]


def test_what_not_even_a_yes_would_keep_is_not_asked(server):
    unsure = Triple((0, 1), "born_in", 0.5)
    assert not read(proposing(server.url, unsure, threshold=0.8))
    assert not server.bodies
    assert read(proposing(server.url, unsure, threshold=0.7))
    assert len(server.questions) == 1


def test_what_is_below_the_band_keeps_its_score(server):
    low = Triple((0, 1), "born_in", 0.15)
    assert read(proposing(server.url, low, threshold=0.1)) == {((0, 1), "born_in"): 0.15}
    assert not server.bodies


def test_the_band_is_a_setting(server):
    triples = [Triple((0, 1), "born_in", 0.9), Triple((0, 2), "lives_in", 0.6)]
    read(proposing(server.url, *triples, lowest=0.7, highest=0.95))
    assert len(server.questions) == 1
    assert "Tail: Bonn" in server.questions[0]


def test_a_proposal_without_a_score_gets_none_that_nobody_told(server):
    unscored = Triple((0, 1), "born_in", None), Triple((0, 2), "born_in", None)
    nlp = proposing(server.url, *unscored, highest=1.0)
    assert read(nlp) == {((0, 1), "born_in"): pytest.approx(SURE)}
    server.log_probs = False
    assert read(nlp) == {((0, 1), "born_in"): None}


@pytest.mark.parametrize(("lowest", "highest"), [(0.6, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_a_band_that_is_none_is_refused(server, lowest, highest):
    with pytest.raises(ValueError, match="DRE610"):
        proposing(server.url, lowest=lowest, highest=highest)


def test_the_two_directions_of_a_symmetric_relation_are_one_question(server):
    schema = {"relations": [{"label": "knows", "description": "x", "symmetric": True}]}
    both = [Triple((0, 1), "knows", 0.5), Triple((1, 0), "knows", 0.6)]
    server.answer = lambda prompt: "yes"
    found = read(proposing(server.url, *both, schema=schema))
    assert found == {((0, 1), "knows"): pytest.approx((0.6 + SURE) / 2)}
    assert len(server.questions) == 1


def trained_first(url, **settings):
    """An extractor and a judge, of which the first one was trained for a moment."""
    spacy.util.fix_random_seed(0)
    nlp = blank()
    config = pair_first(small_model(), judge_at(url, schema=None, prompts=UNDESCRIBED), **settings)
    nlp.add_pipe("docre", config=config)
    nlp.initialize(lambda: examples(nlp))
    learn(nlp, stories(nlp), steps=5)
    return nlp


def scores(nlp, threshold=0.5):
    docs = nlp.pipe(
        map(without_relations, stories(nlp)),
        component_cfg={"docre": {"threshold": threshold}},
    )
    return [
        {(t.entities, t.label): round(t.score, 5) for t in load_relations(doc).triples}
        for doc in docs
    ]


def alone(nlp, threshold):
    """What the extractor finds without a judge."""
    docre = nlp.get_pipe("docre")
    other = small_pipeline().get_pipe("docre")
    other.model, other.schema = docre.model.layers[0], docre.schema
    docs = [other(without_relations(doc), threshold=threshold) for doc in stories(nlp)]
    return [
        {(t.entities, t.label): round(t.score, 5) for t in load_relations(doc).triples}
        for doc in docs
    ]


def test_any_extractor_may_propose_and_is_trained_as_ever(server):
    nlp = trained_first(server.url)
    assert not server.bodies  # training asks nobody
    proposed = alone(nlp, 0.0)
    uncertain = [score for own in proposed for score in own.values() if 0.2 <= score <= 0.8]
    assert uncertain
    found = scores(nlp, threshold=0.0)
    assert len(server.questions) == len(uncertain)
    assert usage_of(nlp.get_pipe("docre").model).requests == len(server.bodies)
    for own, before in zip(found, proposed):
        for triple, score in own.items():
            sure = not 0.2 <= before[triple] <= 0.8
            fused = [round((before[triple] + said) / 2, 5) for said in (SURE, 1 - SURE)]
            assert score == before[triple] if sure else min(abs(score - f) for f in fused) < 1e-4


@pytest.mark.parametrize("how", ["disk", "bytes"])
def test_both_are_saved_together(server, how, tmp_path):
    nlp = trained_first(server.url)
    expected = scores(nlp, threshold=0.0)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    if how == "bytes":
        again.from_bytes(nlp.to_bytes())
    with pytest.raises(ValueError, match="DRE570"):
        scores(again, threshold=0.0)
    with spacy_docre.trust():
        assert scores(again, threshold=0.0) == expected


def test_a_model_in_this_process_reads_the_passage_once_for_all_triples(base, monkeypatch):
    judge = {**rhf_model(base), "chain": VERDICTS}
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("docre", config=pair_first(small_model(), judge, lowest=0.0, highest=1.0))
    nlp.initialize(lambda: examples(nlp))
    lm = nlp.get_pipe("docre").model.layers[1].shims[0].lm
    read_passages = []
    encode = lm.encode

    def counted(adapter, prefixes):
        read_passages.extend(prefixes)
        return encode(adapter, prefixes)

    monkeypatch.setattr(lm, "encode", counted)
    (found, *_) = scores(nlp, threshold=0.0)
    assert len(found) > 10
    assert len(read_passages) == len(stories())
    assert len(set(found.values())) > 1


def test_in_a_long_document_what_no_window_has_together_keeps_its_score(base):
    budget = {"max_length": 160, "answer_tokens": 4}
    judge = {**rhf_model(base, budget=budget), "chain": VERDICTS}
    nlp = blank()
    config = pair_first(STORED, judge)
    nlp.add_pipe("docre", config={**config, "threshold": 0.0, "use_gold_entities": False})
    nlp.initialize(lambda: examples(nlp))
    near, far = Triple((0, 1), "born_in", 0.5), Triple((0, 3), "born_in", 0.5)
    proposal.update(docre=nlp.get_pipe("docre"), triples=[near, far])
    nlp.add_pipe("propose", first=True)
    facts = [("Ann", "born_in", "Bonn"), *[("Bonn", "lies_in", "Germany")] * 40]
    found = read(nlp, [*facts, ("Cleo", "lives_in", "Kiel")])
    assert found[(0, 3), "born_in"] == 0.5
    assert found[(0, 1), "born_in"] != 0.5


def test_gold_entities_are_not_those_that_were_proposed_about(server):
    nlp = proposing(server.url, Triple((0, 1), "born_in", 0.5))
    nlp.get_pipe("docre").use_gold_entities = True
    with pytest.raises(ValueError, match=r"DRE786.*use_gold_entities"):
        nlp.evaluate([Example(without_relations(tell(FACTS)), tell(FACTS))])


def test_somebody_has_to_propose(server):
    nlp = proposing(server.url)
    nlp.remove_pipe("propose")
    with pytest.raises(ValueError, match=r"DRE787.*doc\._\.relations"):
        read(nlp)


def test_both_components_have_to_find_the_same_entities(server):
    nlp = proposing(server.url)
    doc = without_relations(tell(FACTS))
    store_relations(doc, nlp.get_pipe("docre").entity_doc(doc).entities[:2], [])
    nlp.remove_pipe("propose")
    with pytest.raises(ValueError, match=r"DRE788.*sources"):
        nlp(doc)


def test_relations_that_the_judge_does_not_know_are_refused(server):
    with pytest.raises(ValueError, match=r"DRE789.*'knows'"):
        read(proposing(server.url, Triple((0, 1), "knows", 0.9)))


def test_a_chain_that_begins_in_the_middle_finds_nothing_alone(server):
    nlp = blank()
    nlp.add_pipe("docre", config={"model": judge_at(server.url)})
    with pytest.raises(ValueError, match=r"DRE784.*PairFirst"):
        read(nlp)


@pytest.mark.parametrize(
    ("judge", "code"),
    [
        ({"chain": {"@misc": "spacy_docre.OneRequestChain.v1"}}, "DRE785"),
        ({"chain": {"@misc": "spacy_docre.RHFChain.v1"}}, "DRE785"),
        (None, "DRE617"),
    ],
)
def test_a_judge_says_yes_or_no(server, judge, code):
    model = STORED if judge is None else judge_at(server.url, **judge)
    with pytest.raises(ValueError, match=code):
        blank().add_pipe("docre", config=pair_first(STORED, model))
