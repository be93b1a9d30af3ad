"""Whatever its length, a document is read whole."""

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ...worlds import relaxed

pytest.importorskip("transformers")
from spacy_docre.models.encoders.frame import Frame
from spacy_docre.models.encoders.piece_windows import Windows

CPU = torch.device("cpu")
FRAME = Frame([1], [2, 3])


def cut(lengths, size, stride=None, multiple=1):
    written = [10 + 100 * i + numpy.arange(length) for i, length in enumerate(lengths)]
    windows = Windows.cut(written, FRAME, size=size, stride=stride, multiple=multiple, device=CPU)
    return written, windows


@relaxed
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
    st.one_of(st.none(), st.integers(4, 30)),
    st.one_of(st.none(), st.integers(1, 50)),
    st.sampled_from([1, 8]),
)
def test_merged_windows_are_the_document(lengths, size, stride, multiple):
    written, windows = cut(lengths, size, stride, multiple)
    assert windows.ids.shape[1] % multiple == 0
    if size is not None:
        assert windows.visible.sum(1).max() <= size
    # A state that knows what it stands for: merging may not mix positions up.
    states, visible = windows.merge(windows.ids.unsqueeze(2).double())
    for body, state, seen in zip(written, states, visible):
        assert state[seen, 0].tolist() == [1, *body, 2, 3]


def test_a_window_starts_half_of_its_size_after_the_one_before():
    _, windows = cut([10], size=7)
    assert windows.ids[:, 1].tolist() == [10, 12, 14, 16]
    _, windows = cut([10], size=7, stride=4)
    assert windows.ids[:, 1].tolist() == [10, 14, 16]


def test_where_windows_overlap_their_mean_counts():
    _, windows = cut([6], size=7, stride=2)
    states = torch.arange(2.0).view(2, 1, 1).expand(2, 7, 1)
    merged, _ = windows.merge(states)
    assert merged[0, :, 0].tolist() == [0.5, 0, 0, 0.5, 0.5, 1, 1, 0.5, 0.5]


@relaxed
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.sampled_from([1, 8]))
def test_each_window_is_read_once_with_others_of_similar_length(lengths, multiple):
    _, windows = cut(lengths, None, multiple=multiple)
    groups = windows.by_length(multiple)
    assert sorted(row for rows, _ in groups for row in rows.tolist()) == list(range(len(lengths)))
    for rows, size in groups:
        assert size % multiple == 0
        assert not windows.visible[rows, size:].any()
        assert (windows.visible[rows].sum(1) + multiple > 0.8 * size).all()
