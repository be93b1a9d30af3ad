"""Weights that one head has learnt are not read by another, though they have the same shape."""

import pytest
import spacy

from spacy_docre.training.start import create_start_from

from .making import examples, small_pipeline

GENERATED = {
    "components": {"docre": {"model": {"head": {"@misc": "spacy_docre.GeneratedRows.v1"}}}}
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("given")
    nlp = small_pipeline()
    nlp.initialize(lambda: examples(nlp))
    nlp.to_disk(path)
    return path


def test_a_config_cannot_give_trained_weights_another_head(saved):
    with pytest.raises(ValueError, match=r"DRE527.*GivenRows.*GeneratedRows"):
        spacy.load(saved, config=GENERATED)


def test_a_head_does_not_start_from_the_weights_of_another(saved):
    nlp = small_pipeline({"head": "GeneratedRows"})
    nlp.initialize(lambda: examples(nlp))
    with pytest.raises(ValueError, match=r"DRE565.*head GeneratedRows here, GivenRows there"):
        create_start_from(saved)(nlp)
