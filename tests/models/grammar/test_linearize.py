import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.triples import Triple
from spacy_docre.models.grammar.linearize import SymbolSequence, delinearize, linearize
from spacy_docre.models.pairs.candidate_pairs import ROOT

from ..worlds import (
    annotated,
    make_candidates,
    make_doc,
    make_schema,
    make_table,
    relaxed,
    triples_of,
)

SCHEMA = make_schema(P1=2, P2=2)
MODES = st.sampled_from(["matrix", "rows"])
ORDERS = st.sampled_from(["row_column", "random", "annotation"])


def write(candidates, triples, negatives=(), mode="rows", order="row_column", seed=0):
    table = make_table(candidates.trie.schema, candidates.doc)
    rng = np.random.default_rng(seed)
    return linearize(table, candidates, triples, negatives, mode=mode, order=order, rng=rng)


@relaxed
@given(annotated())
def test_pairs_are_the_tuples_of_entities_that_a_relation_allows(world):
    candidates, _, _ = world
    schema, entities = candidates.trie.schema, candidates.doc.entities
    listed = list(candidates)
    assert listed == sorted(set(listed))
    assert len(listed) == candidates.count == int(candidates.counts[ROOT])
    assert {pair[0] for pair in listed} == set(candidates.heads)
    for i in range(len(entities)):
        for j in range(len(entities)):
            fitting = [
                r
                for r, relation in enumerate(schema.relations)
                if relation.arity == 2
                and i != j
                and relation.allows(0, entities[i].type)
                and relation.allows(1, entities[j].type)
            ]
            assert candidates.labels((i, j)) == fitting
            assert ((i, j) in listed) == bool(fitting)


@relaxed
@given(annotated(arities=(2,)))
def test_the_masks_of_binary_pairs_agree_with_their_labels(world):
    candidates, _, _ = world
    n_relations, n_entities = len(candidates.trie.schema.relations), len(candidates.doc.entities)
    mask = candidates.relation_mask()
    assert mask.shape == (n_relations, n_entities, n_entities)
    assert np.array_equal(candidates.mask(), mask.any(axis=0))
    for head, tail in np.ndindex(n_entities, n_entities):
        assert np.flatnonzero(mask[:, head, tail]).tolist() == candidates.labels((head, tail))


@relaxed
@given(annotated(), MODES, ORDERS, st.integers(0, 99))
def test_reading_is_the_inverse_of_writing(world, mode, order, seed):
    candidates, triples, negatives = world
    sequences = write(candidates, triples, negatives, mode, order, seed)
    content = delinearize(make_table(candidates.trie.schema, candidates.doc), candidates, sequences)
    assert sorted(content.triples) == sorted(triples)
    assert sorted(content.negatives) == sorted(negatives)
    if (mode, order) == ("matrix", "annotation"):
        assert list(content.triples) == triples


def test_a_matrix_states_heads_tails_and_relations_in_order():
    candidates = make_candidates(SCHEMA, make_doc("A", "A", "A"))
    triples = triples_of(SCHEMA, (2, 0, "P1"), (0, 2, "P2"), (0, 2, "P1"))
    (sequence,) = write(candidates, triples, [(0, 1)], mode="matrix")
    assert sequence == (-1, (4, 5, 1, 4, 6, 2, 4, 6, 3, 6, 4, 2, 0))


def test_rows_leave_their_head_out_and_exist_where_nothing_is_stated():
    candidates = make_candidates(SCHEMA, make_doc("A", "A", "A"))
    triples = triples_of(SCHEMA, (2, 0, "P1"), (0, 2, "P2"))
    assert write(candidates, triples) == [(0, (6, 3, 0)), (1, (0,)), (2, (4, 2, 0))]


def test_entities_that_cannot_be_heads_have_no_row():
    candidates = make_candidates(make_schema(P1=("A", "B")), make_doc("B", "A", "C"))
    assert [sequence.head for sequence in write(candidates, [])] == [1]


def test_annotation_order_keeps_the_triples_and_puts_negatives_last():
    candidates = make_candidates(SCHEMA, make_doc("A", "A"))
    triples = triples_of(SCHEMA, (1, 0, "P2"), (1, 0, "P1"))
    (sequence,) = write(candidates, triples, [(0, 1)], mode="matrix", order="annotation")
    assert sequence.symbols == (5, 4, 3, 5, 4, 2, 4, 5, 1, 0)


def test_random_order_depends_on_nothing_but_the_generator():
    candidates = make_candidates(SCHEMA, make_doc(*"AAAA"))
    triples = [Triple(pair, "P1") for pair in candidates]
    one = write(candidates, triples, order="random", seed=1)
    assert one == write(candidates, triples[::-1], order="random", seed=1)
    assert one != write(candidates, triples, order="random", seed=2)


@pytest.mark.parametrize(("pair", "problem"), [((0, 1), "gold"), ((1, 1), "no relation")])
def test_a_negative_pair_must_be_free(pair, problem):
    candidates = make_candidates(SCHEMA, make_doc("A", "A"))
    with pytest.raises(ValueError, match=f"DRE206.*{problem}"):
        write(candidates, triples_of(SCHEMA, (0, 1, "P1")), [pair])


@pytest.mark.parametrize("names", [{"mode": "columns"}, {"order": "sideways"}])
def test_an_unknown_mode_or_order_is_an_error(names):
    with pytest.raises(ValueError, match="DRE203"):
        write(make_candidates(SCHEMA, make_doc("A", "A")), [], **names)


@pytest.mark.parametrize(
    ("symbols", "position", "problem"),
    [
        ((4, 5, 2), 3, "the end is missing"),
        ((4, 5, 0), 2, "it ends within"),
        ((4, 5, 2, 0, 0), 3, "after the end"),
        ((4, 2, 0), 1, "P1 cannot hold"),
        ((4, 4, 2, 0), 2, "P1 cannot hold"),
        ((4, 1, 0), 1, "NA cannot hold"),
        ((4, 9, 2, 0), 1, "no symbol 9"),
        ((4, 5, 2, 4, 5, 2, 0), 5, "repeats"),
        ((4, 5, 1, 4, 5, 1, 0), 5, "repeats"),
        ((4, 5, 2, 4, 5, 1, 0), 5, "NA and a relation"),
        ((4, 5, 1, 4, 5, 2, 0), 5, "NA and a relation"),
    ],
)
def test_an_ill_formed_sequence_is_refused_with_its_position(symbols, position, problem):
    candidates = make_candidates(SCHEMA, make_doc("A", "A"))
    with pytest.raises(ValueError, match=f"DRE207.*position {position} .*{problem}"):
        delinearize(make_table(SCHEMA, candidates.doc), candidates, [SymbolSequence(-1, symbols)])


def test_many_types_that_no_relation_tells_apart_are_one_class():
    candidates = make_candidates(make_schema(P1=4), make_doc("A", "B", "C", "unheard of"))
    assert candidates.trie.n_classes == 1
    assert candidates.count == 24
