"""Strange and wrong input: each gives a result, or an error that names what is wrong."""

import sys
import warnings

import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_docre.data.entities import Entity
from spacy_docre.data.relations import Relation
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple

from .making import (
    BILINEAR,
    BLANK,
    GENERATED,
    STORIES,
    TYPES,
    annotate,
    example_of,
    facts_of,
    learn,
    small_pipeline,
    stories,
    tell,
    untrained,
    without_relations,
)


def entities_of(doc):
    return [[doc[s:e].text for s, e in entity.mentions] for entity in load_relations(doc).entities]


# Documents


@pytest.mark.filterwarnings("ignore:.*DRW110")
def test_overlapping_and_nested_mentions_are_entities_of_their_own():
    doc = BLANK.make_doc("University of Bonn Hospital in Bonn")
    spans = [(0, 4, "ORG"), (0, 3, "ORG"), (2, 3, "LOC"), (2, 4, "ORG")]
    doc.spans["docre_mentions"] = [Span(doc, s, e, label=label) for s, e, label in spans]
    for model in ({}, GENERATED, BILINEAR):
        found = untrained(model, threshold=0.0)(doc.copy())
        assert entities_of(found) == [
            ["University of Bonn"],
            ["University of Bonn Hospital"],
            ["Bonn"],
            ["Bonn Hospital"],
        ]
        assert all(0 <= triple.score <= 1 for triple in load_relations(found).triples)


def test_overlapping_gold_entities_are_learnt():
    doc = BLANK.make_doc("University of Bonn Hospital")
    entities = [Entity.of([(0, 3)], "ORG"), Entity.of([(0, 4)], "ORG"), Entity.of([(2, 3)], "LOC")]
    store_relations(doc, entities, [Triple((0, 2), "lies_in"), Triple((1, 0), "part_of")])
    nlp = small_pipeline()
    nlp.initialize(lambda: [example_of(doc)])
    learn(nlp, [doc], steps=40)
    scores = nlp.evaluate([example_of(doc)])
    assert scores["docre_micro_f"] == 1.0


def test_the_order_in_which_entities_are_annotated_does_not_matter(trained):
    expected = trained(without_relations(stories()[0]))
    for shuffle in (reversed, lambda keys: sorted(keys, key=lambda k: (k[-1] != "2", k))):
        doc = without_relations(stories()[0])
        groups = {key: list(doc.spans[key]) for key in doc.spans}
        doc.spans.clear()
        for number, key in enumerate(shuffle(groups)):
            doc.spans[f"coref_clusters_{number}"] = groups[key][::-1]
        found = trained(doc)
        assert load_relations(found) == load_relations(expected)


def crowd(entities):
    doc = BLANK.make_doc(" ".join(f"word{i}" for i in range(entities)))
    return annotate(doc, [Entity.of([(i, i + 1)], "PER") for i in range(entities)])


@pytest.mark.parametrize("model", [{}, GENERATED, BILINEAR], ids=["given", "generated", "pairs"])
def test_two_hundred_entities_are_more_than_there_were_in_training_but_work(model):
    negatives = {"@misc": "spacy_docre.SampledNegatives.v1", "share": 0.01}
    nlp = untrained({**model, "negatives": negatives}, threshold=0.55)
    doc = crowd(200)
    gold = [Triple((0, 199), "born_in"), Triple((199, 1), "lies_in")]
    store_relations(doc, load_relations(doc).entities, gold)
    assert nlp.update([example_of(doc)])["docre"] > 0
    found = load_relations(nlp(without_relations(doc)))
    assert len(found.entities) == 200
    assert len(found.triples) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units")
def test_a_document_of_twenty_thousand_tokens_needs_no_more_memory_than_its_parts():
    import resource

    story = [fact for story in STORIES for fact in story]
    doc = tell(story * 420)
    assert len(doc) > 20_000
    nlp = untrained(threshold=0.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.warns(UserWarning, match=r"DRW020.* 21000 tokens.*longest one in training had 19"):
        found = nlp(without_relations(doc))
    assert nlp(without_relations(doc)), "a second time, without another warning"
    assert len(load_relations(found).entities) == len(TYPES)
    assert len(load_relations(found).triples) >= 9 * 8
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 500_000  # kilobytes


def test_a_cluster_that_points_outside_the_text_is_an_error():
    Doc.set_extension("coref_clusters", default=None, force=True)
    doc = BLANK.make_doc("Ann met Bob")
    doc._.coref_clusters = [[(0, 3), (8, 99)]]
    with pytest.raises(ValueError, match=r"DRE104.*'Ann met Bob'.*coref_clusters.*99"):
        untrained()(doc)
    Doc.remove_extension("coref_clusters")


def test_a_stored_mention_that_points_outside_the_text_is_an_error():
    doc = stories()[0]
    doc.user_data["spacy_docre.relations"]["entities"][0]["mentions"] = [[0, 999]]
    with pytest.raises(ValueError, match=r"DRE005.*'Ann was .*999"):
        small_pipeline().initialize(lambda: [example_of(doc)])


def test_a_stored_triple_of_an_entity_that_does_not_exist_is_an_error():
    doc = stories()[0]
    doc.user_data["spacy_docre.relations"]["triples"][0]["entities"] = [0, 77]
    with pytest.raises(ValueError, match=r"DRE003.*'Ann was .*77"):
        small_pipeline().initialize(lambda: [example_of(doc)])


# Gold data


def test_labels_the_schema_lacks_are_an_error():
    nlp = untrained()
    doc = annotate(*parts(stories()[0]), [Triple((0, 1), "likes")])
    with pytest.raises(ValueError, match=r"DRE024.*'Ann was .*'likes'.*born_in, lies_in, lives_in"):
        learn(nlp, [doc], steps=1)
    schema = nlp.get_pipe("docre").label_data
    with pytest.raises(ValueError, match="DRE024"):
        nlp.get_pipe("docre").initialize(lambda: [example_of(doc)], labels=schema)


def test_a_label_with_another_number_of_entities_is_an_error():
    doc, entities = parts(stories()[0])
    roles = {"born_in": ["who", "where", "when"]}
    store_relations(doc, entities, [Triple((0, 1, 2), "born_in")], roles=roles)
    with pytest.raises(ValueError, match=r"DRE029.*'born_in' has 2 roles.*3 entities"):
        learn(untrained(), [doc], steps=1)


def parts(doc):
    return doc, list(load_relations(doc).entities)


def test_gold_triples_that_repeat_are_an_error():
    doc = annotate(*parts(stories()[0]), [Triple((0, 1), "born_in"), Triple((0, 1), "born_in")])
    with pytest.raises(ValueError, match=r"DRE022.*'Ann was .*born_in"):
        small_pipeline().initialize(lambda: [example_of(doc)])


def test_gold_of_another_text_is_an_error():
    doc = stories()[0]
    example = Example(Doc(doc.vocab, words=[token.text for token in doc][:-1]), doc)
    with pytest.raises(ValueError, match=r"DRE021.*'Ann was "):
        untrained().get_pipe("docre").update([example])


@pytest.mark.parametrize("use_gold_entities", [True, False])
def test_documents_without_gold_are_not_documents_without_relations(use_gold_entities):
    nlp = untrained(use_gold_entities=use_gold_entities)
    doc = without_relations(stories()[0])
    with pytest.raises(ValueError, match=r"DRE020.*'Ann was "):
        learn(nlp, [doc], steps=1)


def test_no_gold_at_all_gives_no_schema():
    with pytest.raises(ValueError, match=r"DRE027.*docre-convert"):
        small_pipeline().initialize(lambda: [example_of(BLANK.make_doc("nothing"))])


def test_a_reference_may_be_tokenised_differently():
    reference = Doc(
        BLANK.vocab,
        words=["Ann-", "Marie", "left", "New", "York", "."],
        spaces=[False, True, True, True, False, False],
    )
    annotate(
        reference,
        [Entity.of([(0, 2)], "PER"), Entity.of([(3, 5)], "LOC")],
        [Triple((0, 1), "left")],
    )
    predicted = Doc(
        BLANK.vocab, words=["Ann-Marie", "left", "New York."], spaces=[True, True, False]
    )
    nlp = small_pipeline()
    nlp.initialize(lambda: [Example(predicted, reference)])
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(20):
        nlp.get_pipe("docre").update([Example(predicted.copy(), reference)], sgd=optimizer)
    example = Example(predicted, reference)
    scores = nlp.get_pipe("docre").score([example])
    (example,) = nlp.get_pipe("docre").as_scored([example])
    assert facts_of(example.predicted) == {("Ann-Marie", "left", "New York.")}
    assert scores["docre_gold"] == scores["docre_predicted"] == 1


# Predicted entities in place of gold ones


def with_entities(doc, *names):
    """An example whose predicted document has only these entities."""
    example = example_of(doc)
    example.predicted.ents = [
        Span(example.predicted, i, i + 1, label=TYPES[token.text])
        for i, token in enumerate(doc)
        if token.text in names
    ]
    return example


def test_triples_whose_entities_were_not_found_are_counted_and_warned_about_once():
    nlp = untrained(use_gold_entities=False)
    pipe = nlp.get_pipe("docre")
    with pytest.warns(UserWarning, match=r"DRW001.*'docre': 2 gold triples of document 'Ann was "):
        pipe.update([with_entities(stories()[0], "Ann", "Kiel")])
    assert pipe.lost_triples == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe.update([with_entities(stories()[1])])
    assert pipe.lost_triples == 4


def test_found_entities_are_learnt_as_they_were_found():
    nlp = untrained(use_gold_entities=False)
    names = [{"Ann", "Kiel", "Bonn", "Germany"}, {"Bob", "Ulm"}, set(TYPES)]
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(60):
        batch = [with_entities(doc, *found) for doc, found in zip(stories(), names)]
        nlp.update(batch, sgd=optimizer)
    assert nlp.get_pipe("docre").lost_triples == 0
    for doc, facts in zip(stories(), STORIES):
        assert facts_of(nlp(with_entities(doc, *TYPES).predicted)) == set(facts)


def test_triples_that_do_not_fit_the_predicted_types_are_lost_too():
    nlp = small_pipeline(use_gold_entities=False)
    pipe = nlp.get_pipe("docre")
    schema = {"relations": [{"label": "lives_in", "types": [["PER"], ["LOC"]]}]}
    doc = tell([("Ann", "lives_in", "Ulm")])
    pipe.initialize(lambda: [example_of(doc)], labels=schema)
    example = with_entities(doc, "Ann", "Ulm")
    example.predicted.ents = [
        Span(example.predicted, ent.start, ent.end, label="PER") for ent in example.predicted.ents
    ]
    with pytest.warns(UserWarning, match="DRW001"):
        pipe.update([example])
    assert pipe.lost_triples == 1


# Settings


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_outside_of_0_and_1_is_an_error(threshold):
    with pytest.raises(ValueError, match=r"DRE026.*threshold"):
        small_pipeline(threshold=threshold)


@pytest.fixture
def facts_attribute():
    yield "facts"
    Doc.remove_extension("facts")


def test_relations_may_have_another_attribute(facts_attribute, tmp_path):
    docs = []
    for story in stories():
        doc = without_relations(story)
        store_relations(doc, *stored(story), attr=facts_attribute)
        docs.append(doc)
    nlp = small_pipeline(attr=facts_attribute)
    nlp.initialize(lambda: [example_of(doc) for doc in docs])
    learn(nlp, docs, steps=60)
    nlp.to_disk(tmp_path)
    nlp = spacy.load(tmp_path)
    assert nlp.evaluate([example_of(doc) for doc in docs])["docre_micro_f"] == 1.0
    doc = nlp(without_relations(docs[0]))
    assert facts_of(doc, "facts") == set(STORIES[0])
    assert load_relations(doc).triples == ()


def stored(doc):
    return load_relations(doc).entities, load_relations(doc).triples


def test_another_package_may_take_the_attribute_between_runs(trained):
    first = trained(without_relations(stories()[0]))
    Doc.set_extension("relations", default=None, force=True)
    first._.relations = ["what another package writes"]
    second = trained(without_relations(stories()[1]))
    assert facts_of(second) == set(STORIES[1])
    assert facts_of(first) == set(STORIES[0])
    assert all(isinstance(relation, Relation) for relation in first._.relations)


def test_running_twice_replaces_what_was_found(trained):
    doc = trained(trained(without_relations(stories()[0])))
    assert facts_of(doc) == set(STORIES[0])
