"""The component comes into a pipeline by its name alone."""

import subprocess
import sys

import pytest
import spacy
from spacy.training import Corpus

from spacy_docre.data.schema import Schema

from .making import LABELS, blank, examples, small_pipeline, stories, untrained, without_relations

BLANK = """
import spacy
nlp = spacy.blank("en")
ruler = nlp.add_pipe("entity_ruler")
pipe = nlp.add_pipe("docre")
print(type(pipe).__name__, nlp.analyze_pipes()["problems"])
"""


def test_spacy_finds_it_without_an_import():
    command = [sys.executable, "-c", BLANK]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[0] == "RelationExtractor {'entity_ruler': [], 'docre': []}"
    assert done.returncode == 0


@pytest.mark.parametrize("before", ["ner", "entity_ruler"])
def test_the_analysis_has_nothing_to_complain_about(before):
    nlp = blank()
    nlp.add_pipe(before)
    nlp.add_pipe("docre")
    analysis = nlp.analyze_pipes()
    assert analysis["problems"] == {before: [], "docre": []}
    assert analysis["summary"]["docre"]["assigns"] == ["doc._.relations"]


def test_the_analysis_misses_entities():
    nlp = blank()
    nlp.add_pipe("docre")
    assert nlp.analyze_pipes()["problems"] == {"docre": ["doc.ents"]}


@pytest.mark.parametrize("texts", [["Ann lives in Bonn ."], [""], ["a", "b"]])
def test_without_initialization_it_says_so(texts):
    nlp = small_pipeline()
    with pytest.raises(ValueError, match=r"DRE025.*'docre'"):
        list(nlp.pipe(texts))


def test_without_initialization_it_does_not_learn():
    nlp = small_pipeline()
    with pytest.raises(ValueError, match="DRE025"):
        nlp.get_pipe("docre").update(examples())


def test_a_stream_of_documents_comes_back_in_order(trained):
    docs = [without_relations(doc) for doc in stories() * 3]
    out = list(trained.pipe(docs, batch_size=2))
    assert [doc.text for doc in out] == [doc.text for doc in stories() * 3]
    assert all(doc._.relations for doc in out)


def test_contexts_travel_with_a_stream(trained):
    pairs = [(without_relations(doc), number) for number, doc in enumerate(stories())]
    assert [number for _, number in trained.pipe(pairs, as_tuples=True)] == [0, 1, 2]


def test_labels_are_those_of_the_examples():
    nlp = untrained()
    assert nlp.pipe_labels == {"docre": list(LABELS)}


def test_before_it_is_initialized_a_component_has_its_labels_from_there():
    with pytest.raises(ValueError, match="DRE031"):
        small_pipeline().get_pipe("docre").add_label("likes")


def test_label_data_recreate_the_schema():
    nlp = untrained()
    data = nlp.get_pipe("docre").label_data
    again = small_pipeline()
    again.get_pipe("docre").initialize(lambda: examples(again), labels=data)
    assert again.get_pipe("docre").schema == nlp.get_pipe("docre").schema == Schema.from_dict(data)


def test_a_schema_without_relations_is_refused():
    nlp = small_pipeline()
    with pytest.raises(ValueError, match="DRE027"):
        nlp.get_pipe("docre").initialize(lambda: examples(nlp), labels={"relations": []})


def test_the_stock_reader_gives_examples_to_learn_from(tmp_path):
    path = tmp_path / "stories.spacy"
    spacy.tokens.DocBin(docs=stories(), store_user_data=True).to_disk(path)
    nlp = small_pipeline()
    nlp.initialize(lambda: Corpus(path)(nlp))
    assert nlp.get_pipe("docre").labels == LABELS
