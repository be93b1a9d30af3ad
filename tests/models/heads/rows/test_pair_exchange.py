"""With exchange layers, a pair knows of the pairs of its row and of its column."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.models.heads.rows.pair_exchange import PairExchange

from ...worlds import make_schema
from .networks import WIDTH, make_docs, make_network, make_tokens, read

TYPED = make_schema(P1=[["A"], ["B"]], P2=[["B"], ["C", "A"]])
some_pairs = st.lists(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), unique=True, max_size=8),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def layer():
    torch.manual_seed(0)
    made = PairExchange(WIDTH, attention_heads=2, hidden=2 * WIDTH, dropout=0.5).double().eval()
    with torch.no_grad():
        for projection in (made.in_row, made.in_column):
            projection.weight.normal_(std=1.5)
    return made


def tensors(pairs):
    return [torch.tensor(each, dtype=torch.long).view(-1, 2) for each in pairs]


def random_vectors(pairs):
    generator = torch.Generator().manual_seed(0)
    size = (sum(map(len, pairs)), WIDTH)
    return torch.randn(size, generator=generator, dtype=torch.float64)


def looked_up(projected, own, others, heads):
    """Attention of one vector to others, as one would write it down."""
    query = projected[own, :WIDTH].view(heads, -1)
    keys = projected[others, WIDTH : 2 * WIDTH].view(len(others), heads, -1)
    values = projected[others, 2 * WIDTH :].view(len(others), heads, -1)
    weights = (torch.einsum("hd,ohd->ho", query, keys) / query.shape[1] ** 0.5).softmax(1)
    return torch.einsum("ho,ohd->hd", weights, values).flatten()


def pair_by_pair(layer, vectors, pairs):
    """The layer without any matrix."""
    normed, first, rows = layer.norm(vectors), 0, []
    in_row, in_column = layer.in_row(normed), layer.in_column(normed)
    for each in pairs:
        for number, (head, tail) in enumerate(each, start=first):
            same_head = [first + i for i, pair in enumerate(each) if pair[0] == head]
            same_tail = [first + i for i, pair in enumerate(each) if pair[1] == tail]
            seen = [
                looked_up(in_row, number, same_head, layer.attention_heads),
                looked_up(in_column, number, same_tail, layer.attention_heads),
            ]
            vector = vectors[number] + layer.output(torch.cat(seen))
            rows.append(vector + layer.feed_forward(layer.norm_hidden(vector)))
        first += len(each)
    return torch.stack(rows) if rows else vectors


@given(pairs=some_pairs)
def test_a_pair_attends_to_its_row_and_its_column(layer, pairs):
    vectors = random_vectors(pairs)
    torch.testing.assert_close(layer(vectors, tensors(pairs)), pair_by_pair(layer, vectors, pairs))


@given(pairs=some_pairs, data=st.data())
def test_a_pair_changes_the_pairs_of_its_row_and_column_and_no_others(layer, pairs, data):
    flat = [(number, pair) for number, each in enumerate(pairs) for pair in each]
    if not flat:
        return
    changed = data.draw(st.integers(0, len(flat) - 1))
    vectors = random_vectors(pairs)
    other = vectors.clone()
    other[changed] = -2 * other[changed].roll(1)
    moved = (layer(vectors, tensors(pairs)) != layer(other, tensors(pairs))).any(1).tolist()
    doc, (head, tail) = flat[changed]
    assert moved == [
        number == doc and (pair[0] == head or pair[1] == tail) for number, pair in flat
    ]


def test_gradients_pass_where_rows_and_columns_have_gaps(layer):
    vectors = random_vectors([[(0, 3), (2, 1)]]).requires_grad_()
    layer(vectors, tensors([[(0, 3), (2, 1)]])).sum().backward()
    assert vectors.grad.isfinite().all() and (vectors.grad != 0).all()


@given(pairs=some_pairs, data=st.data())
def test_a_pair_that_is_not_seen_sees_the_others_and_itself(layer, pairs, data):
    seen = [data.draw(st.lists(st.booleans(), min_size=len(e), max_size=len(e))) for e in pairs]
    masks = [torch.tensor(each, dtype=torch.bool) for each in seen]
    vectors = random_vectors(pairs)
    found = layer(vectors, tensors(pairs), masks)
    for number in range(len(vectors)):
        # As if it were the only one, if it is not seen.
        kept = torch.cat(masks).index_fill(0, torch.tensor(number), True)
        here = [
            [pair for pair, keep in zip(each, own.tolist()) if keep]
            for each, own in zip(pairs, kept.split([len(each) for each in pairs]))
        ]
        expected = layer(vectors[kept], tensors(here))[int(kept[:number].sum())]
        torch.testing.assert_close(found[number], expected)


def test_more_layers_reach_further():
    docs = make_docs("AABB")
    tokens = make_tokens(docs)
    once, twice = (make_network(TYPED, exchange_layers=layers) for layers in (1, 2))
    pairs = [torch.tensor([[0, 2], [0, 3], [1, 3]])]

    def reached(network):
        """Whether the last pair changes the first one, which it shares nothing with."""
        vectors = network.context(*_read(network, tokens, docs), pairs)
        other = vectors.clone()
        other[2] = -2 * other[2].roll(1)
        for layer in network.exchange:
            vectors, other = layer(vectors, pairs), layer(other, pairs)
        return not torch.equal(vectors[0], other[0])

    assert (reached(once), reached(twice)) == (False, True)


def _read(network, tokens, docs):
    reading = read(network, docs, tokens)
    return reading.tokens, reading.symbols, reading.batch
