"""A part of a corpus: short documents, frequent relations."""

import pytest
from spacy.tokens import DocBin

from spacy_docre.data.relations import register_extension
from spacy_docre.data.storage import load_relations
from spacy_docre.training.subset import create_subset, most_frequent
from tests.pipe.making import STORIES, blank, facts_of, stories


@pytest.fixture
def path(tmp_path):
    register_extension("relations")
    DocBin(docs=stories(), store_user_data=True).to_disk(tmp_path / "data.spacy")
    return tmp_path / "data.spacy"


def facts(reader):
    return [facts_of(example.reference) for example in reader(blank())]


def test_everything_is_read_unless_it_is_left_out(path):
    assert facts(create_subset(path)) == [set(story) for story in STORIES]


def test_long_documents_are_not_read(path):
    shortest = min(map(len, stories()))
    read = list(create_subset(path, max_tokens=shortest)(blank()))
    assert [len(example.reference) for example in read] == [shortest]


def test_the_limit_counts_what_is_read(path):
    assert facts(create_subset(path, limit=2)) == [set(story) for story in STORIES[:2]]


def test_relations_that_are_not_named_are_forgotten_and_entities_kept(path):
    read = list(create_subset(path, relations=["born_in"])(blank()))
    assert [len(facts_of(example.reference)) for example in read] == [1, 1, 0]
    for example, story in zip(read, stories()):
        kept, all_of_them = load_relations(example.reference), load_relations(story)
        assert kept.entities == all_of_them.entities


def test_frequent_relations_are_counted_where_the_config_says(path, tmp_path):
    assert most_frequent(path, 2) == ["lives_in", "born_in"]
    other = tmp_path / "other.spacy"
    DocBin(docs=stories()[1:2], store_user_data=True).to_disk(other)
    read = facts(create_subset(other, frequent=1, frequent_in=path))
    assert read == [{("Bob", "lives_in", "Ulm")}]


def test_relations_are_named_or_counted(path):
    with pytest.raises(ValueError, match="DRE642"):
        create_subset(path, relations=["born_in"], frequent=1)


def test_a_missing_path_is_asked_for():
    with pytest.raises(ValueError, match="DRE643"):
        create_subset(None)
