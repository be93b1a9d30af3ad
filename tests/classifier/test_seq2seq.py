"""The classifier on small pretrained models: it learns what it is told, knows it when loaded, and
refuses what it cannot do."""

import warnings

import numpy as np
import pytest
import spacy
import srsly
import torch
from dore.seq2seq.conftest import backbones  # noqa: F401
from dore.worlds import make_doc, make_schema
from pipe.making import STORIES, blank, example_of, scored, tell, without_relations
from thinc.api import Adam

pytest.importorskip("transformers")
from dore.seq2seq.models import FAMILIES, make_backbone, make_tokenizer
from dore.seq2seq.pipelines import EIGHT, found_in, initialized, teach

from spacy_docre.classifier.seq2seq.architecture import create_pair_classifier_seq2seq
from spacy_docre.dore.seq2seq.marking import write
from spacy_docre.dore.seq2seq.stepping import Stepper
from spacy_docre.entities import EntityDoc
from spacy_docre.extractor import Request
from spacy_docre.triples import Triple

SCHEMA = make_schema(P1=2, P2=2)
TOKENIZER = make_tokenizer()


def pipeline(directory, **settings):
    model = {
        "@architectures": "spacy_docre.PairClassifierSeq2Seq.v1",
        "backbone": {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": directory},
        "dropout": 0.0,
        **settings,
    }
    return initialized(model, [tell(story) for story in EIGHT])


def knows(nlp):
    return found_in(nlp, EIGHT) == list(map(set, EIGHT))


@pytest.fixture(scope="module")
def taught(backbones):  # noqa: F811
    """A pipeline for each family that has learnt eight documents."""
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = pipeline(backbones(kind))
            teach(made[kind], [tell(story) for story in EIGHT], 200, until=knows)
        return made[kind]

    return get


@pytest.mark.parametrize("kind", FAMILIES)
def test_eight_documents_are_learnt_without_a_mistake(taught, kind):
    scores = taught(kind).evaluate([example_of(tell(story)) for story in EIGHT])
    assert scores["docre_micro_f"] == 1.0


@pytest.mark.parametrize("kind", FAMILIES)
def test_what_was_saved_finds_the_same_with_the_same_scores(taught, kind, tmp_path):
    nlp = taught(kind)
    nlp.to_disk(tmp_path)
    files = {path.name for path in (tmp_path / "docre" / "model").iterdir()}
    assert {"model.safetensors", "symbols.safetensors", "docre.json"} <= files
    from_disk = spacy.load(tmp_path)
    from_bytes = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    for story in STORIES:
        expected = scored(nlp(without_relations(tell(story))))
        assert scored(from_disk(without_relations(tell(story)))) == expected != []
        assert scored(from_bytes(without_relations(tell(story)))) == expected


WAYS = {
    "windows, types": {"window": 20, "stride": 12, "typed": True},
    "all that a pair may know": {
        "entity_types": True,
        "distance": True,
        "closest_mentions": True,
        "context_heads": 2,
        "salience": True,
        "objective": "binary",
        "width": 24,
    },
}


@pytest.mark.parametrize("settings", WAYS.values(), ids=WAYS)
def test_each_way_learns_eight_documents(backbones, settings, tmp_path):  # noqa: F811
    nlp = pipeline(backbones("t5"), gradient_checkpointing=True, **settings)
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


def make_extractor(kind="t5", docs=DOCS, schema=SCHEMA, backbone=None, **settings):
    backbone = make_backbone(kind, **(backbone or {}))
    model = create_pair_classifier_seq2seq(lambda: backbone, **{"dropout": 0.0, **settings})
    model.initialize(X=docs, Y=schema)
    return model


def losses_of(model, docs):
    network = model.shims[0].network
    strategy = model.attrs["sequences"]
    return strategy.losses(network, TOKENIZER, docs, np.random.default_rng(0))


@pytest.mark.parametrize("kind", FAMILIES)
def test_no_document_depends_on_others_of_its_batch(kind):
    model = make_extractor(kind)
    together = model.predict(Request(DOCS, 0.0))
    for doc, found in zip(DOCS, together):
        (alone,) = model.predict(Request([doc], 0.0))
        assert [(t.entities, t.label) for t in found] == [(t.entities, t.label) for t in alone]
        assert [t.score for t in found] == pytest.approx([t.score for t in alone], abs=1e-4)
    assert [len(found) for found in together] == [6, 2, 0, 0, 16 * 15]


def test_a_batch_loses_the_mean_over_its_pairs():
    model = make_extractor()
    with torch.no_grad():
        together = losses_of(model, DOCS)
        alone = [float(losses_of(model, [doc])[0]) for doc in DOCS]
    pairs = [n * (n - 1) for n in (3, 2, 0, 1, 16)]
    expected = [loss * n * len(DOCS) / sum(pairs) for loss, n in zip(alone, pairs)]
    assert together.tolist() == pytest.approx(expected, rel=1e-4)


def test_documents_without_pairs_have_nothing_to_learn():
    assert losses_of(make_extractor(), [with_gold(""), with_gold("A")]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kind", FAMILIES)
def test_mentions_are_the_states_from_their_first_symbol_to_their_last(kind):
    network = make_extractor(kind).shims[0].network.eval()
    written = write(DOCS, TOKENIZER, network.settings.table, network.n_pieces)
    with torch.inference_mode():
        states, layouts = network.read_documents(written, TOKENIZER, None, None)
    assert sum(layout.length for layout in layouts) == len(states)
    # The states of a document are those that the encoder alone makes of it.
    for each, layout, own in zip(written, layouts, states.split([lay.length for lay in layouts])):
        with torch.inference_mode():
            (alone,), seen = network.read(network.cut([each.ids], TOKENIZER, None, None))
        torch.testing.assert_close(own, alone[seen[0]], atol=1e-4, rtol=1e-4)
        # This tokenizer puts one piece before a text.
        for places, shifted in zip(each.mentions, layout.mentions):
            assert shifted == [(first + 1, last + 1) for first, last in places]


def test_a_document_longer_than_the_model_is_read_in_windows():
    doc = with_gold("AB" * 40)
    short = make_extractor("bart", [doc], backbone={"max_position_embeddings": 64})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (found,) = short.predict(Request([doc], 0.0))
    assert len({triple.entities for triple in found}) == 80 * 79


@pytest.mark.parametrize("kind", FAMILIES)
def test_checkpoints_change_no_gradient(kind):
    gradients = []
    for wanted in (False, True):
        model = make_extractor(kind, gradient_checkpointing=wanted)
        network = model.shims[0].network
        network.pairs.load_state_dict(_even(network.pairs))
        network.train()
        losses_of(model, DOCS).sum().backward()
        gradients.append({n: p.grad for n, p in network.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-4, rtol=1e-4)
    assert not any(".decoder." in name for name in gradients[0])


def _even(module):
    """Weights that do not depend on what was drawn before."""
    generator = torch.Generator().manual_seed(0)
    return {n: torch.randn(w.shape, generator=generator) for n, w in module.state_dict().items()}


def test_what_is_new_learns_at_a_rate_of_its_own():
    network = make_extractor().shims[0].network
    stepper = Stepper(network, 5.0)
    before = {}
    for name, parameter in network.named_parameters():
        parameter.grad = torch.ones_like(parameter)
        before[name] = parameter.detach().clone()
    stepper.step(Adam(0.01, use_averages=False))
    for name, parameter in network.named_parameters():
        move = float((parameter.detach() - before[name]).mean())
        rate = 0.01 if name.startswith("model.") else 0.05
        assert move == pytest.approx(-rate, rel=1e-2), name


def test_mixed_precision_scores_about_the_same():
    model = make_extractor("bart")
    network = model.shims[0].network
    full = losses_of(model, DOCS)
    network.compute_type = torch.bfloat16
    mixed = losses_of(model, DOCS)
    assert mixed.dtype == torch.float32
    assert not torch.equal(mixed, full)
    torch.testing.assert_close(mixed, full, atol=0.2, rtol=0.1)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"objective": "other"}, "DRE511.*other"),
        ({"window": 0}, "DRE523.*window"),
        ({"batch_pieces": 0}, "DRE523.*batch_pieces"),
        ({"groups": 5}, r"DRE512.*\(32\).*\(5\)"),
        ({"context_heads": 3}, r"DRE514.*\(32\).*\(3\)"),
        ({"schema": make_schema(P1=3)}, r"DRE513.*3 entities"),
        ({"window": 2}, r"DRE523.*window.*at least 3"),
    ],
)
def test_what_cannot_be_is_refused(settings, problem):
    with pytest.raises(ValueError, match=problem):
        make_extractor(docs=[], **settings)


def test_more_entities_than_symbols_are_refused():
    model = make_extractor(docs=[], capacity=2)
    with pytest.raises(ValueError, match=r"DRE201.*3 entities"):
        model.predict(Request([make_doc(*"ABA")], 0.0))


def test_a_schema_that_it_was_not_trained_with_is_refused(taught, tmp_path):
    taught("t5").to_disk(tmp_path)
    schema = srsly.read_json(tmp_path / "docre" / "schema.json")
    schema["relations"][0]["label"] = "likes"
    srsly.write_json(tmp_path / "docre" / "schema.json", schema)
    with pytest.raises(ValueError, match=r"DRE504.*likes"):
        spacy.load(tmp_path)


def test_other_types_of_entities_than_those_it_was_trained_with_are_refused(taught, tmp_path):
    taught("t5").to_disk(tmp_path)
    schema = srsly.read_json(tmp_path / "docre" / "schema.json")
    relation = schema["relations"][0]
    relation["types"] = [["NOWHERE"] for _ in range(2)]
    srsly.write_json(tmp_path / "docre" / "schema.json", schema)
    with pytest.raises(ValueError, match=rf"DRE504.*types of entities.*{relation['label']}"):
        spacy.load(tmp_path)


def test_the_shape_comes_with_the_weights_and_not_from_the_config(taught, tmp_path):
    taught("t5").to_disk(tmp_path)
    with pytest.warns(UserWarning, match=r"DRW504.*'context_heads': 0.*'context_heads': 2"):
        again = spacy.load(tmp_path, config={"components.docre.model.context_heads": 2})
    assert knows(again)
