"""A component with an attribute of its own finds gold relations under the usual name, too."""

import json

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.util import registry

from spacy_docre.cli.convert import convert
from spacy_docre.data.storage import has_relations, move_relations
from spacy_docre.formats import read_docs, to_record
from spacy_docre.scoring.strings import score_strings

from .making import LABELS, example_of, examples, small_pipeline, stories


@pytest.fixture
def my_rel():
    yield "my_rel"
    for name in ("my_rel", "my_rel_data"):
        if Doc.has_extension(name):
            Doc.remove_extension(name)


def written(folder):
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(to_record(doc)) + "\n" for doc in stories()))
    return path


def renamed(attr):
    docs = stories()
    for doc in docs:
        move_relations(doc, "relations", attr)
    return [example_of(doc) for doc in docs]


def test_relations_under_the_usual_name_are_learnt_and_scored_against(my_rel):
    nlp = small_pipeline(attr=my_rel)
    with pytest.warns(UserWarning, match=r"DRW030.*my_rel.*doc._.relations"):
        nlp.initialize(lambda: examples(nlp))
    assert nlp.get_pipe("docre").labels == LABELS
    assert nlp.update(examples(nlp))["docre"] > 0
    with pytest.warns(UserWarning, match="DRW030"):
        scores = nlp.evaluate(examples(nlp))
    assert scores["docre_gold"] == 8
    assert scores["docre_micro_f"] is not None


def test_a_loaded_pipeline_learns_from_the_usual_name(my_rel, tmp_path):
    nlp = small_pipeline(attr=my_rel)
    nlp.initialize(lambda: renamed(my_rel))
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    with pytest.warns(UserWarning, match="DRW030"):
        assert again.update(examples(again))["docre"] > 0


def test_its_own_attribute_comes_first(my_rel, recwarn):
    mixed = [*renamed(my_rel)[:2], *examples()[2:]]
    nlp = small_pipeline(attr=my_rel)
    nlp.initialize(lambda: mixed)
    assert nlp.evaluate(mixed)["docre_documents"] == 2
    assert not recwarn


def test_a_corpus_annotated_under_a_third_name_only_is_named(my_rel):
    refused = pytest.raises(ValueError, match=r"DRE085.*doc._.relations.*doc._.facts")
    with refused, pytest.warns(UserWarning, match="DRW031"):
        small_pipeline().initialize(lambda: renamed("facts"))
    nlp = small_pipeline(attr=my_rel)
    nlp.initialize(lambda: renamed(my_rel))
    with pytest.warns(UserWarning, match=r"DRW031.*my_rel.*doc._.facts"):
        assert nlp.evaluate(renamed("facts"))["docre_micro_f"] is None
    with pytest.warns(UserWarning, match="DRW031"):
        assert score_strings(renamed("facts"), attr=my_rel)["docre_string_f"] is None


def test_converted_documents_have_the_attribute_that_was_asked_for(tmp_path):
    source = written(tmp_path)
    assert convert(source, tmp_path / "out.spacy", format="jsonl", attr="my_rel").triples
    vocab = spacy.blank("en").vocab
    for doc in DocBin().from_disk(tmp_path / "out.spacy").get_docs(vocab):
        assert has_relations(doc, attr="my_rel")
        assert not has_relations(doc)
    assert all(
        has_relations(doc, attr="my_rel")
        for doc in read_docs(source, vocab, format="jsonl", attr="my_rel")
    )


def test_the_reader_gives_relations_the_attribute_that_was_asked_for(tmp_path):
    create_corpus = registry.readers.get("spacy_docre.Corpus.v1")
    corpus = create_corpus(written(tmp_path), format="jsonl", attr="my_rel")
    found = [has_relations(eg.reference, attr="my_rel") for eg in corpus(spacy.blank("en"))]
    assert found and all(found)


@pytest.mark.parametrize(("name", "attr"), [("out.spacy", "my rel"), ("out.jsonl", "my_rel")])
def test_an_attribute_that_cannot_be_written_is_refused(tmp_path, name, attr):
    source = written(tmp_path)
    with pytest.raises(ValueError, match="DRE396"):
        convert(source, tmp_path / name, format="jsonl", attr=attr)
    assert not (tmp_path / name).exists()
