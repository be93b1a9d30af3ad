"""Windows for a transformer cover a document evenly."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_docre.models.encoders.even_windows import create_even_windows

WORDS = st.lists(st.text("ab", min_size=1, max_size=9), max_size=80)


def windows_of(words, **settings):
    doc = Doc(Vocab(), words=words)
    [windows] = create_even_windows(**settings)([doc])
    return doc, windows


def length(window):
    return window.end_char - window.start_char


@given(WORDS, st.integers(10, 60), st.integers(0, 9))
def test_no_token_is_left_out_and_windows_are_as_long_as_asked(words, characters, overlap):
    doc, windows = windows_of(words, characters=characters, overlap=overlap)
    assert {token.i for window in windows for token in window} == set(range(len(doc)))
    # A token at each end may stick out.
    assert all(length(window) <= characters + 2 * 9 for window in windows)
    for one, other in pairwise(windows):
        assert (one.start, one.end) < (other.start, other.end) and one.end <= other.end
        shared = one.end_char - other.start_char
        assert shared >= overlap - 2  # each edge may be a space


@given(WORDS, st.integers(40, 60))
def test_windows_of_a_document_are_about_the_same_length(words, characters):
    _, windows = windows_of(words, characters=characters, overlap=10)
    lengths = [length(window) for window in windows]
    assert max(lengths, default=0) - min(lengths, default=0) <= 3 * 9


def test_a_document_that_fits_is_one_window_and_an_empty_one_has_none():
    _, windows = windows_of(["word"] * 20, characters=99, overlap=10)
    assert [(window.start, window.end) for window in windows] == [(0, 20)]
    assert windows_of([], characters=99, overlap=10)[1] == []


@pytest.mark.parametrize(("characters", "overlap"), [(10, 10), (10, 11), (10, -1)])
def test_windows_that_do_not_advance_are_refused(characters, overlap):
    with pytest.raises(ValueError, match=rf"DRE515.*{characters}.*{overlap}"):
        create_even_windows(characters=characters, overlap=overlap)
