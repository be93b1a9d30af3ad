"""Pipelines with the same base have its weights in memory once."""

import gc
import shutil
from pathlib import Path

import pytest
import torch

from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.local.twins import _IN_USE
from tests.pipe.making import learn, scored, stories, without_relations

from .making import make_base, rhf_pipeline


@pytest.fixture
def alone(base, tmp_path):
    """A base that no other test uses."""
    return str(shutil.copytree(base, tmp_path / "base"))


def base_of(nlp):
    return prompter_of(nlp.get_pipe("docre").model).lm.base


def tensors_of(nlp):
    """Where the weights of the base lie, without those of adapters."""
    named = base_of(nlp).named_parameters()
    return sorted(each.data_ptr() for name, each in named if ".lora_" not in name)


def found(nlp):
    nlp.get_pipe("docre").cfg["threshold"] = 0.05
    return [scored(nlp(without_relations(doc))) for doc in stories(nlp)]


@pytest.mark.parametrize("quantization", ["none", "nf4"])
@pytest.mark.filterwarnings("ignore")
def test_two_pipelines_share_a_base_and_learn_apart(alone, quantization):
    if quantization != "none":
        pytest.importorskip("bitsandbytes")
    settings = {"quantization": quantization}
    one = rhf_pipeline(alone, base=settings)
    learn(one, stories(one), steps=5)
    before = found(one)
    other = rhf_pipeline(alone, base=settings)
    assert tensors_of(one) == tensors_of(other)
    assert found(other) != before
    learn(other, stories(other), steps=5)
    assert found(one) == before != []
    assert found(other) == before, "the same training leads to the same adapters"


def test_other_settings_share_nothing(alone):
    one, other = rhf_pipeline(alone), rhf_pipeline(alone, base={"dtype": "bfloat16"})
    assert not set(tensors_of(one)) & set(tensors_of(other))


def test_a_base_whose_files_changed_is_loaded_anew(alone):
    one = rhf_pipeline(alone)
    make_base(Path(alone), seed=1)
    other = rhf_pipeline(alone)
    assert not set(tensors_of(one)) & set(tensors_of(other))
    weights = [base_of(nlp).get_input_embeddings().weight for nlp in (one, other)]
    assert not torch.equal(*weights)


def test_a_base_that_nobody_uses_any_more_is_freed(alone):
    gc.collect()
    before = len(_IN_USE)
    one = rhf_pipeline(alone)
    assert len(_IN_USE) == before + 1
    del one
    gc.collect()
    assert len(_IN_USE) == before
