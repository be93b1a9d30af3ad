"""Relations and pipelines survive every way in which spaCy moves them about."""

import json

import pytest
import spacy
import srsly
from spacy.tokens import Doc, DocBin

from spacy_docre.data.relations import Relation
from spacy_docre.data.storage import clear_relations, load_relations

from .making import (
    BLANK,
    STORIES,
    blank,
    example_of,
    facts_of,
    scored,
    small_pipeline,
    stories,
    tell,
    without_relations,
)


@pytest.fixture
def docs(trained):
    return list(trained.pipe(map(without_relations, stories())))


def same(one, other):
    assert load_relations(one) == load_relations(other)
    assert repr(one._.relations) == repr(other._.relations)


def through_bytes(doc):
    return Doc(BLANK.vocab).from_bytes(doc.to_bytes())


def through_a_bin(doc):
    data = DocBin(docs=[doc], store_user_data=True).to_bytes()
    return next(DocBin().from_bytes(data).get_docs(BLANK.vocab))


def through_msgpack(doc):
    copy = Doc(BLANK.vocab).from_bytes(doc.to_bytes(exclude=["user_data"]))
    copy.user_data = srsly.msgpack_loads(srsly.msgpack_dumps(doc.user_data))
    return copy


@pytest.mark.parametrize(
    "way",
    [
        through_bytes,
        through_a_bin,
        through_msgpack,
        Doc.copy,
        lambda doc: doc[:].as_doc(copy_user_data=True),
    ],
    ids=["to_bytes", "DocBin", "msgpack", "copy", "as_doc"],
)
def test_relations_of_documents_survive(docs, way):
    for doc, story in zip(docs, STORIES):
        # Twice, since what one way makes of lists another may not take.
        again = way(way(doc))
        same(doc, again)
        assert facts_of(again) == set(story)
        assert all(isinstance(relation, Relation) for relation in again._.relations)


def test_relations_stay_with_their_words_where_tokens_are_merged_and_split(docs):
    for doc, story in zip(docs, STORIES):
        merged = doc.copy()
        with merged.retokenize() as retokenizer:
            retokenizer.merge(merged[1:3])  # was born, now lives
        assert facts_of(merged) == set(story)
        with merged.retokenize() as retokenizer:
            retokenizer.split(merged[0], list(merged[0].text), [(merged[0], 0)] * len(merged[0]))
        assert facts_of(merged) == set(story)


def test_a_mention_that_is_merged_with_other_words_covers_them(docs):
    doc = docs[0].copy()
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    heads = {relation.head.text for relation in doc._.relations}
    assert heads == {"Ann was", "Bonn"}


def test_a_part_of_a_document_has_no_claim_to_its_relations(docs):
    part = docs[0][2:].as_doc(copy_user_data=True)
    with pytest.raises(ValueError, match=r"DRE006.*born in Bonn.*clear_relations"):
        part._.relations  # noqa: B018
    clear_relations(part)
    assert part._.relations == []


def test_relations_fit_into_json(docs):
    for doc in docs:
        data = doc.user_data["spacy_docre.relations"]
        assert json.loads(json.dumps(data)) == data


def expect_same_results(one, other):
    """Same triples and same scores, and the schema they come from."""
    assert one.get_pipe("docre").schema == other.get_pipe("docre").schema
    for doc in stories():
        first, second = one(without_relations(doc)), other(without_relations(doc))
        assert scored(first) == scored(second) != []


def test_a_pipeline_comes_back_from_disk(trained, saved):
    expect_same_results(trained, spacy.load(saved))


def test_a_loaded_pipeline_can_be_saved_again(trained, saved, tmp_path):
    spacy.load(saved).to_disk(tmp_path / "again")
    expect_same_results(trained, spacy.load(tmp_path / "again"))


def test_a_pipeline_comes_back_from_bytes(trained):
    again = blank().from_config(trained.config).from_bytes(trained.to_bytes())
    expect_same_results(trained, again)


def test_a_component_comes_back_alone(trained, tmp_path):
    pipe = trained.get_pipe("docre")
    pipe.to_disk(tmp_path)
    disk = blank().from_config(trained.config)
    disk.get_pipe("docre").from_disk(tmp_path)
    expect_same_results(trained, disk)
    memory = blank().from_config(trained.config)
    memory.get_pipe("docre").from_bytes(pipe.to_bytes())
    expect_same_results(trained, memory)


def test_a_component_can_be_sourced_from_another_pipeline(trained):
    other = spacy.blank("xx", vocab=trained.vocab)
    other.add_pipe("docre", source=trained)
    expect_same_results(trained, other)


def test_a_changed_threshold_is_saved(trained, tmp_path):
    again = blank().from_config(trained.config).from_bytes(trained.to_bytes())
    again.get_pipe("docre").cfg["threshold"] = 1.0
    again.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.get_pipe("docre").cfg["threshold"] == 1.0
    assert loaded(without_relations(stories()[0]))._.relations == []


@pytest.mark.filterwarnings("ignore:.*DRW110")
def test_loading_replaces_schema_and_weights(saved):
    other = small_pipeline(threshold=0.0)
    docs = [tell([("Ann", "born_in", "Ulm")])]
    other.initialize(lambda: [example_of(doc) for doc in docs])
    nlp = spacy.load(saved)
    nlp.get_pipe("docre").from_bytes(other.get_pipe("docre").to_bytes())
    assert nlp.get_pipe("docre").labels == ("born_in",)
    nlp.get_pipe("docre").cfg["threshold"] = 0.0
    expect_same_results(nlp, other)


@pytest.mark.parametrize("way", ["disk", "bytes"])
def test_a_pipeline_that_was_not_initialized_comes_back_as_one(way, tmp_path):
    nlp = blank()
    nlp.add_pipe("docre")
    if way == "disk":
        nlp.to_disk(tmp_path)
        again = spacy.load(tmp_path)
    else:
        again = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    with pytest.raises(ValueError, match="DRE025"):
        again("Ann lives in Bonn .")
