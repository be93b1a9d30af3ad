"""Every architecture learns and extracts the same whichever kernel computes attention. Fused ones
take some arguments that the plain one refuses."""

from contextlib import nullcontext

import pytest
from dore.seq2seq.conftest import backbones  # noqa: F401
from torch.nn.attention import SDPBackend, sdpa_kernel

from spacy_docre.storage import load_relations

from .making import (
    CLASSIFIER,
    STORIES,
    examples,
    learn,
    stories,
    tell,
    untrained,
    without_relations,
)

GENERATED = {"tails": "generated"}
BEAM = {**GENERATED, "beam_width": 3}
SAMPLED = {"negatives": {"@misc": "spacy_docre.RandomNegatives.v1", "share": 0.4}}
OF_TOKEN_VECTORS = {
    "given": {"depth": 2},
    "given, few of them": {"tails_per_head": 1, "exchange_layers": 2, **SAMPLED},
    "generated": GENERATED,
    "generated, exchanging": {**GENERATED, "exchange_layers": 1, "depth": 2},
    "beam": BEAM,
    "evidence": {"evidence_weight": 1.0},
    "classifier": {**CLASSIFIER, "context_heads": 2},
}
OF_SEQ2SEQ = ["DORESeq2Seq", "PairClassifierSeq2Seq", "LexicalSeq2Seq"]


def learn_and_extract(make, backend):
    """RETURNS: The losses of some steps, and what is found then, with scores."""
    with sdpa_kernel(backend) if backend else nullcontext():
        nlp = make()
        losses = learn(nlp, stories(nlp), steps=3)
        docs = [nlp(without_relations(tell(story, nlp))) for story in STORIES]
    return losses, [
        {(t.entities, t.label): t.score for t in load_relations(doc).triples} for doc in docs
    ]


def expect_the_same(make):
    losses, found = learn_and_extract(make, None)
    plain_losses, plain_found = learn_and_extract(make, SDPBackend.MATH)
    assert plain_losses == pytest.approx(losses, rel=1e-3)
    for own, plain in zip(found, plain_found):
        assert plain == pytest.approx(own, abs=1e-2)


@pytest.mark.parametrize("model", OF_TOKEN_VECTORS.values(), ids=OF_TOKEN_VECTORS)
def test_on_token_vectors(model):
    expect_the_same(lambda: untrained(model, threshold=0.3))


@pytest.mark.filterwarnings("ignore:.*DRW541")  # What has learnt so little may not end.
@pytest.mark.parametrize("kind", ["t5", "bart"])
@pytest.mark.parametrize("architecture", OF_SEQ2SEQ)
def test_on_a_pretrained_model(backbones, architecture, kind):  # noqa: F811
    backbone = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": backbones(kind)}
    model = {"@architectures": f"spacy_docre.{architecture}.v1", "backbone": backbone}
    if architecture == "DORESeq2Seq":
        model["beam_width"] = 2
    expect_the_same(lambda: of_model(model))


def test_on_a_language_model(tmp_path):
    for package in ("transformers", "peft", "accelerate"):
        pytest.importorskip(package)
    from rhf.making import make_base, rhf_pipeline

    name = make_base(tmp_path / "base")
    expect_the_same(lambda: rhf_pipeline(name))


def of_model(model):
    from dore.seq2seq.pipelines import initialized

    return initialized(model, [example.reference for example in examples()])
