"""Joined documents in training."""

import pytest

from spacy_docre.data.storage import load_relations
from spacy_docre.training.joined import create_joined_docs
from tests.pipe.making import blank, examples


def read(share, most=2, seed=0):
    nlp = blank()
    return list(create_joined_docs(lambda nlp: examples(nlp), share, most, seed)(nlp))


def test_documents_come_first_and_joined_ones_after_them():
    plain, joined = read(0.0), read(0.67)
    assert len(plain) == 3 and len(joined) == 5
    assert [e.reference.text for e in joined[:3]] == [e.reference.text for e in plain]
    for example in joined[3:]:
        assert sum(e.reference.text in example.reference.text for e in plain) == 2
        assert example.predicted.text == example.reference.text


def test_no_relation_holds_across_the_documents_that_are_joined():
    plain = {e.reference.text: e.reference for e in read(0.0)}
    for example in read(2.0)[3:]:
        text, stored = example.reference.text, load_relations(example.reference)
        parts = [doc for known, doc in plain.items() if known in text]
        assert len(stored.triples) == sum(len(load_relations(doc).triples) for doc in parts)
        border = max(text.index(doc.text) for doc in parts)
        for triple in stored.triples:
            sides = {
                example.reference[mention.start].idx < border
                for index in triple.entities
                for mention in stored.entities[index].mentions
            }
            assert len(sides) == 1


def test_other_documents_are_joined_at_each_pass_and_the_same_with_the_same_seed():
    nlp = blank()
    reader = create_joined_docs(lambda nlp: examples(nlp), 2.0, 2, 0)
    first, second = ([e.reference.text for e in reader(nlp)] for _ in range(2))
    assert first != second and [e.reference.text for e in read(2.0)] == first


@pytest.mark.parametrize(("share", "most"), [(-0.1, 2), (0.5, 1)])
def test_numbers_out_of_range_are_refused(share, most):
    with pytest.raises(ValueError, match="DRE575"):
        read(share, most)
