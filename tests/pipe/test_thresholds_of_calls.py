"""A threshold that is given for one call counts for all that is made of it."""

import pytest

from .making import blank, examples, learn, small_pipeline, stories

COMPONENT = {"component_cfg": {"docre": {"threshold": 1.0}}}
SCORER = {"scorer_cfg": {"threshold": 1.0}}


@pytest.fixture(scope="module")
def trained():
    nlp = small_pipeline()
    nlp.initialize(lambda: examples(nlp))
    learn(nlp, stories(nlp), steps=60)
    return nlp


@pytest.mark.parametrize("given", [COMPONENT, SCORER], ids=["component", "scorer"])
def test_an_evaluation_has_the_threshold_that_it_was_called_with(trained, given):
    assert trained.evaluate(examples(trained))["docre_micro_f"] > 0.9
    assert trained.evaluate(examples(trained), **given)["docre_micro_f"] == 0.0
    assert trained.evaluate(examples(trained))["docre_micro_f"] > 0.9


@pytest.mark.parametrize("attr", ["get", "set", "has"])
def test_a_method_of_documents_is_no_attribute_for_relations(attr):
    with pytest.raises(ValueError, match=r"DRE026.*'attr' of 'docre'"):
        blank().add_pipe("docre", config={"attr": attr})
