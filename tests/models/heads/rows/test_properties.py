"""What holds for whatever a network with random weights finds, and in whatever way."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.models.heads.generated_rows import make_generated_rows
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.pairs.negatives import NoNegatives

from ...worlds import make_schema, relaxed, schemas
from .networks import assert_same, make_docs, make_network, make_tokens, one_by_one, read

few = settings(relaxed, max_examples=25)
THRESHOLDS = st.sampled_from([0.0, 0.01, 0.3, 0.5, 0.9, 1.0])
DOCS = st.lists(st.text("ABCX", max_size=5), min_size=1, max_size=3)
WAYS = {
    "given": make_given_rows(),
    "generated": make_generated_rows(),
    "beam": make_generated_rows(beam_width=3),
    "without NA": make_generated_rows(NoNegatives()),
    "in any order": make_generated_rows(order="random"),
}
each_way = pytest.mark.parametrize("rows", WAYS.values(), ids=WAYS)


def generate(rows, network, docs, tokens, threshold=0.5):
    with torch.inference_mode():
        return rows.generate(network, read(network, docs, tokens), docs, threshold)


@each_way
@few
@given(schemas(arities=(2,)), DOCS, st.integers(0, 99), THRESHOLDS)
def test_what_is_found_is_possible(rows, schema, types, seed, threshold):
    docs = make_docs(*types)
    found = generate(rows, make_network(schema, seed), docs, make_tokens(docs, seed), threshold)
    assert len(found) == len(docs)
    for doc, triples in zip(docs, found):
        assert len(set(triples)) == len(triples)
        for triple in triples:
            assert threshold <= triple.score <= 1
            assert triple.head != triple.tail
            for role, index in enumerate(triple.entities):
                assert schema[triple.label].allows(role, doc.entities[index].type)


# A lower threshold need not find more: a relation that is found now is read by all that follows
# in its row, and what follows may change its mind. The first pair of a row reads no other.


@pytest.mark.parametrize("way", ["given", "generated"])
def test_a_lower_threshold_finds_more_where_nothing_was_read_before(way):
    schema, docs = make_schema(P1=2), make_docs("AA", "AA", "AA")
    for seed in range(10):
        network, tokens = make_network(schema, seed), make_tokens(docs, seed)
        counts = [
            sum(map(len, generate(WAYS[way], network, docs, tokens, threshold)))
            for threshold in (0.01, 0.5, 0.99)
        ]
        assert counts == sorted(counts, reverse=True)


def test_at_zero_every_pair_has_a_relation_and_at_one_none_has():
    schema, docs = make_schema(P1=2, P2=2), make_docs("AAA")
    network, tokens = make_network(schema), make_tokens(docs)
    (everything,) = generate(WAYS["given"], network, docs, tokens, 0.0)
    assert {t.entities for t in everything} == {
        (h, t) for h in range(3) for t in range(3) if h != t
    }
    assert generate(WAYS["given"], network, docs, tokens, 1.0) == [[]]


@each_way
def test_no_document_depends_on_others_of_its_batch(rows):
    network = make_network(make_schema(P1=2, P2=[["A"], []], P3=[["B"], ["C"]]))
    docs = make_docs("AABCA", "", "AB", "C", "ABCBAABC")
    tokens = make_tokens(docs)
    together = generate(rows, network, docs, tokens, 0.3)
    alone = [generate(rows, network, doc, own, 0.3)[0] for doc, own in one_by_one(docs, tokens)]
    assert_same(together, alone)
    assert sum(map(len, together)) > 5


@each_way
def test_the_order_of_a_batch_does_not_matter(rows):
    network = make_network(make_schema(P1=2, P2=2))
    docs = make_docs("AAB", "ABCA", "", "BA")
    tokens = make_tokens(docs).split([len(doc.doc) for doc in docs])
    found = generate(rows, network, docs, torch.cat(tokens))
    backwards = generate(rows, network, docs[::-1], torch.cat(tokens[::-1]))
    assert_same(backwards[::-1], found)


@each_way
def test_more_entities_than_embeddings_are_no_problem(rows):
    network = make_network(make_schema(P1=2))
    docs = make_docs("A" * 13)
    (found,) = generate(rows, network, docs, make_tokens(docs), 0.1)
    mentioned = {entity for triple in found for entity in triple.entities}
    assert max(mentioned) >= 2 * network.symbols.index_embedding.num_embeddings


@each_way
def test_half_the_precision_finds_much_the_same(rows):
    schema, docs = make_schema(P1=2, P2=2), make_docs("AAAA")
    network, tokens = make_network(schema), make_tokens(docs)
    (expected,) = generate(rows, network, docs, tokens)
    (found,) = generate(rows, network.float(), docs, tokens.float())
    assert [(t.entities, t.label) for t in found] == [(t.entities, t.label) for t in expected]
    assert all(abs(a.score - b.score) < 1e-4 for a, b in zip(found, expected))
