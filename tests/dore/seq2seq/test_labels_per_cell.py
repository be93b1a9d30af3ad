"""How many relations the same entities may have is a setting of pretrained models, too."""

import warnings

import pytest
from pipe.making import STORIES, example_of, tell

from .pipelines import initialized, model_of

pytest.importorskip("transformers")

MODELS = {
    "DORE": {},
    "classifier": {"@architectures": "spacy_docre.PairClassifierSeq2Seq.v1"},
    "lexical": {"@architectures": "spacy_docre.LexicalSeq2Seq.v1"},
}


@pytest.mark.parametrize("model", MODELS)
def test_more_relations_than_are_extracted_are_a_warning_unless_they_are_asked_for(
    backbones, model
):
    settings = {**model_of(backbones("t5")), **MODELS[model]}
    if model == "lexical":
        del settings["negatives"]
    name = "labels_per_pair" if model == "classifier" else "labels_per_cell"
    # Only the second story has entities with two relations.
    nlp = initialized(settings, [tell(STORIES[0])])
    with pytest.warns(UserWarning, match=rf"DRW503.*`{name}`"):
        nlp.update([example_of(tell(STORIES[1]))])
    nlp = initialized({**settings, name: 2}, [tell(STORIES[0])])
    assert nlp.get_pipe("docre").model.shims[0].network.settings.labels_per_cell == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.update([example_of(tell(STORIES[1]))])
    with pytest.raises(ValueError, match=rf"DRE523.*{name}"):
        initialized({**settings, name: 0}, [tell(STORIES[0])])
