from pathlib import Path

import spacy
from fictional import reader
from fictional.reader import create_fictional_corpus
from spacy.util import import_file

from spacy_docre.data.storage import has_relations


def test_a_config_may_name_the_reader_where_its_file_is_given_as_code():
    import_file("python_code", Path(reader.__file__))
    create = spacy.registry.readers.get("spacy_docre.FictionalCorpus.v1")
    assert create.__module__ == "python_code"
    assert len(list(create(2)(spacy.blank("en")))) == 2


def test_predicted_documents_have_the_tokens_and_nothing_else():
    examples = list(create_fictional_corpus(4, seed=1)(spacy.blank("en")))
    assert len(examples) == 4
    for example in examples:
        assert example.predicted.text == example.reference.text
        assert [t.text for t in example.predicted] == [t.text for t in example.reference]
        assert not example.predicted.ents and not example.predicted.spans
        assert not has_relations(example.predicted)
        assert not example.predicted.has_annotation("SENT_START")
        assert has_relations(example.reference) and example.reference.ents


def test_a_corpus_can_be_read_again():
    nlp = spacy.blank("en")
    corpus = create_fictional_corpus(3)
    first, second = ([eg.reference.to_bytes() for eg in corpus(nlp)] for _ in range(2))
    assert first == second
