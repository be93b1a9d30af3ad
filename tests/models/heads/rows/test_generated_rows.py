"""Generated tails: reading all at once and one after another come to the same."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.grammar.automaton import Grammar
from spacy_docre.models.grammar.symbols import END
from spacy_docre.models.heads.generated_rows import make_generated_rows
from spacy_docre.models.heads.rows.row_symbols import RowSymbols, symbol_table
from spacy_docre.models.pairs.negatives import AllNegatives, NoNegatives

from ...worlds import make_schema, relaxed, schemas
from .networks import make_docs, make_network, make_tokens, one_by_one, read

BINARY = make_schema(P1=2, P2=2)
MIXED = make_schema(P1=2, P2=3, P3=[["A"], [], ["B"], []])
few = settings(relaxed, max_examples=25)


def walk(grammar, rng, steps):
    """A random sequence of the grammar for each row, padded with END. *Shape:* (N, L)"""
    doc, heads = grammar.heads()
    state = grammar.start(doc, heads)
    said = []
    for _ in range(steps):
        allowed = grammar.allowed(state)
        # Ending is one choice of many.
        weights = torch.from_numpy(rng.random(allowed.shape)) * allowed
        symbols = weights.argmax(1)
        state = grammar.advance(state, symbols)
        said.append(symbols)
    return torch.stack(said, dim=1)


def make(schema, types, seed, negatives=True):
    network = make_network(schema, seed)
    docs = make_docs(*types)
    table = symbol_table(schema)
    decoder = RowSymbols(network, read(network, docs, make_tokens(docs, seed)), table)
    return decoder, Grammar(table, docs, negatives=negatives, trie=network.sizes.trie)


def expect_same_logits(decoder, grammar, ids):
    """Step by step, as the search does it: with rows that end leaving the batch."""
    doc, heads = grammar.heads()
    symbols = torch.cat([grammar.start_symbols(heads).unsqueeze(1), ids], dim=1)
    with torch.inference_mode():
        expected = decoder.read(doc, heads, symbols)
        rows, state = torch.arange(len(doc)), decoder.begin(doc, heads)
        for step in range(symbols.shape[1]):
            logits, state = decoder.step(state, symbols[rows, step])
            torch.testing.assert_close(logits, expected[rows, step])
            if step < ids.shape[1]:
                going_on = (ids[rows, step] != END).nonzero()[:, 0]
                rows, state = rows[going_on], decoder.reorder(state, going_on)
    return expected


@pytest.mark.parametrize("schema", [BINARY, MIXED], ids=["binary", "mixed"])
def test_teacher_forcing_is_generation(schema):
    decoder, grammar = make(schema, ["AABCA", "AB", "ABCB"], seed=0)
    ids = walk(grammar, np.random.default_rng(0), steps=12)
    logits = expect_same_logits(decoder, grammar, ids)
    assert len(ids) > 5
    assert logits.std(dim=1).mean() > 0.1  # that they differ from step to step


def test_rows_are_out_of_phase_where_relations_have_different_numbers_of_entities():
    _, grammar = make(MIXED, ["AABCA"], seed=0)
    ids = walk(grammar, np.random.default_rng(0), steps=12)
    is_entity = ids >= grammar.table.first_entity
    assert (is_entity.any(0) & ~is_entity.all(0)).sum() > 5


@few
@given(
    schemas(),
    st.lists(st.text("ABCX", max_size=4), min_size=1, max_size=3),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_teacher_forcing_is_generation_for_any_schema(schema, types, seed, negatives):
    decoder, grammar = make(schema, types, seed, negatives)
    if len(grammar.heads()[0]):
        expect_same_logits(decoder, grammar, walk(grammar, np.random.default_rng(seed), steps=10))


def test_what_comes_later_does_not_matter():
    decoder, grammar = make(MIXED, ["AABCA"], seed=0)
    doc, heads = grammar.heads()
    start = grammar.start_symbols(heads).unsqueeze(1)
    rng = np.random.default_rng(0)
    one = torch.cat([start, walk(grammar, rng, steps=8)], dim=1)
    other = one.clone()
    other[:, 5:] = torch.cat([start, walk(grammar, rng, steps=8)], dim=1)[:, 5:]
    with torch.inference_mode():
        first, second = decoder.read(doc, heads, one), decoder.read(doc, heads, other)
    torch.testing.assert_close(first[:, :5], second[:, :5])
    assert not torch.allclose(first, second)


def test_a_tuple_is_read_with_what_its_other_entities_say_of_each_other():
    schema = make_schema(P1=3, P2=2)
    decoder, grammar = make(schema, ["AAA"], seed=0)
    first = grammar.table.first_entity
    # The head, two entities and their relation, and the second of them alone.
    symbols = torch.tensor([[first, first + 1, first + 2, first - 2, first + 2]])
    doc, heads = torch.tensor([0]), torch.tensor([0])
    with torch.inference_mode():
        before = decoder.read(doc, heads, symbols)[0]
        decoder.projected[1 * 3 + 2] *= -1  # the pair of the two
        after = decoder.read(doc, heads, symbols)[0]
    assert not torch.allclose(before[2], after[2])
    torch.testing.assert_close(before[:2], after[:2])
    # Each position is the mean over those before it in its tuple, the head included.
    with torch.inference_mode():
        pairs = decoder._positions(
            doc, heads, [torch.tensor([[-1, 1, -1]])], torch.tensor([[1, 2, 2]])
        )
    torch.testing.assert_close(
        pairs[0],
        torch.stack(
            [
                decoder.projected[1],
                (decoder.projected[2] + decoder.projected[5]) / 2,
                decoder.projected[2],
            ]
        ),
    )


GOLD = [(Triple((0, 1), "P1"), Triple((2, 1, 0), "P2")), (), (Triple((1, 0), "P1"),)]


def annotated(types):
    return [EntityDoc(doc.doc, doc.entities, gold) for doc, gold in zip(make_docs(*types), GOLD)]


@pytest.mark.parametrize("order", ["row_column", "annotation"])
@pytest.mark.parametrize("negatives", [AllNegatives(), NoNegatives()], ids=["all", "none"])
def test_the_loss_is_that_of_each_document_alone(order, negatives):
    network = make_network(MIXED)
    docs = annotated(["AAB", "BC", "BA"])
    tokens = make_tokens(docs)
    rows = make_generated_rows(negatives, order=order)
    rng = np.random.default_rng(0)
    together = rows.row_losses(network, read(network, docs, tokens), docs, rng).per_doc
    alone = [
        rows.row_losses(network, read(network, doc, own), doc, rng).per_doc[0]
        for doc, own in one_by_one(docs, tokens)
    ]
    torch.testing.assert_close(together, torch.stack(alone))
    assert (together > 0).all()


@pytest.mark.parametrize("beam_width", [1, 3])
def test_what_is_learnt_is_what_is_generated(beam_width):
    network = make_network(MIXED)
    docs = annotated(["AAB", "BC", "BA"])
    tokens = make_tokens(docs)
    rows = make_generated_rows(NoNegatives(), beam_width=beam_width)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    rng = np.random.default_rng(0)
    for _ in range(60):
        loss = rows.row_losses(network, read(network, docs, tokens), docs, rng).per_doc.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        found = rows.generate(network, read(network, docs, tokens), docs, 0.5)
    assert [tuple(each) for each in found] == GOLD
