"""The scorer works from a config, and inside a pipeline."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example

from spacy_docre.data.storage import has_relations, load_relations, store_relations
from spacy_docre.scoring import DEFAULT_SCORE_WEIGHTS, make_relations_scorer

from .examples import GOLD, WORDS, make_doc, make_example

KNOWS = ("knows", 0, 1)


def test_the_scorer_is_registered():
    scorer = spacy.registry.scorers.get("spacy_docre.relations_scorer.v1")()
    assert scorer([make_example([KNOWS], [KNOWS])])["docre_micro_f"] == 1.0


def test_of_the_settings_of_the_pipe_only_attribute_and_symmetry_reach_the_scores():
    example = make_example([KNOWS], [KNOWS])
    scorer = make_relations_scorer()
    assert scorer([example], threshold=0.9, labels=["likes"])["docre_gold"] == 1
    with pytest.warns(UserWarning, match="DRW030"):
        scores = scorer([example], attr="other")
    assert (scores["docre_gold"], scores["docre_predicted"]) == (1, 0)
    assert make_relations_scorer(attr="relations")([example], attr="other")["docre_gold"] == 1
    both_ways = make_example([KNOWS], [KNOWS, ("knows", 1, 0)])
    assert scorer([both_ways])["docre_micro_r"] == 0.5
    assert scorer([both_ways], symmetric=["knows"])["docre_micro_r"] == 1.0


def test_the_names_of_scores_begin_with_the_prefix():
    example = make_example([KNOWS], [KNOWS])
    scores = make_relations_scorer()([example])
    assert make_relations_scorer(prefix="links")([example]) == {
        name.replace("docre", "links"): score for name, score in scores.items()
    }


def test_facts_are_read_once_and_not_before_they_are_needed(tmp_path):
    path = tmp_path / "train.spacy"
    scorer = make_relations_scorer(train_facts=path)
    example = make_example([KNOWS], [KNOWS])
    DocBin(store_user_data=True, docs=[make_doc(GOLD, [KNOWS])]).to_disk(path)
    assert scorer([example])["docre_ign_p"] == 0.0
    path.unlink()
    assert scorer([example])["docre_ign_p"] == 0.0


def test_where_the_facts_are_not_there_other_scores_remain_with_one_warning(tmp_path):
    scorer = make_relations_scorer(train_facts=tmp_path / "train.spacy")
    example = make_example([KNOWS], [KNOWS])
    with pytest.warns(UserWarning, match=r"\[DRW402\]"):
        scores = scorer([example])
    assert (scores["docre_micro_f"], scores["docre_ign_f"]) == (1.0, None)
    assert scorer([example])["docre_ign_f"] is None


def test_every_score_has_a_weight_and_only_one_counts():
    scores = make_relations_scorer()([make_example([KNOWS], [KNOWS])])
    # Packages show the numbers of `meta.json` as percentages, so that no number of things is there.
    numbers = {f"docre_{name}" for name in ("gold", "predicted", "correct", "documents")}
    assert set(DEFAULT_SCORE_WEIGHTS) == set(scores) - numbers
    assert not any(isinstance(scores[name], int) for name in DEFAULT_SCORE_WEIGHTS)
    assert {k for k, weight in DEFAULT_SCORE_WEIGHTS.items() if weight} == {"docre_micro_f"}


def test_a_pipeline_is_evaluated_with_it():
    class Copier:
        def __init__(self, source):
            self.source = load_relations(source)
            self.scorer = make_relations_scorer()

        def __call__(self, doc):
            store_relations(doc, self.source.entities, self.source.triples)
            return doc

        def score(self, examples, **kwargs):
            return self.scorer(examples, **kwargs)

    reference = make_doc(GOLD, [KNOWS, ("likes", 0, 2)])
    Language.factory("copier", func=lambda nlp, name: Copier(make_doc(GOLD, [KNOWS])))
    nlp = spacy.blank("en")
    nlp.add_pipe("copier")
    predicted = nlp.make_doc(WORDS)
    assert not has_relations(predicted)
    scores = nlp.evaluate([Example(predicted, reference)])
    assert (scores["docre_micro_p"], scores["docre_micro_r"]) == (1.0, 0.5)
