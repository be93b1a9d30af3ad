"""Any head can use what a pretrained model reads, and never asks its decoder: it learns what it is
told, knows it when loaded, and refuses what it cannot do."""

import warnings

import numpy as np
import pytest
import spacy
import srsly
import torch
from thinc.api import Adam

from tests.models.worlds import make_doc, make_schema
from tests.pipe.making import STORIES, blank, example_of, scored, tell, without_relations

pytest.importorskip("transformers")
from spacy_docre.data.entities import EntityDoc
from spacy_docre.data.triples import Triple
from spacy_docre.models.encoder_with_head import create_extractor
from spacy_docre.models.encoders.seq2seq.encoder import make_seq2seq
from spacy_docre.models.encoders.seq2seq.network import SymbolNetwork
from spacy_docre.models.extractor import Request
from spacy_docre.models.heads.bilinear_pairs import make_bilinear_pairs
from spacy_docre.models.heads.generated_rows import make_generated_rows
from spacy_docre.models.heads.given_rows import make_given_rows

from .models import FAMILIES, make_backbone
from .pipelines import EIGHT, found_in, initialized, model_of, teach

SCHEMA = make_schema(P1=2, P2=2)
ROWS = {"row_width": 32, "attention_heads": 4, "dropout": 0.0}
HEADS = {
    "BilinearPairs": {"dropout": 0.0},
    "GivenRows": ROWS,
    "GeneratedRows": ROWS,
}
MAKE = {
    "BilinearPairs": make_bilinear_pairs,
    "GivenRows": make_given_rows,
    "GeneratedRows": make_generated_rows,
}
each_head = pytest.mark.parametrize("head", HEADS)


def pipeline(directory, head, **settings):
    model = model_of(directory, head, **{**HEADS[head], **settings})
    return initialized(model, [tell(story) for story in EIGHT])


def knows(nlp):
    return found_in(nlp, EIGHT) == list(map(set, EIGHT))


@pytest.fixture(scope="module")
def taught(backbones):
    """A pipeline for each head, and each family, that has learnt eight documents."""
    made = {}

    def get(head, kind="t5"):
        if (head, kind) not in made:
            nlp = made[head, kind] = pipeline(backbones(kind), head)
            teach(nlp, [tell(story) for story in EIGHT], 200, until=knows)
        return made[head, kind]

    return get


CASES = [("BilinearPairs", kind) for kind in FAMILIES]
CASES += [("GivenRows", "t5"), ("GivenRows", "bart"), ("GeneratedRows", "t5")]


@pytest.mark.parametrize(("head", "kind"), CASES)
def test_eight_documents_are_learnt_without_a_mistake(taught, head, kind):
    scores = taught(head, kind).evaluate([example_of(tell(story)) for story in EIGHT])
    assert scores["docre_micro_f"] == 1.0


@each_head
def test_what_was_saved_finds_the_same_with_the_same_scores(taught, head, tmp_path):
    nlp = taught(head)
    nlp.to_disk(tmp_path)
    from_disk = spacy.load(tmp_path)
    from_bytes = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    for story in STORIES:
        expected = scored(nlp(without_relations(tell(story))))
        assert scored(from_disk(without_relations(tell(story)))) == expected != []
        assert scored(from_bytes(without_relations(tell(story)))) == expected


@each_head
def test_windows_checkpoints_and_features_learn_eight_documents(backbones, head, tmp_path):
    nlp = pipeline(
        backbones("t5"),
        head,
        encoder={"window": 20, "stride": 12, "typed": True, "gradient_checkpointing": True},
        features={"@misc": "spacy_docre.PairFeatures.v1", "salience": True},
    )
    teach(nlp, [tell(story) for story in EIGHT], 200, until=knows)
    nlp.to_disk(tmp_path)
    assert knows(spacy.load(tmp_path))


def with_gold(types, *gold):
    doc = make_doc(*types)
    return EntityDoc(doc.doc, doc.entities, tuple(Triple(*each) for each in gold))


DOCS = [
    with_gold("AAB", ((0, 1), "P1"), ((2, 1), "P2")),
    with_gold("AB"),
    with_gold(""),
    with_gold("B"),
    with_gold("BABA" * 4, ((0, 15), "P1")),
]


def make_extractor(
    head="BilinearPairs",
    kind="t5",
    docs=DOCS,
    schema=SCHEMA,
    limits=None,
    encoder=None,
    **settings,
):
    backbone = make_backbone(kind, **(limits or {}))
    made = MAKE[head](**{**HEADS[head], **settings})
    model = create_extractor(make_seq2seq(lambda: backbone, **(encoder or {})), made)
    model.initialize(X=docs, Y=schema)
    return model


def losses_of(model, docs):
    """The sum of what each document is asked, and how much all of them are."""
    shim = model.shims[0]
    reading, _ = shim.encoder.read(shim.network.encoder, docs)
    return shim.head.losses(shim.network, reading, docs, np.random.default_rng(0))


@each_head
@pytest.mark.parametrize("kind", FAMILIES)
def test_no_document_depends_on_others_of_its_batch(head, kind):
    model = make_extractor(head, kind)
    together = [found for _, found in model.predict(Request(DOCS, 0.0))]
    for doc, found in zip(DOCS, together):
        ((_, alone),) = model.predict(Request([doc], 0.0))
        assert [(t.entities, t.label) for t in found] == [(t.entities, t.label) for t in alone]
        assert [t.score for t in found] == pytest.approx([t.score for t in alone], abs=1e-4)
    pairs = [len({triple.entities for triple in found}) for found in together]
    assert pairs == [6, 2, 0, 0, 16 * 15]


@each_head
def test_a_batch_loses_the_mean_over_what_it_is_asked(head):
    model = make_extractor(head)
    losses, _ = model.begin_update(DOCS)
    with torch.no_grad():
        alone = [losses_of(model, [doc]) for doc in DOCS]
    asked = sum(each.predictions for each in alone)
    expected = [float(each.per_doc[0]) * len(DOCS) / asked for each in alone]
    assert losses.tolist() == pytest.approx(expected, rel=1e-4)
    assert expected[2] == expected[3] == 0.0


@each_head
def test_the_decoder_is_not_asked(head):
    model = make_extractor(head)
    losses, backprop = model.begin_update(DOCS)
    network = model.shims[0].network
    backprop(np.ones_like(losses))
    moved = {name for name, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert any(".encoder.block." in name for name in moved)
    assert not any(".decoder.block." in name for name in moved)


@pytest.mark.parametrize("kind", FAMILIES)
def test_mentions_are_the_states_from_their_first_symbol_to_their_last(kind):
    shim = make_extractor(kind=kind).shims[0]
    network = shim.network.encoder.eval()
    with torch.inference_mode():
        reading, _ = shim.encoder.read(network, DOCS)
        states, layouts = reading.vectors, reading.layouts
    assert sum(layout.length for layout in layouts) == len(states)
    # The states of a document are those that the encoder alone makes of it.
    parts = states.split([layout.length for layout in layouts])
    for doc, written, layout, own in zip(DOCS, reading.written, layouts, parts):
        with torch.inference_mode():
            alone, _ = shim.encoder.read(network, [doc])
        torch.testing.assert_close(own, alone.vectors, atol=1e-4, rtol=1e-4)
        # This tokenizer puts one piece before a text.
        for places, shifted in zip(written.mentions, layout.mentions):
            assert shifted == [(first + 1, last + 1) for first, last in places]


def test_a_document_longer_than_the_model_is_read_in_windows():
    doc = with_gold("AB" * 40)
    short = make_extractor(kind="bart", docs=[doc], limits={"max_position_embeddings": 64})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ((_, found),) = short.predict(Request([doc], 0.0))
    assert len({triple.entities for triple in found}) == 80 * 79


@pytest.mark.parametrize("kind", FAMILIES)
def test_checkpoints_change_no_gradient(kind):
    gradients = []
    for wanted in (False, True):
        model = make_extractor(kind=kind, encoder={"gradient_checkpointing": wanted})
        network = model.shims[0].network.train()
        network.head.load_state_dict(_even(network.head))
        losses_of(model, DOCS).per_doc.sum().backward()
        gradients.append({n: p.grad for n, p in network.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-4, rtol=1e-4)


def _even(module):
    """Weights that do not depend on what was drawn before."""
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(w.shape, generator=generator) for n, w in module.state_dict().items()}


def test_what_is_new_learns_at_a_rate_of_its_own():
    shim = make_extractor().shims[0]
    network = shim.network
    stepper = shim.encoder.stepper(network, 0, 5.0)
    before = {}
    for name, parameter in network.named_parameters():
        parameter.grad = torch.ones_like(parameter)
        before[name] = parameter.detach().clone()
    stepper.step(Adam(0.01, use_averages=False))
    for name, parameter in network.named_parameters():
        move = float((parameter.detach() - before[name]).mean())
        rate = 0.01 if name.startswith("encoder.model.") else 0.05
        assert move == pytest.approx(-rate, rel=1e-2), name


@each_head
def test_mixed_precision_scores_about_the_same(head, monkeypatch):
    model = make_extractor(head, "bart")
    full = losses_of(model, DOCS).per_doc
    monkeypatch.setattr(SymbolNetwork, "compute_type", torch.bfloat16)
    mixed = losses_of(model, DOCS).per_doc
    assert mixed.dtype == torch.float32
    assert not torch.equal(mixed, full)
    torch.testing.assert_close(mixed, full, atol=0.5, rtol=0.1)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"encoder": {"window": 0}}, "DRE523.*window"),
        ({"encoder": {"batch_pieces": 0}}, "DRE523.*batch_pieces"),
        ({"encoder": {"window": 2}}, r"DRE523.*window.*at least 3"),
        ({"groups": 5}, r"DRE512.*\(32\).*\(5\)"),
        ({"schema": make_schema(P1=3)}, r"DRE513.*3 entities"),
        ({"head": "GivenRows", "schema": make_schema(P1=3)}, r"DRE507.*3 entities"),
        ({"head": "GivenRows", "attention_heads": 6, "row_width": 30}, r"DRE503.*\(32\).*\(6\)"),
    ],
)
def test_what_cannot_be_is_refused(settings, problem):
    with pytest.raises(ValueError, match=problem):
        make_extractor(docs=[], **settings)


def test_more_entities_than_symbols_are_refused():
    model = make_extractor(docs=[], encoder={"capacity": 2})
    with pytest.raises(ValueError, match=r"DRE201.*3 entities"):
        model.predict(Request([make_doc(*"ABA")], 0.0))


def test_a_schema_that_it_was_not_trained_with_is_refused(taught, tmp_path):
    taught("BilinearPairs").to_disk(tmp_path)
    schema = srsly.read_json(tmp_path / "docre" / "schema.json")
    schema["relations"][0]["label"] = "likes"
    srsly.write_json(tmp_path / "docre" / "schema.json", schema)
    with pytest.raises(ValueError, match=r"DRE504.*likes"):
        spacy.load(tmp_path)


@each_head
def test_a_shape_that_weights_were_not_learnt_under_is_refused(taught, head, tmp_path):
    taught(head).to_disk(tmp_path)
    other = {"features": {"@misc": "spacy_docre.PairFeatures.v1", "counts": True}}
    with pytest.raises(ValueError, match=r"DRE527.*counts.: False.*counts.: True"):
        spacy.load(tmp_path, config={"components": {"docre": {"model": {"head": other}}}})
