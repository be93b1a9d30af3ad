"""Every head learns and extracts the same whichever kernel computes attention. Fused ones
take some arguments that the plain one refuses."""

from contextlib import nullcontext

import pytest
from torch.nn.attention import SDPBackend, sdpa_kernel

from spacy_docre.data.storage import load_relations
from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401

from .making import (
    BILINEAR,
    GENERATED,
    STORIES,
    learn,
    stories,
    tell,
    untrained,
    without_relations,
)

BEAM = {**GENERATED, "beam_width": 3}
SAMPLED = {"negatives": {"@misc": "spacy_docre.SampledNegatives.v1", "share": 0.4}}
OF_TOKEN_VECTORS = {
    "given": {},
    "given, few of them": {"top_k_tails": 1, "exchange_layers": 2, **SAMPLED},
    "generated": GENERATED,
    "beam": BEAM,
    "evidence": {"evidence_weight": 1.0},
    "pairs": BILINEAR,
}
OF_SEQ2SEQ = {
    "symbols": {"head": "Seq2SeqRows", "beam_width": 2},
    "given": {},
    "generated": GENERATED,
    "pairs": BILINEAR,
}


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
@pytest.mark.parametrize("model", OF_SEQ2SEQ.values(), ids=OF_SEQ2SEQ)
def test_on_a_pretrained_model(backbones, model, kind):  # noqa: F811
    expect_the_same(lambda: untrained({**model, "backbone": backbones(kind)}))


def test_on_a_language_model(tmp_path):
    for package in ("transformers", "peft", "accelerate"):
        pytest.importorskip(package)
    from tests.models.llm.making import make_base, rhf_pipeline

    name = make_base(tmp_path / "base")
    expect_the_same(lambda: rhf_pipeline(name))
