"""A base in 4 bits trains, and comes back as it was."""

import pytest
import torch

from spacy_docre.models.llm.architecture import prompter_of
from tests.pipe.making import learn, scored, stories, without_relations

from .making import rhf_pipeline

pytest.importorskip("bitsandbytes")
pytestmark = pytest.mark.filterwarnings("ignore")


def test_adapters_on_a_quantized_base_come_back(base):
    quantized = {"quantization": "nf4"}
    nlp = rhf_pipeline(base, base=quantized)
    lm = prompter_of(nlp.get_pipe("docre").model).lm
    layer = lm.base.model.layers[0].mlp.up_proj
    assert type(layer.base_layer).__name__ == "Linear4bit"
    losses = learn(nlp, stories(nlp), steps=3)
    assert losses[-1] < losses[0]
    nlp.get_pipe("docre").cfg["threshold"] = 0.05
    data = nlp.to_bytes()
    again = nlp.from_config(nlp.config).from_bytes(data)
    for doc in stories(nlp):
        one, other = nlp(without_relations(doc)), again(without_relations(doc))
        assert scored(one) == scored(other) != []


def test_gradients_reach_every_adapter_after_an_extraction(base):
    """Some processors have a form of weights for extraction alone."""
    nlp = rhf_pipeline(base, base={"quantization": "nf4"})
    pipe = nlp.get_pipe("docre")
    nlp(without_relations(stories(nlp)[0]))
    lm = prompter_of(pipe.model).lm
    before = {name: each.clone() for name, each in lm.parameters().items()}
    learn(nlp, stories(nlp), steps=2)
    same = [name for name, each in lm.parameters().items() if each.equal(before[name])]
    assert before and not same


@pytest.mark.parametrize(
    ("device", "capability", "dtype"),
    [
        ("cpu", None, torch.bfloat16),
        ("cuda", (7, 5), torch.float16),
        ("cuda", (8, 6), torch.bfloat16),
    ],
)
def test_four_bits_never_compute_in_float32_unless_told(monkeypatch, device, capability, dtype):
    from spacy_docre.models.llm.local import base_model

    monkeypatch.setattr(base_model, "get_torch_default_device", lambda: torch.device(device))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert base_model._compute_dtype(base_model.CausalLM("x", quantization="nf4")) == dtype
    told = base_model.CausalLM("x", quantization="nf4", dtype="float32")
    assert base_model._compute_dtype(told) == torch.float32
