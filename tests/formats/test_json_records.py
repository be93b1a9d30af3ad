"""JSON is read object by object, whatever the size of the pieces."""

import json
import os
import threading
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.formats import json_records
from spacy_docre.formats.json_records import read_json_records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(path):
    return [record.data for record in read_json_records(path)]


@settings(max_examples=150)
@given(
    values=st.lists(VALUES, max_size=5),
    chunk=st.integers(1, 40),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 2]),
)
def test_an_array_is_read_the_same_in_pieces_of_any_size(
    tmp_path_factory, values, chunk, ascii_only, indent
):
    path = tmp_path_factory.mktemp("json") / "values.json"
    # Lone surrogates are not part of any UTF-8 file.
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent)
    path.write_bytes(text.encode("utf8", errors="replace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_records, "CHUNK", chunk)
        assert read(path) == json.loads(path.read_text(encoding="utf8"))


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=3), min_size=1, max_size=5))
def test_jsonl_is_read_line_by_line(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("json") / "values.jsonl"
    path.write_text("\n\n".join(json.dumps(value) for value in values), encoding="utf8")
    assert read(path) == values


@pytest.mark.parametrize("content", ['[{"a": 1}]', '{"a": 1}\n'])
def test_a_byte_order_mark_is_no_content(tmp_path, content):
    path = tmp_path / "values.json"
    path.write_text(content, encoding="utf-8-sig")
    assert read(path) == [{"a": 1}]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("content", ['\n[{"a": 1}, {"a": 2}]', '\n{"a": 1}\n{"a": 2}\n'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_pipe_is_read_as_a_file_is(tmp_path, content, encoding):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(content, encoding))
    writer.start()
    assert read(path) == [{"a": 1}, {"a": 2}]
    writer.join()


def test_an_array_is_never_in_memory_as_a_whole(tmp_path):
    path = tmp_path / "large.json"
    with path.open("w") as file:
        file.write("[" + '{"text": "' + "x" * 1000 + '"}')
        for _ in range(5_000):
            file.write(',\n{"text": "' + "x" * 1000 + '"}')
        file.write("]")
    tracemalloc.start()
    assert sum(1 for _ in read_json_records(path)) == 5_001
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 10


def test_a_mistake_is_reported_before_the_rest_of_the_file_is_read(tmp_path):
    path = tmp_path / "large.json"
    path.write_text('[{"a" 1}' + ',{"a": 1}' * 1_000_000 + "]")
    tracemalloc.start()
    with pytest.raises(ValueError, match="at character 6"):
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 10


def test_positions_in_messages_count_from_the_start_of_the_file(tmp_path):
    path = tmp_path / "values.json"
    good = '[{"text": "' + "x" * 200_000 + '"}'
    path.write_text(good + ", oops]")
    with pytest.raises(ValueError, match=f"at character {len(good) + 2}"):
        read(path)
    path.write_bytes((good + ', "').encode() + b"\xff" + b'"]')
    with pytest.raises(ValueError, match=f"byte {len(good) + 3}"):
        read(path)
