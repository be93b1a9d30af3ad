"""How many relations the same entities may have is a setting of heads on pretrained models, too."""

import warnings

import pytest

from tests.pipe.making import STORIES, example_of, tell

from .pipelines import initialized, model_of

pytest.importorskip("transformers")


@pytest.mark.parametrize("head", ["Seq2SeqRows", "BilinearPairs", "GivenRows"])
def test_more_relations_than_are_extracted_are_a_warning_unless_they_are_asked_for(backbones, head):
    # Only the second story has entities with two relations.
    nlp = initialized(model_of(backbones("t5"), head), [tell(STORIES[0])])
    with pytest.warns(UserWarning, match="DRW503.*`max_labels`"):
        nlp.update([example_of(tell(STORIES[1]))])
    nlp = initialized(model_of(backbones("t5"), head, max_labels=2), [tell(STORIES[0])])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.update([example_of(tell(STORIES[1]))])
    with pytest.raises(ValueError, match=r"DRE523.*max_labels"):
        initialized(model_of(backbones("t5"), head, max_labels=0), [tell(STORIES[0])])
