import pytest
import spacy

from spacy_docre.fictional.reader import create_fictional_corpus
from spacy_docre.storage import has_relations


def test_the_reader_is_registered():
    assert spacy.registry.readers.get("spacy_docre.FictionalCorpus.v1") is create_fictional_corpus


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


def test_a_negative_number_of_documents_is_refused_at_once():
    with pytest.raises(ValueError, match="DRE350"):
        create_fictional_corpus(-1)
