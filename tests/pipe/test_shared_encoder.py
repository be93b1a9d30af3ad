"""An encoder that other components share learns with the component, or keeps still."""

import re

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Span
from spacy.training import Example

from spacy_docre.data.storage import has_relations, load_relations, store_relations

from .making import (
    BILINEAR,
    TOK2VEC,
    blank,
    example_of,
    facts_of,
    learn,
    scored,
    small_model,
    stories,
    tell,
    without_relations,
)

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}


@pytest.fixture(params=[{}, BILINEAR], ids=["rows", "pairs"])
def nlp(request):
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    nlp.add_pipe("docre", config={"model": small_model(**request.param, tok2vec=LISTENER)})
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    return nlp


def encoder_weights(nlp):
    return [
        node.get_param(name).copy()
        for node in nlp.get_pipe("tok2vec").model.walk()
        for name in node.param_names
    ]


def changed(nlp, before):
    return [not numpy.array_equal(a, b) for a, b in zip(before, encoder_weights(nlp))]


def knows_the_stories(nlp):
    return all(facts_of(nlp(without_relations(doc))) == facts_of(doc) for doc in stories())


def test_it_is_a_listener(nlp):
    assert nlp.get_pipe("tok2vec").listening_components == ["docre"]


def test_gradients_reach_the_encoder(nlp, tmp_path):
    before = encoder_weights(nlp)
    learn(nlp, stories(nlp), until=knows_the_stories)
    assert all(changed(nlp, before))
    assert knows_the_stories(nlp)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    for doc in stories():
        assert scored(again(without_relations(doc))) == scored(nlp(without_relations(doc))) != []


def test_a_frozen_encoder_stays_as_it_is(nlp):
    before = encoder_weights(nlp)
    learn(nlp, stories(nlp), until=knows_the_stories, exclude=["tok2vec"], annotates=["tok2vec"])
    assert not any(changed(nlp, before))
    assert knows_the_stories(nlp)


def test_documents_with_nothing_to_learn_do_not_stop_the_encoder(nlp):
    optimizer = nlp.resume_training()
    poor = [nlp.make_doc(text) for text in ["", "nobody", ""]]
    batches = [poor, [*poor, *stories()], [poor[0]], stories()]
    for batch in batches:
        nlp.update([annotated(doc) for doc in batch], sgd=optimizer)


def annotated(doc):
    if not has_relations(doc):
        store_relations(doc, [], [])
    return example_of(doc)


def test_an_encoder_serves_two_components(nlp):
    nlp.add_pipe("ner", config={"model": {"tok2vec": LISTENER, "hidden_width": 8}})
    examples = [Example(example_of(doc).predicted, doc) for doc in stories(nlp)]
    nlp.initialize(lambda: examples)
    before = encoder_weights(nlp)
    optimizer = nlp.resume_training()
    losses = [nlp.update(examples, sgd=optimizer) for _ in range(10)]
    assert losses[-1]["docre"] < losses[0]["docre"]
    assert losses[-1]["ner"] > 0
    assert all(changed(nlp, before))


def test_documents_with_one_entity_are_left_out_without_shifting_others(nlp):
    learn(nlp, stories(nlp), until=knows_the_stories)
    docs = [nlp.make_doc("nobody"), *map(without_relations, stories()), nlp.make_doc("")]
    found = [facts_of(doc) for doc in nlp.pipe(docs, batch_size=5)]
    assert found == [set(), *(facts_of(doc) for doc in stories()), set()]


def test_an_encoder_that_is_disabled_is_missed(nlp):
    with nlp.select_pipes(disable=["tok2vec"]), pytest.warns(UserWarning, match="DRW502"):
        nlp(without_relations(stories()[0]))


def test_tokens_that_are_split_between_the_encoder_and_the_component_are_an_error(nlp):
    @Language.component("split_bonn")
    def split_bonn(doc):
        with doc.retokenize() as retokenizer:
            for token in doc:
                if token.text == "Bonn":
                    retokenizer.split(token, ["Bo", "nn"], heads=[(token, 0), (token, 1)])
        return doc

    nlp.add_pipe("split_bonn", after="tok2vec")
    docs = [nlp.make_doc(text) for text in ("Bob saw Kiel .", "Ann saw Bonn .", "Bob saw Ulm .")]
    for doc in docs:
        doc.ents = [Span(doc, 0, 1, "PER"), Span(doc, 2, 3, "LOC")]
    failed = []
    nlp.set_error_handler(lambda name, pipe, docs, error: failed.append(str(error)))
    # Without the error, documents that follow would be read a token too late.
    assert [doc[0].text for doc in nlp.pipe(docs)] == ["Bob", "Bob"]
    assert len(failed) == 1
    assert re.search(r"DRE060.*'Ann saw Bonn \.' has 5 tokens, but 6 .*before=", failed[0])


def test_tokens_that_are_merged_after_the_encoder_have_the_vector_that_spacy_keeps(nlp):
    doc = nlp.get_pipe("tok2vec")(nlp.make_doc("Ann Berg saw Bonn ."))
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    doc.ents = [Span(doc, 0, 1, "PER"), Span(doc, 2, 3, "LOC")]
    assert len(load_relations(nlp.get_pipe("docre")(doc, threshold=0.0)).triples) >= 2


@pytest.mark.parametrize("difference", [-1, 1])
def test_any_encoder_must_give_a_vector_for_each_token(nlp, difference):
    doc = nlp.get_pipe("tok2vec")(without_relations(stories(nlp)[0]))
    doc.tensor = numpy.ones((len(doc) + difference, 16), dtype="float32")
    with pytest.raises(ValueError, match=r"DRE060.*'Ann was born in Bonn"):
        nlp.get_pipe("docre")(doc)


def test_the_width_is_that_of_the_encoder(nlp):
    assert nlp.get_pipe("docre").model.shims[0].network.sizes.width == LISTENER["width"]


def test_a_listener_of_its_own_copy_learns_the_same_way(nlp, tmp_path):
    learn(nlp, stories(nlp), until=knows_the_stories)
    nlp.to_disk(tmp_path)
    other = spacy.load(tmp_path)
    other.replace_listeners("tok2vec", "docre", ["model.tok2vec"])
    doc = tell([("Ann", "lives_in", "Ulm"), ("Ulm", "lies_in", "Germany")])
    assert scored(other(without_relations(doc))) == scored(nlp(without_relations(doc)))
