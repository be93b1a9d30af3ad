from itertools import chain, combinations, pairwise, permutations, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.models.grammar.automaton import Grammar, pad
from spacy_docre.models.grammar.linearize import SymbolSequence, delinearize, linearize
from spacy_docre.models.grammar.symbols import END, FIRST_RELATION, NA
from spacy_docre.models.pairs.negatives import AllNegatives

from ..worlds import (
    annotated,
    make_candidates,
    make_doc,
    make_schema,
    make_table,
    relaxed,
    triples_of,
)

MODES = st.sampled_from(["matrix", "rows"])
ORDERS = st.sampled_from(["row_column", "random", "annotation"])
CAPS = st.sampled_from([None, 1, 2])


def make_grammar(candidates, **options):
    return Grammar(make_table(candidates.trie.schema, candidates.doc), [candidates.doc], **options)


@pytest.mark.parametrize("mode", ["matrix", "rows"])
def test_what_there_is_for_each_sequence_is_divided_by_documents(mode):
    docs = [make_doc(*types) for types in ("AAB", "", "B", "AB")]
    grammar = Grammar(make_table(make_schema(P1=2), *docs), docs, mode=mode)
    of_doc, heads = grammar.heads()
    sequences = list(zip(of_doc.tolist(), heads.tolist()))
    divided = grammar.by_doc(sequences)
    assert [len(own) for own in divided] == ([1] * 4 if mode == "matrix" else [3, 0, 0, 2])
    assert [[doc for doc, _ in own] for own in divided] == [
        [number] * len(own) for number, own in enumerate(divided)
    ]
    assert [each for own in divided for each in own] == sequences


def language(grammar):
    """Every sequence of symbols that the grammar accepts, by head."""
    doc, heads = grammar.heads()
    said = [[] for _ in heads]
    owner = torch.arange(len(heads))
    symbols = torch.zeros(len(heads), 0, dtype=torch.long)
    state = grammar.start(doc, heads)
    while len(owner):
        parent, symbol = grammar.allowed(state).nonzero().T
        assert set(parent.tolist()) == set(range(len(owner))), "a dead end"
        owner, symbols = owner[parent], torch.cat([symbols[parent], symbol[:, None]], 1)
        for i in (symbol == END).nonzero()[:, 0].tolist():
            said[owner[i]].append(tuple(symbols[i].tolist()))
        state = grammar.advance(grammar.select(state, parent), symbol)
        going_on = ~state.finished
        owner, symbols = owner[going_on], symbols[going_on]
        state = grammar.select(state, going_on)
    return dict(zip(heads.tolist(), said))


def every_sequence(candidates, head, *, increasing, negatives, max_labels):
    """The same, from the definition: what each pair may hold, in any order."""
    offset = FIRST_RELATION + len(candidates.trie.schema.relations)
    choices = []
    for pair in candidates:
        if head not in (-1, pair[0]):
            continue
        labels = [FIRST_RELATION + label for label in candidates.labels(pair)]
        most = min(len(labels), max_labels or len(labels))
        contents = [c for n in range(most + 1) for c in combinations(labels, n)]
        if negatives:
            contents.append((NA,))
        entities = tuple(offset + index for index in (pair if head == -1 else pair[1:]))
        choices.append([[(*entities, symbol) for symbol in content] for content in contents])
    for content in product(*choices):
        statements = sorted(chain.from_iterable(content))
        orders = [statements] if increasing else permutations(statements)
        for order in orders:
            yield (*chain.from_iterable(order), END)


WORLDS = {
    "binary": (make_schema(P1=2, P2=2), "AA"),
    "three entities": (make_schema(P1=2), "AAB"),
    "typed": (make_schema(P1=("A", "B"), P2=("B", "A"), P3=("A", "AB")), "AB"),
    "ternary": (make_schema(P1=("A", "B", "B")), "ABB"),
    "mixed arities": (make_schema(P1=("A", "B"), P2=("A", "B", "B"), P3=("A", "B")), "ABB"),
    "role without entity": (make_schema(P1=("A", "B", "C"), P2=("A", "B")), "ABB"),
    "too few of a type": (make_schema(P1=("A", "A", "B")), "AB"),
    "one entity": (make_schema(P1=2), "A"),
    "no entity": (make_schema(P1=2), ""),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("mode", ["matrix", "rows"])
@pytest.mark.parametrize("order", ["row_column", "random"])
@pytest.mark.parametrize("negatives", [True, False])
@pytest.mark.parametrize("max_labels", [None, 1])
def test_the_grammar_accepts_exactly_the_sequences_of_its_definition(
    world, mode, order, negatives, max_labels
):
    schema, types = WORLDS[world]
    candidates = make_candidates(schema, make_doc(*types))
    if order == "random" and candidates.count > 4 and mode == "matrix":
        pytest.skip("too many permutations to list")
    options = {"negatives": negatives, "max_labels": max_labels}
    accepted = language(make_grammar(candidates, mode=mode, order=order, **options))
    assert list(accepted) == ([-1] if mode == "matrix" else candidates.heads)
    for head, sequences in accepted.items():
        expected = list(
            every_sequence(candidates, head, increasing=order == "row_column", **options)
        )
        assert sorted(sequences) == sorted(expected)


@pytest.mark.parametrize("max_labels", [None, 1])
def test_a_grammar_of_every_pair_leaves_none_out(max_labels):
    schema = make_schema(P1=2, P2=("A", "B"))
    candidates = make_candidates(schema, make_doc(*"ABA"))
    options = {"negatives": True, "max_labels": max_labels}
    accepted = language(make_grammar(candidates, due=[candidates.mask()], **options))
    for head, sequences in accepted.items():
        tails = {pair[1] for pair in candidates if pair[0] == head}
        expected = [
            sequence
            for sequence in every_sequence(candidates, head, increasing=True, **options)
            if {symbol - 4 for symbol in sequence if symbol >= 4} == tails
        ]
        assert sorted(sequences) == sorted(expected)


NARY = {
    "ternary": (make_schema(P1=("A", "B", "B")), "ABBB"),
    "several heads": (make_schema(P1=("A", "B", "AB")), "ABA"),
    "several relations": (make_schema(P1=("A", "B", "B"), P2=("A", "B", "B")), "ABB"),
    "mixed arities": (make_schema(P1=("A", "B"), P2=("A", "B", "B"), P3=("A", "B")), "ABB"),
    "four entities": (make_schema(P1=("A", "B", "C", "B")), "ABCBC"),
}


@pytest.mark.parametrize("world", NARY)
@pytest.mark.parametrize("max_labels", [None, 1])
def test_a_grammar_of_every_pair_of_more_than_two_entities_leaves_none_out(world, max_labels):
    schema, types = NARY[world]
    candidates = make_candidates(schema, make_doc(*types))
    options = {"negatives": True, "max_labels": max_labels}
    due = np.ones((len(types), len(types)), dtype=bool)
    accepted = language(make_grammar(candidates, due=[due], **options))
    offset = FIRST_RELATION + len(schema.relations)
    assert list(accepted) == candidates.heads
    for head, sequences in accepted.items():
        wanted = {
            tuple(offset + index for index in pair[1:]) for pair in candidates if pair[0] == head
        }
        expected = [
            sequence
            for sequence in every_sequence(candidates, head, increasing=True, **options)
            if stated_tuples(sequence, offset) == wanted
        ]
        assert expected
        assert sorted(sequences) == sorted(expected)


def stated_tuples(sequence, offset):
    """The tuples of entities that a sequence states anything of."""
    tuples, unfinished = set(), ()
    for symbol in sequence[:-1]:
        if symbol >= offset:
            unfinished = (*unfinished, symbol)
        else:
            tuples.add(unfinished)
            unfinished = ()
    return tuples


@pytest.mark.parametrize("max_labels", [None, 1])
@pytest.mark.parametrize("demanded", [[], [(0, 2)], [(0, 1), (2, 1), (2, 0)], [(1, 2), (1, 1)]])
def test_pairs_that_are_due_are_not_left_out_and_no_others_are_na(demanded, max_labels):
    schema = make_schema(P1=2, P2=("A", "B"))
    candidates = make_candidates(schema, make_doc(*"ABA"))
    due = np.zeros((3, 3), dtype=bool)
    for pair in demanded:
        due[pair] = True
    options = {"negatives": True, "max_labels": max_labels}
    accepted = language(make_grammar(candidates, due=[due], **options))
    for head, sequences in accepted.items():
        wanted = {tail for other, tail in demanded if other == head and tail != head}
        expected = [
            sequence
            for sequence in every_sequence(candidates, head, increasing=True, **options)
            if wanted <= {symbol - 4 for symbol in sequence if symbol >= 4}
            and {tail - 4 for tail, label in pairwise(sequence) if label == NA} <= wanted
        ]
        assert sorted(sequences) == sorted(expected)


def test_documents_without_pairs_that_are_due_are_free_beside_others():
    candidates = make_candidates(make_schema(P1=2), make_doc(*"AA"))
    docs = [candidates.doc, candidates.doc]
    table = make_table(candidates.trie.schema, *docs)
    grammar = Grammar(table, docs, due=[None, candidates.mask()])
    doc, heads = grammar.heads()
    may_end = grammar.allowed(grammar.start(doc, heads))[:, END]
    assert may_end.tolist() == [True, True, False, False]


@pytest.mark.parametrize("max_labels", [None, 1])
@pytest.mark.parametrize("demanded", [[], [(0, 2)], [(0, 1), (0, 3)], [(1, 2), (3, 0), (3, 1)]])
def test_where_a_row_may_not_end_the_next_pair_that_is_due_stands_for_the_end(demanded, max_labels):
    candidates = make_candidates(make_schema(P1=2, P2=2), make_doc(*"AAAA"))
    due = np.zeros((4, 4), dtype=bool)
    for pair in demanded:
        due[pair] = True
    grammar = make_grammar(candidates, due=[due], max_labels=max_labels)
    for head, sequences in language(grammar).items():
        for sequence in sequences:
            doc, heads = torch.tensor([0]), torch.tensor([head])
            lengths = torch.tensor([len(sequence)])
            choice = grammar.along(doc, heads, torch.tensor([sequence]), lengths)
            for step, (before, end) in enumerate(ends_of(sequence, choice.end)):
                waiting = [tail for other, tail in demanded if other == head and tail > before]
                begins = step == 0 or sequence[step - 1] < 4
                assert end == (4 + min(waiting) if begins and waiting else END)


def ends_of(sequence, ends):
    """For each step the last tail before it, or -1, and what stands for the end."""
    if ends is None:
        ends = torch.zeros(1, len(sequence), dtype=torch.long)
    for step, end in enumerate(ends[0].tolist()):
        yield max((symbol - 4 for symbol in sequence[:step] if symbol >= 4), default=-1), end


@relaxed
@given(st.lists(annotated(), min_size=1, max_size=3), MODES, ORDERS, st.integers(0, 99))
def test_the_grammar_accepts_every_linearisation_of_a_batch(worlds, mode, order, seed):
    schema = worlds[0][0].trie.schema
    worlds = [world for world in worlds if world[0].trie.schema == schema]
    docs = [candidates.doc for candidates, _, _ in worlds]
    table = make_table(schema, *docs)
    grammar = Grammar(table, docs, mode=mode, order=order)
    rng = np.random.default_rng(seed)
    sequences = [
        sequence
        for candidates, triples, negatives in worlds
        for sequence in linearize(
            table, candidates, triples, negatives, mode=mode, order=order, rng=rng
        )
    ]
    doc, heads = grammar.heads()
    assert heads.tolist() == [sequence.head for sequence in sequences]
    ids, lengths = pad(sequences)
    masks, _ = grammar.along(doc, heads, ids, lengths)
    assert masks.shape == (*ids.shape, grammar.size)
    for mask, sequence in zip(masks, sequences):
        length = len(sequence.symbols)
        ends = [i for i, s in enumerate(sequence.symbols) if 0 < s < table.first_entity]
        may_end = mask[:length, END].nonzero()[:, 0].tolist()
        assert may_end == [0, *(i + 1 for i in ends)]
        assert mask[length:, END].all() and not mask[length:, END + 1 :].any()


@relaxed
@given(annotated(arities=(2,)), st.integers(0, 9))
def test_rows_of_every_pair_are_accepted_and_end_only_after_the_last(world, seed):
    candidates, triples, _ = world
    rng = np.random.default_rng(seed)
    negatives = AllNegatives()(candidates, {triple.entities for triple in triples}, rng)
    table = make_table(candidates.trie.schema, candidates.doc)
    sequences = linearize(table, candidates, triples, negatives, rng=rng)
    grammar = make_grammar(candidates, due=[candidates.mask()])
    doc, heads = grammar.heads()
    ids, lengths = pad(sequences)
    masks, _ = grammar.along(doc, heads, ids, lengths)
    for mask, sequence in zip(masks, sequences):
        last = max(sequence.symbols)
        for step, symbol in enumerate(sequence.symbols):
            assert not mask[step, END] or last in sequence.symbols[:step]
            # Besides the tail to come, only the one that may hold more labels.
            assert mask[step, table.first_entity :].sum() <= 2
            assert mask[step, symbol]


@relaxed
@given(annotated(), MODES, ORDERS, st.booleans(), CAPS, st.integers(0, 9999))
def test_random_walks_say_valid_triples_without_repetition(
    world, mode, order, negatives, max_labels, seed
):
    candidates, _, _ = world
    options = {"negatives": negatives, "max_labels": max_labels}
    grammar = make_grammar(candidates, mode=mode, order=order, **options)
    generator = torch.Generator().manual_seed(seed)
    doc, heads = grammar.heads()
    state = grammar.start(doc, heads)
    walked = []
    while not state.finished.all():
        allowed = grammar.allowed(state).float()
        allowed[:, END] *= 0.1  # walk far
        symbols = torch.multinomial(allowed, 1, generator=generator)[:, 0]
        walked.append(symbols)
        state = grammar.advance(state, symbols)
    sequences = []
    for i, head in enumerate(heads.tolist()):
        said = [int(symbols[i]) for symbols in walked]
        sequences.append(SymbolSequence(head, tuple(said[: said.index(END) + 1])))
    content = delinearize(grammar.table, candidates, sequences)  # checks types and repetitions
    assert negatives or not content.negatives
    labels = [triple.entities for triple in content.triples]
    assert all(labels.count(pair) <= (max_labels or 99) for pair in labels)


@pytest.mark.parametrize("mode", ["matrix", "rows"])
def test_a_document_without_entities_ends_at_once(mode):
    schema = make_schema(P1=2)
    docs = [make_doc(), make_doc("A"), make_doc("A", "A")]
    grammar = Grammar(make_table(schema, *docs), docs, mode=mode)
    doc, heads = grammar.heads()
    allowed = grammar.allowed(grammar.start(doc, heads))
    only_end = [row.nonzero()[:, 0].tolist() == [END] for row in allowed]
    assert only_end == ([True, True, False] if mode == "matrix" else [False, False])
    assert doc.tolist() == ([0, 1, 2] if mode == "matrix" else [2, 2])


def test_a_batch_without_documents_has_no_sequences():
    grammar = Grammar(make_table(make_schema(P1=2)), [])
    doc, heads = grammar.heads()
    assert grammar.allowed(grammar.start(doc, heads)).shape == (0, grammar.size)


def test_a_finished_sequence_allows_nothing_but_end():
    candidates = make_candidates(make_schema(P1=2), make_doc("A", "A"))
    grammar = make_grammar(candidates)
    state = grammar.advance(grammar.start(*grammar.heads()), torch.tensor([END, END]))
    assert state.finished.all()
    assert grammar.allowed(state).nonzero()[:, 1].tolist() == [END, END]


def test_a_sequence_that_does_not_follow_the_grammar_is_named_in_an_error():
    candidates = make_candidates(make_schema(P1=2, P2=2), make_doc("A", "A", "A"))
    triples = triples_of(None, (1, 0, "P1"), (1, 0, "P2"))
    table = make_table(candidates.trie.schema, candidates.doc)
    sequences = linearize(table, candidates, triples, rng=np.random.default_rng(0))
    grammar = make_grammar(candidates, max_labels=1)
    with pytest.raises(ValueError, match=r"DRE210.*row of entity 1.*symbol 4 at position 2"):
        grammar.along(*grammar.heads(), *pad(sequences))


@pytest.mark.parametrize("options", [{"mode": "matrix"}, {"order": "random"}, {"negatives": False}])
def test_every_pair_can_be_demanded_only_of_rows_in_order_with_negatives(options):
    candidates = make_candidates(make_schema(P1=2), make_doc("A", "A"))
    with pytest.raises(ValueError, match="DRE211"):
        make_grammar(candidates, due=[candidates.mask()], **options)


def test_of_pairs_of_more_than_two_entities_not_only_some_can_be_demanded():
    candidates = make_candidates(make_schema(P1=3), make_doc("A", "A"))
    with pytest.raises(ValueError, match="DRE211"):
        make_grammar(candidates, due=[np.eye(2, dtype=bool)])


def test_a_pair_must_be_able_to_hold_a_relation():
    candidates = make_candidates(make_schema(P1=2), make_doc("A", "A"))
    with pytest.raises(ValueError, match="DRE213"):
        make_grammar(candidates, max_labels=0)
