"""Rows in parallel, which share their document, decode as `transformers` does one by one."""

from collections import Counter

import pytest
import torch

from spacy_docre.models.encoders.seq2seq.decoding import Symbols
from spacy_docre.models.grammar.automaton import Grammar
from spacy_docre.models.grammar.beam import beam_search
from spacy_docre.models.grammar.scores import score_triples
from spacy_docre.models.grammar.search import greedy_search
from spacy_docre.models.grammar.symbols import END
from spacy_docre.models.pairs.candidate_pairs import CandidatePairs, TypeTrie
from spacy_docre.models.pairs.negatives import AllNegatives, DynamicNegatives

from ...worlds import make_doc, make_schema
from .models import CONFIGS, FAMILIES, make_network, make_tokenizer, read
from .plain import OneByOne, Plain

BINARY = make_schema(P1=2, P2=2)
MIXED = make_schema(P1=2, P2=3, P3=[["A"], [], ["B"], []])
TOKENIZER = make_tokenizer()


def make_decoder(network, docs, size):
    with torch.inference_mode():
        return Symbols(network, docs, read(network, docs).memory, size)


def worlds(kind, schema=BINARY, types=("AABC", "AB", "ABA"), *, typed=False, seed=0, **options):
    docs = [make_doc(*each) for each in types]
    network = make_network(kind, schema, docs, seed, typed=typed)
    grammar = Grammar(network.table, docs, max_labels=1, **options)
    return network, docs, grammar, make_decoder(network, docs, grammar.size)


def same(found, expected):
    assert found.sequence == expected.sequence
    assert found.log_probs == pytest.approx(expected.log_probs, abs=1e-5)
    assert found.margins == pytest.approx(expected.margins, abs=1e-4, nan_ok=True)


@pytest.mark.parametrize("kind", CONFIGS)
def test_logits_are_those_of_the_whole_model(kind):
    network, docs, grammar, decoder = worlds(kind)
    plain = Plain(network, TOKENIZER, docs)
    # T5 computes its softmax in single precision, LED everything.
    close = {"atol": 1e-4, "rtol": 1e-4}
    doc, heads = grammar.heads()
    symbols = torch.stack(
        [grammar.start_symbols(heads), *torch.tensor([[4], [1], [5]]).expand(3, len(doc))], 1
    )
    with torch.inference_mode():
        together = decoder.read(doc, symbols)
        state = decoder.begin(doc, heads)
        for step in range(4):
            logits, state = decoder.step(state, symbols[:, step])
            torch.testing.assert_close(logits, together[:, step])
    for row, d in enumerate(doc.tolist()):
        for step in range(4):
            expected = plain.logits(d, symbols[row, : step + 1])
            torch.testing.assert_close(
                together[row, step, : len(expected)], expected.to(together.dtype), **close
            )
    assert together.std(dim=1).mean() > 0.1  # that they differ from step to step


@pytest.mark.parametrize("kind", CONFIGS)
def test_texts_are_read_as_transformers_reads_them_with_and_without_padding(kind):
    network = make_network(kind, BINARY)
    torch.manual_seed(0)
    lengths = torch.tensor([32, 48, 7])
    visible = torch.arange(48) < lengths.unsqueeze(1)
    embedded = torch.randn(3, 48, network.symbols.input.embedding_dim).to(network.device)
    embedded = embedded.to(network.symbols.input.weight.dtype)
    with torch.inference_mode():
        together = network.family.read(embedded, visible)
        network.train()
        in_training = network.family.read(embedded, visible)
        network.eval()
        for text, own, trained, length in zip(embedded, together, in_training, lengths.tolist()):
            text = text[None, :length]
            own_model = network.model.get_encoder()(inputs_embeds=text, **everything_of(text, kind))
            expected = own_model[0][0]
            for states in (own, trained):
                torch.testing.assert_close(states[:length], expected, atol=1e-4, rtol=1e-4)


def everything_of(text, kind):
    seen = torch.ones(text.shape[:2], dtype=torch.long)
    options = {"attention_mask": seen}
    if kind == "led":
        options["global_attention_mask"] = torch.zeros_like(seen)
        options["global_attention_mask"][:, 0] = 1
    return options


@pytest.mark.parametrize("mode", ["rows", "matrix"])
@pytest.mark.parametrize("kind", FAMILIES)
def test_greedy_rows_in_parallel_are_what_generate_finds_one_by_one(kind, mode):
    network, docs, grammar, decoder = worlds(kind, mode=mode, seed=3)
    plain = Plain(network, TOKENIZER, docs)
    with torch.inference_mode():
        found = greedy_search(decoder, grammar, *grammar.heads())
    assert len({each.sequence.symbols for each in found}) > 1
    for doc, each in zip(grammar.heads()[0].tolist(), found):
        symbols, log_probs = plain.generate(grammar, doc, each.sequence.head)
        assert each.sequence.symbols == symbols
        assert symbols[-1] == END
        assert each.log_probs == pytest.approx(log_probs, abs=1e-5)


@pytest.mark.parametrize(
    "strategy", [AllNegatives(), DynamicNegatives(1, 1, 3)], ids=["all", "band"]
)
@pytest.mark.parametrize("kind", FAMILIES)
def test_rows_that_state_pairs_in_any_case_are_what_generate_finds_one_by_one(kind, strategy):
    network, docs, _, decoder = worlds(kind, seed=3)
    due = [strategy.due(CandidatePairs(TypeTrie(network.table.schema), doc)) for doc in docs]
    grammar = Grammar(network.table, docs, due=due, max_labels=2)
    plain = Plain(network, TOKENIZER, docs)
    slow = OneByOne(plain, grammar.size)
    with torch.inference_mode():
        found = greedy_search(decoder, grammar, *grammar.heads())
        beams = beam_search(decoder, grammar, *grammar.heads(), width=3)
        expected = beam_search(slow, grammar, *grammar.heads(), width=3)
    for one, other in zip(beams, expected):
        same(one, other)
    stated = Counter()
    for doc, each in zip(grammar.heads()[0].tolist(), found):
        symbols, log_probs = plain.generate(grammar, doc, each.sequence.head)
        assert each.sequence.symbols == symbols
        assert each.log_probs == pytest.approx(log_probs, abs=1e-5)
        stated[doc] += len({symbol for symbol in symbols if symbol >= grammar.table.first_entity})
    assert all(stated[doc] >= matrix.sum() for doc, matrix in enumerate(due))


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("mode", ["rows", "matrix"])
@pytest.mark.parametrize("kind", FAMILIES)
def test_beams_with_shared_documents_are_beams_without(kind, mode, typed):
    types = ("AAB", "AB") if mode == "matrix" else ("AABC", "AB", "BAA")
    network, docs, grammar, decoder = worlds(kind, BINARY, types, mode=mode, typed=typed)
    plain = OneByOne(Plain(network, TOKENIZER, docs), grammar.size)
    options = {"width": 3, "alpha": 0.5}
    with torch.inference_mode():
        found = beam_search(decoder, grammar, *grammar.heads(), **options)
        expected = beam_search(plain, grammar, *grammar.heads(), **options)
    for one, other in zip(found, expected):
        same(one, other)


@pytest.mark.parametrize("kind", FAMILIES)
def test_tuples_of_several_entities_decode_the_same_and_score_the_same(kind):
    network, docs, grammar, decoder = worlds(kind, MIXED, ("ABAB", "AB"), typed=True)
    plain = OneByOne(Plain(network, TOKENIZER, docs), grammar.size)
    with torch.inference_mode():
        found = greedy_search(decoder, grammar, *grammar.heads())
        expected = greedy_search(plain, grammar, *grammar.heads())
    for one, other in zip(found, expected):
        same(one, other)
    owners = grammar.heads()[0]
    for number, candidates in enumerate(grammar.candidates):
        own = [i for i in range(len(found)) if owners[i] == number]
        scores = [
            [t.score for t in score_triples(grammar.table, candidates, [each[i] for i in own])]
            for each in (found, expected)
        ]
        assert scores[0] == pytest.approx(scores[1], abs=1e-6)


@pytest.mark.parametrize("kind", FAMILIES)
def test_documents_decode_the_same_alone_and_together(kind):
    network, docs, grammar, decoder = worlds(kind, types=("AABCA", "", "AB", "A", "ABAB"))
    with torch.inference_mode():
        together = greedy_search(decoder, grammar, *grammar.heads())
        alone = []
        for doc in docs:
            single = Grammar(grammar.table, [doc], max_labels=1)
            if len(single.heads()[0]):
                own = make_decoder(network, [doc], single.size)
                alone += greedy_search(own, single, *single.heads())
    assert len(alone) == len(together)
    for one, other in zip(together, alone):
        same(one, other)


def test_documents_without_rows_leave_the_memory():
    *_, grammar, decoder = worlds("t5", types=("AAA", "AB", "ABC"))
    doc, heads = grammar.heads()
    state = decoder.begin(doc, heads)
    assert len(state.memory.visible) == 3
    state = decoder.reorder(state, torch.tensor([0, 5, 6]))
    assert state.kept.tolist() == [0, 2]
    assert len(state.memory.visible) == len(state.memory.keys_values[0][0]) == 2
    assert state.block.doc.tolist() == [0, 1, 1]
    assert state.block.slot.tolist() == [0, 0, 1]


def test_keys_and_values_of_a_document_exist_once():
    *_, grammar, decoder = worlds("bart", types=("AAAAAA",))
    doc, heads = grammar.heads()
    state = decoder.begin(doc, heads)
    assert len(doc) == 6
    assert all(len(keys) == 1 for keys, _ in state.memory.keys_values)
