import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.models.grammar.automaton import Choice, Grammar
from spacy_docre.models.grammar.beam import beam_search
from spacy_docre.models.grammar.linearize import delinearize
from spacy_docre.models.grammar.scores import log_softmax, margins_over_na, score_triples
from spacy_docre.models.grammar.search import greedy_search
from spacy_docre.models.grammar.symbols import END, NA

from ..worlds import make_candidates, make_doc, make_schema, make_table, relaxed

SEEDS = st.integers(0, 10**6)
few = settings(relaxed, max_examples=20)
SMALL = make_schema(P1=2, P2=2)


class RandomDecoder:
    """Logits that depend on all symbols so far, on the document and on the seed."""

    def __init__(self, size, seed=0, scale=2.0):
        self.size, self.seed, self.scale = size, seed, scale
        self.batch_sizes = []

    def begin(self, doc, heads):
        return [(self.seed, d, h) for d, h in zip(doc.tolist(), heads.tolist())]

    def step(self, state, symbols):
        assert len(state) == len(symbols)
        self.batch_sizes.append(len(state))
        state = [(*said, symbol) for said, symbol in zip(state, symbols.tolist())]
        return torch.stack([self.logits(said) for said in state]), state

    def reorder(self, state, index):
        return [state[i] for i in index.tolist()]

    def logits(self, said):
        generator = torch.Generator().manual_seed(hash(said) % 2**31)
        return self.scale * torch.randn(self.size, generator=generator, dtype=torch.float64)


class FixedDecoder(RandomDecoder):
    """The same logits at every step."""

    def __init__(self, logits):
        super().__init__(len(logits))
        self.fixed = torch.tensor(logits, dtype=torch.float64)

    def logits(self, said):
        return self.fixed


def grammar_of(*types, schema=SMALL, **options):
    docs = [make_doc(*each) for each in types]
    return Grammar(make_table(schema, *docs), docs, **options)


def grammar_of_every_pair(types):
    doc = make_doc(*types)
    due = [make_candidates(SMALL, doc).mask()]
    return Grammar(make_table(SMALL, doc), [doc], due=due, max_labels=1)


def worth(generated, alpha=0.0):
    return sum(generated.log_probs) / ((5 + len(generated.log_probs)) / 6) ** alpha


def exhaustive(decoder, grammar, threshold=0.5):
    """Every sequence of a grammar with a single one, with its log-probability."""
    doc, heads = grammar.heads()
    (start,) = decoder.begin(doc, heads)
    pending = [((), 0.0, grammar.start(doc, heads), start, grammar.start_symbols(heads))]
    found = {}
    while pending:
        said, total, place, state, last = pending.pop()
        logits, (state,) = decoder.step([state], last)
        log_probs = log_softmax(logits, grammar.choice(place), threshold)[0]
        for symbol in (log_probs > -math.inf).nonzero()[:, 0].tolist():
            after = (*said, symbol), total + float(log_probs[symbol])
            if symbol == END:
                found[after[0]] = after[1]
            else:
                symbols = torch.tensor([symbol])
                pending.append((*after, grammar.advance(place, symbols), state, symbols))
    return found


@few
@given(SEEDS, st.sampled_from(["rows", "matrix"]), st.sampled_from([0.1, 0.5, 0.9]))
def test_greedy_takes_the_most_probable_symbol_of_each_step(seed, mode, threshold):
    grammar = grammar_of("AAA", "AA", mode=mode)
    doc, heads = grammar.heads()
    decoder = RandomDecoder(grammar.size, seed)
    for i, each in enumerate(greedy_search(decoder, grammar, doc, heads, threshold=threshold)):
        (state,) = decoder.begin(doc[i : i + 1], heads[i : i + 1])
        place = grammar.start(doc[i : i + 1], heads[i : i + 1])
        last = grammar.start_symbols(heads[i : i + 1])
        for symbol, log_prob in zip(each.sequence.symbols, each.log_probs):
            logits, (state,) = decoder.step([state], last)
            expected = log_softmax(logits, grammar.choice(place), threshold)[0]
            assert symbol == int(expected.argmax())
            assert log_prob == pytest.approx(float(expected.max()), abs=1e-5)
            last = torch.tensor([symbol])
            place = grammar.advance(place, last)
        assert place.finished.all() and each.finished


@few
@given(SEEDS, st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.2, 0.5]))
def test_a_beam_of_one_is_greedy(seed, alpha, threshold):
    grammar = grammar_of("AAA", "A", "AA")
    starts = grammar.heads()
    decoder = RandomDecoder(grammar.size, seed)
    greedy = greedy_search(decoder, grammar, *starts, threshold=threshold)
    beam = beam_search(decoder, grammar, *starts, width=1, alpha=alpha, threshold=threshold)
    assert [each.sequence for each in beam] == [each.sequence for each in greedy]
    for one, other in zip(beam, greedy):
        assert one.log_probs == pytest.approx(other.log_probs)
        assert one.margins == pytest.approx(other.margins, nan_ok=True)


@few
@given(SEEDS, st.integers(2, 5), st.sampled_from([0.5, 3.0]))
def test_a_beam_is_never_worse_than_greedy_nor_better_than_the_best(seed, width, scale):
    grammar = grammar_of("AA", mode="matrix")
    starts = grammar.heads()
    decoder = RandomDecoder(grammar.size, seed, scale)
    best = max(exhaustive(decoder, grammar).values())
    (greedy,) = greedy_search(decoder, grammar, *starts)
    (beam,) = beam_search(decoder, grammar, *starts, width=width, alpha=0.0)
    assert worth(greedy) - 1e-5 <= worth(beam) <= best + 1e-5


def test_the_greedy_sequence_never_falls_out_of_a_narrow_beam():
    grammar = grammar_of("AAAA", mode="matrix", negatives=False)
    w0, w1, w2, w3 = 4, 5, 6, 7

    class LateDecoder(RandomDecoder):
        # w0 leads, then splits in three while w1 splits in two, so all of its branches
        # fall behind; but from then on only they are certain.
        def logits(self, said):
            said = said[4:]  # after seed, document, head and start symbol
            probs = torch.full((self.size,), 1e-9, dtype=torch.float64)
            if not said:
                probs[[w0, w1]] = torch.tensor([0.55, 0.45], dtype=torch.float64)
            elif said == (w0,):
                probs[[w1, w2, w3]] = torch.tensor([0.36, 0.32, 0.32], dtype=torch.float64)
            elif said == (w1,):
                probs[[w0, w2]] = 0.5
            elif said[0] == w0:
                probs[END if len(said) == 3 else 2] = 1.0
            else:
                probs[:] = 1.0
            return probs.log()

    decoder = LateDecoder(grammar.size)
    (greedy,) = greedy_search(decoder, grammar, *grammar.heads())
    (beam,) = beam_search(decoder, grammar, *grammar.heads(), width=2, alpha=0.0)
    assert greedy.sequence.symbols == (w0, w1, 2, END)
    assert beam.sequence == greedy.sequence


@few
@given(SEEDS, st.sampled_from([0.5, 3.0]))
def test_a_wide_beam_finds_the_best_sequence(seed, scale):
    grammar = grammar_of("AA", mode="matrix")
    decoder = RandomDecoder(grammar.size, seed, scale)
    found = exhaustive(decoder, grammar)
    (beam,) = beam_search(decoder, grammar, *grammar.heads(), width=len(found), alpha=0.0)
    assert beam.sequence.symbols == max(found, key=found.__getitem__)
    assert worth(beam) == pytest.approx(found[beam.sequence.symbols], abs=1e-5)


@few
@given(SEEDS, st.integers(1, 4), st.sampled_from([0.0, 1.0]))
def test_batching_changes_nothing(seed, width, alpha):
    grammar = grammar_of("AAA", "A", "AA")
    doc, heads = grammar.heads()
    decoder = RandomDecoder(grammar.size, seed)
    together = beam_search(decoder, grammar, doc, heads, width=width, alpha=alpha)
    for i, each in enumerate(together):
        one = slice(i, i + 1)
        (alone,) = beam_search(decoder, grammar, doc[one], heads[one], width=width, alpha=alpha)
        assert alone.sequence == each.sequence
        assert alone.log_probs == pytest.approx(each.log_probs)


def test_a_length_penalty_makes_sequences_longer():
    grammar = grammar_of("AAA", "AAAA", "AA")
    lengths = []
    for alpha in (0.0, 2.0):
        generated = [
            each
            for seed in range(10)
            for each in beam_search(
                RandomDecoder(grammar.size, seed), grammar, *grammar.heads(), alpha=alpha
            )
        ]
        lengths.append(sum(len(each.sequence.symbols) for each in generated))
    assert lengths[0] < lengths[1]


@pytest.mark.parametrize("search", [greedy_search, beam_search])
def test_sequences_that_end_leave_the_batch(search):
    grammar = grammar_of("AAAA", "AA", "AAA")
    decoder = RandomDecoder(grammar.size, 3)
    search(decoder, grammar, *grammar.heads())
    # A beam begins with one sequence, and places that are empty cost nothing.
    assert decoder.batch_sizes[0] == len(grammar.heads()[0])
    assert decoder.batch_sizes[-1] < max(decoder.batch_sizes)
    if search is greedy_search:
        assert decoder.batch_sizes == sorted(decoder.batch_sizes, reverse=True)


@pytest.mark.parametrize("search", [greedy_search, beam_search])
def test_without_sequences_nothing_is_generated(search):
    grammar = grammar_of("", "A")
    decoder = RandomDecoder(grammar.size)
    assert search(decoder, grammar, *grammar.heads()) == []
    assert decoder.batch_sizes == []


@relaxed
@given(SEEDS, st.sampled_from([greedy_search, beam_search]), st.booleans(), st.integers(1, 6))
def test_every_triple_gets_a_score(seed, search, negatives, max_labels):
    schema = make_schema(P1=("A", "B"), P2=("A", "B"), P3=("B", "A", "A"))
    grammar = grammar_of("ABA", schema=schema, negatives=negatives, max_labels=max_labels)
    decoder = RandomDecoder(grammar.size, seed)
    generated = search(decoder, grammar, *grammar.heads())
    (candidates,) = grammar.candidates
    triples = score_triples(grammar.table, candidates, generated)
    content = delinearize(grammar.table, candidates, [each.sequence for each in generated])
    assert tuple(triples) == content.triples
    assert all(0 <= triple.score <= 1 for triple in triples)


def test_a_score_is_the_probability_of_the_relation_against_na():
    grammar = grammar_of("AA", max_labels=1)
    #                END   NA  P1   P2   w0   w1
    decoder = FixedDecoder([0.0, 1.0, 3.0, 2.0, 5.0, 5.0])
    triples = score_triples(
        grammar.table, grammar.candidates[0], greedy_search(decoder, grammar, *grammar.heads())
    )
    assert [triple.label for triple in triples] == ["P1", "P1"]
    assert triples[0].score == pytest.approx(1 / (1 + math.exp(-2.0)))


def test_without_na_a_score_is_the_probability_of_the_whole_statement():
    grammar = grammar_of("AA", negatives=False, max_labels=1)
    decoder = FixedDecoder([0.0, 9.0, 3.0, 2.0, 5.0, 5.0])
    triples = score_triples(
        grammar.table, grammar.candidates[0], greedy_search(decoder, grammar, *grammar.heads())
    )
    tail_rather_than_end = 1 / (1 + math.exp(-5.0))
    first_rather_than_second_relation = 1 / (1 + math.exp(-1.0))
    expected = tail_rather_than_end * first_rather_than_second_relation
    assert triples[0].score == pytest.approx(expected)


def test_a_second_label_of_a_pair_is_scored_without_na():
    grammar = grammar_of("AA")
    decoder = FixedDecoder([0.0, 9.0, 3.0, 2.0, 5.0, 5.0])
    first, second = greedy_search(decoder, grammar, *grammar.heads(), threshold=1e-4)[0].margins[
        1:4:2
    ]
    assert first == pytest.approx(-6.0)
    assert math.isnan(second)


@pytest.mark.parametrize("negatives", [True, False])
def test_a_further_relation_of_a_pair_is_no_more_probable_than_those_it_was_said_after(negatives):
    grammar = grammar_of("AA", negatives=negatives)
    decoder = FixedDecoder([0.0, 2.0, 3.0, 2.0, 5.0, 5.0])
    generated = greedy_search(decoder, grammar, *grammar.heads())
    triples = score_triples(grammar.table, grammar.candidates[0], generated)
    (first,) = (t.score for t in triples if t.entities == (0, 1) and t.label == "P1")
    (second,) = (t.score for t in triples if t.entities == (0, 1) and t.label == "P2")
    # Once the first is said, the decoder is sure of the second: of the tail rather than of the end.
    assert first == pytest.approx(1 / (1 + math.exp(-1.0)), abs=0.01)
    assert second == pytest.approx(first / (1 + math.exp(-5.0)))


@pytest.mark.parametrize(
    ("threshold", "emitted"), [(0.25, True), (0.5, True), (0.7, True), (0.75, False), (0.9, False)]
)
def test_a_relation_beats_na_only_above_the_threshold(threshold, emitted):
    grammar = grammar_of_every_pair("AA")
    margin = math.log(0.72 / 0.28)  # a score of 0.72
    decoder = FixedDecoder([0.0, 0.0, margin, margin - 1, 0.0, 0.0])
    for search in (greedy_search, beam_search):
        generated = search(decoder, grammar, *grammar.heads(), threshold=threshold)
        triples = score_triples(grammar.table, grammar.candidates[0], generated)
        assert len(triples) == (2 if emitted else 0)
        assert all(triple.score == pytest.approx(0.72) for triple in triples)


@few
@given(SEEDS)
def test_lower_thresholds_relate_more_pairs(seed):
    grammar = grammar_of_every_pair("AAA")
    starts = grammar.heads()

    class PairDecoder(RandomDecoder):
        # One decision per pair, independent of those before.
        def logits(self, said):
            return super().logits((*said[:3], said[-1]))

    decoder = PairDecoder(grammar.size, seed)
    counts = []
    for threshold in (0.05, 0.3, 0.5, 0.7, 0.95):
        generated = greedy_search(decoder, grammar, *starts, threshold=threshold)
        triples = score_triples(grammar.table, grammar.candidates[0], generated)
        assert all(triple.score >= threshold - 1e-6 for triple in triples)
        counts.append(len(triples))
    assert counts == sorted(counts, reverse=True)


def test_at_a_half_the_threshold_changes_nothing():
    logits, allowed = torch.randn(3, 6), torch.ones(3, 6, dtype=torch.bool)
    assert torch.equal(log_softmax(logits, Choice(allowed)), logits.log_softmax(-1))


def test_a_pair_that_has_to_be_stated_is_as_probable_as_it_and_the_end_together():
    logits = torch.tensor([[1.0, 9.0, 2.0, -1.0, 0.5]])
    allowed = torch.tensor([[False, False, True, False, True]])
    weights = logits[0].exp().tolist()
    due = weights[4] + weights[END]
    expected = [0.0, 0.0, weights[2] / (weights[2] + due), 0.0, due / (weights[2] + due)]
    probs = log_softmax(logits, Choice(allowed, torch.tensor([4]))).exp()[0]
    assert probs.tolist() == pytest.approx(expected)


def test_the_end_stands_for_itself_where_a_sequence_may_end():
    logits, allowed = torch.randn(2, 6), torch.ones(2, 6, dtype=torch.bool)
    ends = torch.full((2,), END)
    assert torch.equal(log_softmax(logits, Choice(allowed, ends)), logits.log_softmax(-1))


def test_what_the_grammar_forbids_has_no_probability():
    allowed = torch.tensor([[True, False, True, False]])
    probs = log_softmax(torch.zeros(1, 4), Choice(allowed)).exp()
    assert probs.tolist() == [[0.5, 0.0, 0.5, 0.0]]
    assert margins_over_na(torch.zeros(1, 4), allowed).isnan().all()
    assert margins_over_na(torch.zeros(1, 4), ~allowed)[0, NA] == 0


@pytest.mark.parametrize("search", [greedy_search, beam_search])
def test_a_sequence_that_is_too_long_keeps_its_whole_statements_and_warns(search):
    grammar = grammar_of_every_pair("AAA")
    decoder = FixedDecoder([0.0, 1.0, 3.0, 2.0, 5.0, 5.0, 5.0])
    with pytest.warns(UserWarning, match=r"DRW201.*3 of 3 .* 3 symbols"):
        generated = search(decoder, grammar, *grammar.heads(), max_length=3)
    assert not any(each.finished for each in generated)
    assert [len(each.sequence.symbols) for each in generated] == [3, 3, 3]
    triples = score_triples(grammar.table, grammar.candidates[0], generated)
    assert [triple.entities for triple in triples] == [(0, 1), (1, 0), (2, 0)]


@pytest.mark.parametrize(
    "options",
    [{"threshold": 0.0}, {"threshold": 1.0}, {"max_length": 0}, {"width": 0}, {"alpha": -1.0}],
)
def test_options_out_of_range_are_errors(options):
    grammar = grammar_of("AA")
    with pytest.raises(ValueError, match=f"DRE212.*{next(iter(options))}"):
        beam_search(RandomDecoder(grammar.size), grammar, *grammar.heads(), **options)
