"""Tokens that an encoder left out are not lost in silence."""

import warnings

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Model

from spacy_docre.data.entities import EntityDoc
from spacy_docre.models.encoders.token_vectors import OnDevice, TokenVectors


def cut_off(limit):
    """A layer that reads no more than so many tokens of a document."""

    def forward(model, docs, is_train):
        vectors = [model.ops.alloc2f(len(doc), 3) for doc in docs]
        for doc, rows in zip(docs, vectors):
            rows[:limit] = 1
            rows[[token.i for token in doc if token.is_space]] = 0
        return vectors, lambda _: docs

    return Model("cut_off", forward)


def read(tok2vec, *texts):
    docs = [EntityDoc(Doc(Vocab(), words=text)) for text in texts]
    return TokenVectors.of(tok2vec).read(OnDevice(), docs)


def test_tokens_that_the_encoder_did_not_read_are_counted_and_warned_of_once():
    tok2vec = cut_off(3)
    with pytest.warns(UserWarning, match=r"DRW501.* 2 tokens of document 'c d e f g'"):
        read(tok2vec, ["a", "b"], ["c", "d", "e", "f", "g"], list("hijklm"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(tok2vec, list("hijklm"))


def test_an_encoder_that_did_not_run_is_told_from_one_that_did_not_read_all():
    with pytest.warns(UserWarning, match=r"DRW502.*document 'a b.*`tok2vec` listens to"):
        read(cut_off(0), ["a", "b", " "])


def test_white_space_needs_no_vector():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(cut_off(9), ["a", "\n\n", "b", " "], [])
