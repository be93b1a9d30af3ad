"""Losses, gradients and steps."""

import sys

import numpy as np
import pytest
import torch
from thinc.api import Adam

from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.grammar.linearize import delinearize
from spacy_docre.models.pairs.negatives import (
    AllNegatives,
    AsymmetricNegatives,
    DynamicNegatives,
    NoNegatives,
)

from ...worlds import make_doc, make_schema
from .models import (
    STOP,
    extractor_of,
    make_backbone,
    make_model,
    make_network,
    make_tokenizer,
    read,
)

pytest.importorskip("transformers")

from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.models.encoder_with_head import create_extractor
from spacy_docre.models.encoders.seq2seq.attention import Block
from spacy_docre.models.encoders.seq2seq.backbone import Backbone, load_backbone
from spacy_docre.models.encoders.seq2seq.encoder import Seq2Seq, make_seq2seq
from spacy_docre.models.encoders.seq2seq.network import SymbolNetwork
from spacy_docre.models.encoders.seq2seq.symbol_embeddings import symbol_pieces
from spacy_docre.models.heads.seq2seq_rows import make_seq2seq_rows

SCHEMA = make_schema(P1=2, P2=2)
TOKENIZER = make_tokenizer()
GOLD = [
    (Triple((0, 1), "P1"), Triple((2, 1), "P2"), Triple((2, 1), "P1")),
    (),
    (Triple((1, 0), "P1"),),
]


def annotated():
    return [
        EntityDoc(doc.doc, doc.entities, gold)
        for doc, gold in zip([make_doc(*types) for types in ("AAB", "BC", "BA")], GOLD)
    ]


def losses_of(network, docs, max_labels=None, **settings):
    """*Shape:* (docs,)"""
    head = make_seq2seq_rows(**{"negatives": AllNegatives(), **settings})
    extractor, rng = extractor_of(network, docs, head, max_labels), np.random.default_rng(0)
    return head.losses(extractor, read(network, docs), docs, rng).per_doc


@pytest.mark.parametrize("kind", ["t5", "bart", "led"])
@pytest.mark.parametrize("mode", ["rows", "matrix"])
def test_a_batch_loses_what_its_documents_lose_alone(kind, mode):
    docs = annotated()
    network = make_network(kind, SCHEMA, docs)
    settings = {"mode": mode, "negatives": NoNegatives(), "max_labels": 2}
    together = losses_of(network, docs, **settings)
    alone = [losses_of(network, [doc], **settings)[0] for doc in docs]
    torch.testing.assert_close(together, torch.stack(alone), atol=1e-4, rtol=1e-4)


def test_a_batch_loses_the_mean_over_its_symbols():
    """All gradients are clipped together, so that their size must not depend on their number."""
    docs, head = annotated(), make_seq2seq_rows(negatives=NoNegatives())
    model = create_extractor(Seq2Seq(lambda: make_backbone("t5")), head)
    model.initialize(X=docs, Y=SCHEMA)
    shim = model.shims[0]
    losses, _ = model.begin_update(docs)
    reading, _ = shim.encoder.read(shim.network.encoder, docs)
    found = head.losses(shim.network, reading, docs, np.random.default_rng(0))
    # END of each row, and two symbols for each triple.
    assert found.predictions == 3 + 2 + 2 + 2 * 4
    expected = found.per_doc.detach().numpy() * len(docs) / found.predictions
    assert losses.tolist() == pytest.approx(expected.tolist(), rel=1e-4)


@pytest.mark.parametrize("kind", ["t5", "bart", "led"])
def test_checkpoints_change_no_gradient(kind):
    docs = annotated()
    gradients = []
    for wanted in (False, True):
        network = make_network(kind, SCHEMA, docs)
        network.train()
        network.use_checkpoints(wanted)
        losses_of(network, docs).sum().backward()
        gradients.append({n: p.grad for n, p in network.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-4, rtol=1e-4)


def test_mixed_precision_loses_about_the_same(monkeypatch):
    docs = annotated()
    network = make_network("bart", SCHEMA, docs).float()
    full = losses_of(network, docs)
    monkeypatch.setattr(SymbolNetwork, "compute_type", torch.bfloat16)
    mixed = losses_of(network, docs)
    assert mixed.dtype == torch.float32
    assert not torch.equal(mixed, full)
    torch.testing.assert_close(mixed, full, atol=0.1, rtol=0.1)


def test_documents_without_entities_have_nothing_to_learn():
    network = make_network("t5", SCHEMA)
    losses = losses_of(network, [make_doc(gold=())])
    assert losses.tolist() == [0.0]


def loss_whatever_end_is(negatives):
    """The loss as it is, and with another embedding of END, which rows never read."""
    # A pair with a relation could take a second one if any pair did.
    docs = [EntityDoc(doc.doc, doc.entities, doc.gold[:2]) for doc in annotated()]
    network = make_network("t5", SCHEMA, docs)
    losses = []
    for _ in range(2):
        with torch.no_grad():
            network.symbols.input.weight[0] += 1
        losses.append(losses_of(network, docs, negatives=negatives))
    return losses


def test_rows_that_state_every_pair_do_not_learn_where_to_end():
    for negatives in (AllNegatives(), AsymmetricNegatives(9, 9)):
        torch.testing.assert_close(*loss_whatever_end_is(negatives))
    one, other = loss_whatever_end_is(NoNegatives())
    assert not torch.allclose(one, other, atol=1e-3)


def test_what_is_learnt_in_any_case_is_generated_in_any_case():
    docs = [make_doc(*"AABA"), make_doc(*"BA")]
    network = make_network("t5", SCHEMA, docs)
    head = make_seq2seq_rows(negatives=DynamicNegatives(1, 1, 3))
    with torch.inference_mode():
        extractor = extractor_of(network, docs, head)
        batch = head.generate(extractor, read(network, docs), docs, 0.5)
    for doc, candidates, found in zip(
        docs, batch.grammar.candidates, batch.grammar.by_doc(batch.generated)
    ):
        content = delinearize(batch.grammar.table, candidates, [each.sequence for each in found])
        stated = {*content.negatives, *(triple.entities for triple in content.triples)}
        entities = range(len(doc.entities))
        assert stated >= {(a, b) for a in entities for b in entities if abs(a - b) == 1}


def test_a_target_that_is_too_long_is_an_error_that_says_what_to_do():
    network = make_network("bart", SCHEMA, annotated(), max_position_embeddings=24)
    network.longest_output = 4
    for mode, problem in [("rows", "1 of 3.*has 7"), ("matrix", "3 of 3.*has 22")]:
        with pytest.raises(ValueError, match=rf"DRE540\] {problem}.*`output_length` of"):
            losses_of(network, annotated(), mode=mode)


@pytest.mark.parametrize("kind", ["bart", "led"])
def test_a_decoder_with_further_positions_is_one_that_had_them_as_copies(kind):
    name = "max_decoder_position_embeddings" if kind == "led" else "max_position_embeddings"
    docs = annotated()
    long = make_network(kind, SCHEMA, docs, **{name: 64})
    short = make_model(kind, **{name: 32})
    weights = long.model.state_dict()
    positions = long.family.positions()
    with torch.no_grad():
        positions[32:] = positions[:32]
    kept = {n: w[: len(short.state_dict()[n])] for n, w in weights.items()}
    short.load_state_dict({n: w.float() for n, w in kept.items()})
    backbone = Backbone(short, TOKENIZER)
    encoder = Seq2Seq(lambda: backbone, output_length=64)
    extractor = create_extractor(encoder, make_seq2seq_rows())
    extractor.initialize(X=docs, Y=SCHEMA)
    network = extractor.shims[0].network.encoder.to(long.symbols.input.weight.dtype).eval()
    count = len(long.symbols.input.weight)
    network.symbols.input.weight.data[:count] = long.symbols.input.weight
    assert (network.family.longest_output, network.longest_output) == (32, 64)
    block, rows = Block.of(torch.tensor([0]), 1), torch.arange(50)[None] % 7
    one, other = (
        each.decode(rows, block, read(each, docs[:1]).memory)[0] for each in (network, long)
    )
    torch.testing.assert_close(one[..., :count], other, atol=1e-4, rtol=1e-4)
    shim = create_extractor(encoder, make_seq2seq_rows()).shims[0]
    again = shim.from_bytes(extractor.shims[0].to_bytes()).network.encoder
    assert again.longest_output == 64
    assert torch.equal(again.symbols.positions, network.symbols.positions.float())


def test_a_symbol_begins_as_its_number_or_its_name():
    relations = (RelationType("P1", name="born in"), RelationType("P2", name="lives in"))
    schema = Schema(relations, ("LOC", "PER"))
    network = make_network("t5", schema, capacity=3)
    pieces = symbol_pieces(network.table, TOKENIZER)
    text = [TOKENIZER.decode(ids, clean_up_tokenization_spaces=False) for ids in pieces]
    assert pieces[0] == [STOP]
    assert text[1:] == ["no relation", "born in", "lives in", "0", "1", "2"]
    words = network.model.get_input_embeddings().weight
    network.symbols.start_from(pieces, words, None)
    for row, ids in enumerate(pieces):
        torch.testing.assert_close(network.symbols.input.weight[row], words[ids].mean(0))


def test_symbols_of_types_begin_as_type_and_number():
    schema = Schema((RelationType("P1"),), ("LOC", "PER"))
    network = make_network("t5", schema, typed=True, capacity=2)
    pieces = symbol_pieces(network.table, TOKENIZER)
    texts = [TOKENIZER.decode(ids) for ids in pieces[3:]]
    assert texts == ["0", "1", "LOC 0", "LOC 1", "PER 0", "PER 1"]


def test_a_model_with_an_output_of_its_own_starts_both_embeddings():
    network = make_network("mt5", SCHEMA, capacity=2)
    input, output = torch.randn(2, 400, 32, dtype=torch.float64)
    network.symbols.start_from([[i, i + 1] for i in range(6)], input, output)
    torch.testing.assert_close(network.symbols.input.weight[3], input[3:5].mean(0))
    torch.testing.assert_close(network.symbols.output.weight[3], output[3:5].mean(0))


def stepper_of(network, factor=1.0):
    head = make_seq2seq_rows()
    return Seq2Seq(lambda: None).stepper(extractor_of(network, [], head), 0, factor)


def step(network, optimizer, factor=1.0, gradient=1.0):
    stepper = stepper_of(network, factor)
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, gradient)
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    stepper.step(optimizer)
    assert all(parameter.grad is None for parameter in network.parameters())
    return {
        name: (p.detach() - before[name], before[name]) for name, p in network.named_parameters()
    }


def test_symbols_learn_at_a_rate_of_their_own():
    moves = step(make_network("t5", SCHEMA), Adam(0.01, use_averages=False), factor=5.0)
    assert moves["symbols.input.weight"][0].mean() == pytest.approx(-0.05, rel=1e-3)
    assert moves["model.shared.weight"][0].mean() == pytest.approx(-0.01, rel=1e-3)


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_biases_and_layer_normalization_do_not_decay(kind):
    optimizer = Adam(0.1, L2=0.5, use_averages=False)
    moves = step(make_network(kind, SCHEMA), optimizer, gradient=0.0)
    decayed = {name for name, (move, _) in moves.items() if move.abs().sum() > 0}
    vectors = {name for name, (move, _) in moves.items() if move.ndim == 1}
    assert any("norm" in name for name in vectors)
    assert not decayed & vectors
    move, before = moves["symbols.input.weight"]
    torch.testing.assert_close(move, -0.1 * 0.5 * before)


def test_gradients_are_clipped_together():
    network = make_network("t5", SCHEMA)
    stepper = stepper_of(network)
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    seen = []
    stepper.optimizer.register_step_pre_hook(
        lambda *_: seen.extend(p.grad.clone() for p in network.parameters())
    )
    stepper.step(Adam(0.0, grad_clip=2.0, use_averages=False))
    assert torch.cat([g.flatten() for g in seen]).norm() == pytest.approx(2.0, rel=1e-4)


@pytest.mark.parametrize("before", [0, 1])
def test_a_batch_without_anything_to_learn_is_no_step(before):
    network = make_network("t5", SCHEMA)
    stepper = stepper_of(network)
    # As on a GPU with float16, where the scale of losses begins with the first of them.
    stepper.scaler = torch.amp.GradScaler("cpu", init_scale=1.0)
    optimizer = Adam(0.1, use_averages=False)
    for _ in range(before):
        losses = sum(parameter.sum() for parameter in network.parameters())
        stepper.scaler.scale(losses).backward()
        stepper.step(optimizer)
    values = [parameter.clone() for parameter in network.parameters()]
    stepper.step(optimizer)
    assert all(map(torch.equal, values, network.parameters()))


def test_l2_that_is_no_weight_decay_is_refused():
    optimizer = Adam(0.1, L2=0.5, L2_is_weight_decay=False, use_averages=False)
    with pytest.raises(ValueError, match="DRE524"):
        step(make_network("t5", SCHEMA), optimizer)


def test_averages_are_not_kept_and_that_is_said():
    with pytest.warns(UserWarning, match="DRW521"):
        step(make_network("t5", SCHEMA), Adam(0.1, use_averages=True))


@pytest.mark.parametrize(
    "settings",
    [{"window": 0}, {"stride": -1}, {"mixed_precision": "half"}],
)
def test_settings_out_of_range_are_errors(settings):
    with pytest.raises(ValueError, match=rf"DRE523.*{next(iter(settings))}"):
        make_seq2seq(make_backbone, **settings)


@pytest.mark.parametrize("window", [2, 300])
def test_a_window_that_the_model_cannot_read_is_an_error(window):
    encoder = make_seq2seq(lambda: make_backbone("bart"), window=window)
    with pytest.raises(ValueError, match=r"DRE523.*window.*3 to 256"):
        encoder.initialize(annotated(), SCHEMA)


def test_a_model_of_another_kind_is_an_error(tmp_path):
    network = make_network("t5", SCHEMA)
    network.model.config.model_type = "other"
    with pytest.raises(ValueError, match=r"DRE522.*'other'.*t5"):
        SymbolNetwork(network.model, TOKENIZER, network.table)


def test_a_model_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"DRE521.*nothing"):
        load_backbone(tmp_path / "nothing", offline=True)


def test_without_transformers_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"DRE600.*spacy-docre\[seq2seq\]"):
        load_backbone("t5-small")


def test_a_document_longer_than_the_model_is_read_in_windows(recwarn):
    docs = [make_doc(*"AB" * 40)]
    network = make_network("bart", SCHEMA, docs, max_position_embeddings=64)
    head = make_seq2seq_rows(negatives=NoNegatives())
    extractor = extractor_of(network, docs, head)
    with torch.inference_mode():
        assert len(head.extract(extractor, read(network, docs), docs, 0.0)) == 1
    assert not recwarn.list
