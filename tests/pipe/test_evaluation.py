"""Scores through spaCy's own evaluation, with its stock corpus reader."""

import pytest
import spacy
from spacy.cli.find_threshold import find_threshold
from spacy.tokens import DocBin, Span
from spacy.training import Corpus

from spacy_docre.analysis.predictions import compare_predictions
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.models import encoder_with_head

from .making import (
    STORIES,
    example_of,
    examples,
    small_model,
    small_pipeline,
    stories,
    without_relations,
)

FACTS = sum(map(len, STORIES))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "stories.spacy"
    DocBin(docs=stories(), store_user_data=True).to_disk(path)
    return path


def test_all_is_found_in_what_was_learnt(trained, corpus):
    scores = trained.evaluate(list(Corpus(corpus)(trained)))
    assert scores["docre_micro_p"] == scores["docre_micro_r"] == scores["docre_micro_f"] == 1.0
    assert scores["docre_gold"] == scores["docre_correct"] == FACTS
    assert set(scores["docre_per_relation"]) == {"born_in", "lies_in", "lives_in"}


def test_small_batches_score_the_same(trained, corpus):
    expected = trained.evaluate(list(Corpus(corpus)(trained)))
    scores = trained.evaluate(list(Corpus(corpus)(trained)), batch_size=1)
    assert scores["docre_per_relation"] == expected["docre_per_relation"]


@pytest.mark.filterwarnings("ignore:.*DRW110")
def test_without_gold_entities_only_those_of_the_pipeline_count(trained, corpus):
    pipe = trained.get_pipe("docre")
    pipe.use_gold_entities = False
    try:
        assert trained.evaluate(list(Corpus(corpus)(trained)))["docre_predicted"] == 0
        nlp = spacy.blank("xx", vocab=trained.vocab)
        ruler = nlp.add_pipe("entity_ruler")
        ruler.add_patterns([{"label": "X", "pattern": name} for name in ("Ann", "Bonn", "Germany")])
        nlp.add_pipe("docre", source=trained)
        scores = nlp.evaluate(list(Corpus(corpus)(nlp)))
    finally:
        pipe.use_gold_entities = True
    assert 0 < scores["docre_predicted"] < FACTS
    assert 0 < scores["docre_micro_r"] < 1


def test_documents_without_relations_are_not_scored(trained):
    example = example_of(without_relations(stories()[0]))
    assert trained.evaluate([example])["docre_micro_f"] is None


def test_what_was_found_in_documents_without_gold_relations_remains(trained):
    example = example_of(without_relations(stories()[0]))
    found = load_relations(stories(trained)[0])
    store_relations(example.predicted, found.entities, found.triples)
    trained.get_pipe("docre").score([example])
    assert load_relations(example.predicted) == found


def with_the_entities_of_a_pipeline(nlp):
    """Examples whose predicted documents have relations of entities that are not gold."""
    found = examples(nlp)
    for example in found:
        doc = example.predicted
        doc.ents = [Span(doc, 0, 1, "PER"), Span(doc, 4, 5, "LOC")]
        nlp.get_pipe("docre")(doc)
    return found


def test_scores_of_gold_entities_leave_predicted_documents_as_they_are(trained):
    found = with_the_entities_of_a_pipeline(trained)
    before = [example.predicted.to_bytes() for example in found]
    docs = [example.predicted for example in found]
    scores = trained.get_pipe("docre").score(found)
    assert scores["docre_correct"] == FACTS
    assert all(example.predicted is doc for example, doc in zip(found, docs))
    assert [example.predicted.to_bytes() for example in found] == before
    assert [len(load_relations(doc).entities) for doc in docs] == [2, 2, 2]


@pytest.fixture
def asked(monkeypatch):
    """The texts of all documents that an extractor is asked about."""
    texts, extract = [], encoder_with_head._extract

    def remembered(shim, docs, **settings):
        texts.extend(doc.doc.text for doc in docs)
        return extract(shim, docs, **settings)

    monkeypatch.setattr(encoder_with_head, "_extract", remembered)
    return texts


def test_an_evaluation_extracts_from_gold_entities_once(trained, corpus, asked):
    trained.evaluate(list(Corpus(corpus)(trained)))
    assert asked == [doc.text for doc in stories()]


def test_an_analysis_extracts_once_whatever_entities_the_pipeline_finds(trained, corpus, asked):
    nlp = spacy.blank("xx", vocab=trained.vocab)
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "X", "pattern": name} for name in ("Ann", "Bonn", "Germany")])
    pipe = nlp.add_pipe("docre", source=trained)
    found = list(Corpus(corpus)(nlp))
    comparisons = compare_predictions(nlp, pipe, found, threshold=0.0)
    assert asked == [doc.text for doc in stories()]
    assert len(comparisons[0].predicted) >= 12
    assert pipe.cfg["threshold"] == 0.5


def test_no_documents_are_no_trouble(trained):
    assert trained.evaluate([])["docre_micro_f"] is None


def test_a_pipeline_may_have_no_scorer():
    nlp = small_pipeline(scorer=None)
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    assert "docre_micro_f" not in nlp.evaluate([example_of(doc) for doc in stories()])


def test_an_evaluation_without_initialization_says_so():
    with pytest.raises(ValueError, match="DRE025"):
        small_pipeline().evaluate([example_of(doc) for doc in stories()])


def test_thresholds_can_be_searched_from_0_to_1(saved, corpus, capsys):
    best, score, scores = find_threshold(
        str(saved), corpus, "docre", "threshold", "docre_micro_f", n_trials=5
    )
    assert list(scores) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert 0 < scores[0.0] < 0.5  # one relation in each pair
    assert scores[0.5] == score == 1.0
    assert scores[1.0] == 0.0
    assert 0 < best < 1
    assert "1.0" in capsys.readouterr().out


def test_scores_of_two_components_stand_side_by_side():
    nlp = small_pipeline()
    scorer = {"@scorers": "spacy_docre.relations_scorer.v1", "prefix": "links"}
    nlp.add_pipe(
        "docre", "links", config={"model": small_model(), "attr": "links", "scorer": scorer}
    )
    docs = stories(nlp)
    for doc in docs:
        stored = load_relations(doc)
        store_relations(doc, stored.entities, stored.triples[:1], attr="links")
    examples = [example_of(doc) for doc in docs]
    nlp.initialize(lambda: examples)
    scores = nlp.evaluate(examples)
    assert (scores["docre_gold"], scores["links_gold"]) == (FACTS, len(docs))
    assert scores["docre_protocol"] == scores["links_protocol"] == "DocRED"


def test_a_prediction_whose_tokens_were_merged_on_the_way_is_scored(trained):
    example = example_of(stories()[0])
    doc = example.predicted
    doc.spans["names"] = [Span(doc, 0, 1, "PER")]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    with pytest.raises(ValueError, match="E1052"):
        doc.copy()
    assert trained.get_pipe("docre").score([example])["docre_gold"] == 3
