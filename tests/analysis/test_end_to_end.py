"""A pipeline is scored given gold entities, given gold mentions, and given nothing but text."""

import pytest
import spacy
from spacy.tokens import Doc

from spacy_docre.analysis.end_to_end import score_end_to_end
from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import load_relations
from spacy_docre.data.triples import Triple
from tests.pipe.making import (
    TYPES,
    annotate,
    blank,
    example_of,
    examples,
    facts_of,
    learn,
    small_model,
    stories,
    tell,
    without_relations,
)


def pipeline(known):
    """A pipeline that has learnt the stories, and recognises some of the names in them."""
    spacy.util.fix_random_seed(0)
    nlp = blank()
    ruler = nlp.add_pipe("entity_ruler")
    nlp.add_pipe("docre", config={"model": small_model()})
    nlp.initialize(lambda: examples(nlp))
    ruler.add_patterns([{"label": TYPES[name], "pattern": name} for name in known])
    learn(nlp, stories(nlp), until=knows_the_stories)
    return nlp


def knows_the_stories(nlp):
    return all(facts_of(nlp(without_relations(doc))) == facts_of(doc) for doc in stories())


@pytest.fixture(scope="module")
def nlp():
    return pipeline(TYPES)


@pytest.fixture(scope="module")
def forgetful():
    return pipeline([name for name in TYPES if name != "Kiel"])


def test_who_recognises_everything_loses_nothing(nlp):
    scores = score_end_to_end(nlp, nlp.get_pipe("docre"), examples(nlp))
    for score in (scores.mentions, scores.clusters, scores.coreference, scores.given_mentions):
        assert score.fscore == 1.0
    assert [scores.triples[k]["docre_micro_f"] for k in ("entities", "mentions", "text")] == [1] * 3


def test_what_the_recogniser_misses_is_lost_with_nothing_but_text_alone(forgetful):
    scores = score_end_to_end(forgetful, forgetful.get_pipe("docre"), examples(forgetful))
    assert scores.mentions.precision == 1.0
    assert scores.mentions.recall < 1.0
    assert scores.given_mentions.fscore == 1.0
    assert scores.triples["entities"]["docre_micro_f"] == 1.0
    assert scores.triples["mentions"]["docre_micro_f"] == 1.0
    # Four of the eight triples are about other places.
    assert 0 < scores.triples["text"]["docre_micro_r"] < 1.0


def test_what_the_sources_do_not_put_together_is_lost_given_mentions(nlp):
    # Nothing but the gold data knows that two names are one town.
    doc = tell(
        [("Ann", "born_in", "Bonn"), ("Bonn", "lies_in", "Germany"), ("Ann", "lives_in", "Kiel")]
    )
    ann, bonn, germany, kiel = load_relations(doc).entities
    town = Entity.of([*bonn.mentions, *kiel.mentions], "LOC")
    doc.spans.clear()
    doc.user_data.clear()
    triples = [Triple((0, 1), "born_in"), Triple((1, 2), "lies_in"), Triple((0, 1), "lives_in")]
    annotate(doc, [ann, town, germany], triples)
    scores = score_end_to_end(nlp, nlp.get_pipe("docre"), [example_of(doc)])
    assert scores.mentions.fscore == 1.0
    assert scores.clusters.fscore < 1.0
    assert scores.coreference.recall == scores.given_mentions.recall == 2 / 4
    assert nlp.get_pipe("docre").use_gold_entities


def test_documents_that_are_not_annotated_cost_nothing(nlp):
    unknown = without_relations(tell([("Dan", "lives_in", "Ulm")]))
    scores = score_end_to_end(nlp, nlp.get_pipe("docre"), [*examples(nlp), example_of(unknown)])
    assert scores.mentions.fscore == scores.clusters.fscore == 1.0


def test_gold_entities_may_be_annotated_under_the_usual_name(nlp):
    pipe = nlp.get_pipe("docre")
    pipe.attr = "found"
    try:
        with pytest.warns(UserWarning, match=r"DRW030.*doc._.found"):
            scores = score_end_to_end(nlp, pipe, examples(nlp))
    finally:
        pipe.attr = "relations"
        for name in ("found", "found_data"):
            Doc.remove_extension(name)
    assert scores.mentions.fscore == scores.triples["mentions"]["docre_micro_f"] == 1.0
