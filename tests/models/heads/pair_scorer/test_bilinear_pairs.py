"""What holds for whatever a network with random weights finds."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.encoders.token_vectors import TokenReading
from spacy_docre.models.heads.bilinear_pairs import make_bilinear_pairs
from spacy_docre.models.pairs.negatives import AllNegatives, NoNegatives, SampledNegatives
from tests.models.heads.rows.networks import assert_same, make_docs, make_tokens, one_by_one
from tests.models.worlds import VOCAB, make_schema, relaxed, schemas

from .networks import WIDTH, make_network

few = settings(relaxed, max_examples=25)
THRESHOLDS = st.sampled_from([0.0, 0.01, 0.3, 0.5, 0.9, 1.0])
DOCS = st.lists(st.text("ABCX", max_size=5), min_size=1, max_size=3)
SCHEMA = make_schema(P1=2, P2=2, P3=2)
TYPED = make_schema(P1=2, P2=[["A"], []], P3=[["B"], ["C"]])


def extractor(network):
    """What the head is handed: the part of an extractor's network that is its own."""
    return SimpleNamespace(head=network)


def found_in(network, docs, tokens, threshold=0.5):
    with torch.inference_mode():
        reading = TokenReading(tokens)
        return make_bilinear_pairs().extract(extractor(network), reading, docs, threshold)


def losses_of(network, docs, tokens, negatives=None):
    """*Shape:* (docs,)"""
    head, rng = make_bilinear_pairs(negatives), np.random.default_rng(0)
    return head.losses(extractor(network), TokenReading(tokens), docs, rng).per_doc


@few
@given(schemas(arities=(2,)), DOCS, st.integers(0, 99), THRESHOLDS, st.integers(1, 3))
def test_what_is_found_is_possible(schema, types, seed, threshold, limit):
    docs = make_docs(*types)
    network = make_network(schema, seed, max_labels=limit)
    found = found_in(network, docs, make_tokens(docs, seed), threshold)
    assert len(found) == len(docs)
    for doc, triples in zip(docs, found):
        assert triples == sorted(set(triples))
        candidates = [triple.entities for triple in triples]
        assert all(candidates.count(pair) <= limit for pair in candidates)
        for triple in triples:
            assert threshold <= triple.score <= 1
            assert triple.head != triple.tail
            for role, index in enumerate(triple.entities):
                assert schema[triple.label].allows(role, doc.entities[index].type)


@few
@given(schemas(arities=(2,)), DOCS, st.integers(0, 99), THRESHOLDS, THRESHOLDS)
def test_a_higher_threshold_leaves_out_what_scores_lower(schema, types, seed, one, two):
    docs = make_docs(*types)
    network = make_network(schema, seed)
    tokens = make_tokens(docs, seed)
    more = found_in(network, docs, tokens, min(one, two))
    fewer = found_in(network, docs, tokens, max(one, two))
    assert fewer == [[t for t in triples if t.score >= max(one, two)] for triples in more]


def test_at_zero_every_pair_has_as_many_relations_as_a_pair_may_have():
    docs = make_docs("AAA")
    network = make_network(SCHEMA, max_labels=2)
    (found,) = found_in(network, docs, make_tokens(docs), 0.0)
    candidates = [triple.entities for triple in found]
    assert {pair: candidates.count(pair) for pair in candidates} == {
        (h, t): 2 for h in range(3) for t in range(3) if h != t
    }


def test_a_pair_keeps_its_best_relations():
    docs = make_docs("AABCA")
    everything = found_in(make_network(SCHEMA), docs, make_tokens(docs), 0.0)[0]
    best = found_in(make_network(SCHEMA, max_labels=1), docs, make_tokens(docs), 0.0)[0]
    for triple in best:
        rivals = [t.score for t in everything if t.entities == triple.entities]
        assert triple.score == max(rivals)
    assert len(everything) == 3 * len(best)


@pytest.mark.parametrize("left_out", [None, "closest_mentions", "salience"], ids=str)
def test_no_document_depends_on_others_of_its_batch(left_out):
    shape = {} if left_out is None else {left_out: False}
    network = make_network(TYPED, **shape)
    docs = make_docs("AABCA", "", "AB", "C", "ABCBAABC")
    tokens = make_tokens(docs)
    together = found_in(network, docs, tokens, 0.3)
    alone = [found_in(network, doc, own, 0.3)[0] for doc, own in one_by_one(docs, tokens)]
    assert_same(together, alone)
    assert sum(map(len, together)) > 5


def test_the_order_of_a_batch_does_not_matter():
    network = make_network(TYPED)
    docs = make_docs("AAB", "ABCA", "", "BA")
    tokens = make_tokens(docs).split([len(doc.doc) for doc in docs])
    found = found_in(network, docs, torch.cat(tokens))
    backwards = found_in(network, docs[::-1], torch.cat(tokens[::-1]))
    assert_same(backwards[::-1], found)


def placed(type="A", **mentions):
    """A document of nine words with two entities, named by the letters of their mentions: "a"
    and "b" stand for the first, and "c" for the second. A word's vector goes with its name."""
    entities = [
        Entity.of([(at, at + 1) for name, at in mentions.items() if name in "ab"], "A"),
        Entity.of([(mentions["c"], mentions["c"] + 1)], type),
    ]
    tokens = torch.zeros(9, WIDTH, dtype=torch.float64)
    vectors = np.random.default_rng(0).normal(size=(3, WIDTH))
    for name, at in mentions.items():
        tokens[at] = torch.from_numpy(vectors["abc".index(name)])
    return EntityDoc(Doc(VOCAB, words=["w"] * 9), tuple(entities)), tokens


# Documents that differ in nothing but the feature.
DIFFERENT = {
    "closest_mentions": (placed(a=0, b=5, c=6), placed(a=5, b=0, c=6)),
    "salience": (placed(a=0, c=4), placed(a=3, c=7)),
}


@pytest.mark.parametrize("feature", DIFFERENT)
def test_a_feature_matters_where_it_is_asked_for(feature):
    (one, tokens), (other, other_tokens) = DIFFERENT[feature]
    # Salience knows something of most of them.
    shape = {"salience": feature == "salience"}
    for network, matters in [
        (make_network(SCHEMA, **shape), True),
        (make_network(SCHEMA, **{**shape, feature: False}), False),
    ]:
        (first,) = found_in(network, [one], tokens, 0.0)
        (second,) = found_in(network, [other], other_tokens, 0.0)
        scores = [triple.score for triple in second]
        assert ([triple.score for triple in first] == pytest.approx(scores)) is not matters


@pytest.mark.parametrize("other", [{"c": 4, "type": "B"}, {"c": 8}], ids=["types", "distance"])
def test_types_of_entities_and_their_distance_always_matter(other):
    network = make_network(SCHEMA, salience=False)
    (one, tokens), (two, other_tokens) = placed(a=0, c=4), placed(a=0, **other)
    (first,) = found_in(network, [one], tokens, 0.0)
    (second,) = found_in(network, [two], other_tokens, 0.0)
    assert [t.score for t in first] != pytest.approx([t.score for t in second])


GOLD = [(Triple((0, 1), "P1"), Triple((0, 1), "P2")), (), (Triple((1, 0), "P1"),)]


def annotated_docs():
    return [
        EntityDoc(doc.doc, doc.entities, gold)
        for doc, gold in zip(make_docs("AAB", "BC", "BA"), GOLD)
    ]


def test_the_loss_is_that_of_each_document_alone():
    network, docs = make_network(TYPED), annotated_docs()
    tokens = make_tokens(docs)
    together = losses_of(network, docs, tokens)
    alone = [losses_of(network, doc, own)[0] for doc, own in one_by_one(docs, tokens)]
    torch.testing.assert_close(together, torch.stack(alone))
    assert (together > 0).all()


def test_negatives_choose_what_is_learnt():
    network, docs = make_network(TYPED), annotated_docs()
    tokens = make_tokens(docs)
    everything, some, nothing = [
        losses_of(network, docs, tokens, negatives).detach()
        for negatives in (AllNegatives(), SampledNegatives(0.5), NoNegatives())
    ]
    assert (everything >= some).all()
    assert (some >= nothing).all()
    assert everything[0] > some[0] > nothing[0] > 0
    assert nothing[1] == 0


def test_what_is_learnt_is_what_is_found():
    network, docs = make_network(TYPED), annotated_docs()
    tokens = make_tokens(docs)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(60):
        loss = losses_of(network, docs, tokens).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert [tuple(each) for each in found_in(network, docs, tokens)] == GOLD
