"""`spacy docre-split` holds out every Nth document, with all its annotations."""

import zlib

import pytest
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.cli import app
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab
from typer.testing import CliRunner

from spacy_docre.cli.split import split
from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple


def write(path, count):
    doc_bin = DocBin(store_user_data=True)
    for i in range(count):
        doc = Doc(Vocab(), words=["Ann", "left", "Rome", str(i)])
        doc.spans["coref_clusters_0"] = [doc[:1]]
        doc.spans["coref_clusters_0"].attrs["type"] = "PER"
        store_relations(doc, [Entity.of([(0, 1)]), Entity.of([(2, 3)])], [Triple((0, 1), "left")])
        doc_bin.add(doc)
    doc_bin.to_disk(path)
    return path


def numbers(path):
    return [int(doc[3].text) for doc in DocBin().from_disk(path).get_docs(Vocab())]


def run(*arguments):
    return CliRunner().invoke(app, ["docre-split", *map(str, arguments)])


def test_every_fifth_document_is_held_out(tmp_path):
    corpus = write(tmp_path / "all.spacy", 11)
    train, dev = tmp_path / "train.spacy", tmp_path / "dev.spacy"
    assert run(corpus, train, dev).exit_code == 0
    assert numbers(dev) == [4, 9]
    assert numbers(train) == [0, 1, 2, 3, 5, 6, 7, 8, 10]


def test_annotations_are_kept(tmp_path):
    corpus = write(tmp_path / "all.spacy", 2)
    run(corpus, tmp_path / "a.spacy", tmp_path / "b.spacy", "--every", 2)
    (doc,) = DocBin().from_disk(tmp_path / "b.spacy").get_docs(Vocab())
    assert load_relations(doc).triples == (Triple((0, 1), "left"),)
    assert doc.spans["coref_clusters_0"].attrs == {"type": "PER"}
    assert doc.has_unknown_spaces


@pytest.mark.parametrize("content", [{"a": 1}, [1, 2], 3])
def test_a_file_of_something_else_is_named(tmp_path, content):
    path = tmp_path / "all.spacy"
    path.write_bytes(zlib.compress(srsly.msgpack_dumps(content)))
    with pytest.raises(
        ValueError, match=r"\[DRE355\] .*all\.spacy cannot be read: it holds no doc"
    ):
        split(path, tmp_path / "a.spacy", tmp_path / "b.spacy")
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=20)
@given(st.integers(2, 12), st.integers(2, 12))
def test_every_document_is_in_exactly_one_part(tmp_path_factory, count, every):
    folder = tmp_path_factory.mktemp("split")
    corpus = write(folder / "all.spacy", count)
    if every > count:
        with pytest.raises(ValueError, match="DRE334"):
            split(corpus, folder / "a.spacy", folder / "b.spacy", every=every)
        return
    sizes = split(corpus, folder / "a.spacy", folder / "b.spacy", every=every)
    rest, held_out = numbers(folder / "a.spacy"), numbers(folder / "b.spacy")
    assert sorted(rest + held_out) == list(range(count))
    assert sizes == (len(rest), len(held_out)) == (count - count // every, count // every)


@pytest.mark.parametrize(
    ("outputs", "code"),
    [
        (("all.spacy", "b.spacy"), "DRE333"),
        (("a.spacy", "a.spacy"), "DRE333"),
        (("a.spacy", "b.json"), "DRE330"),
        (("a.spacy", "missing/b.spacy"), "DRE335"),
        (("/proc/a.spacy", "b.spacy"), "DRE335"),
    ],
)
def test_outputs_that_would_overwrite_or_get_lost_are_refused(tmp_path, outputs, code):
    corpus = write(tmp_path / "all.spacy", 6)
    result = run(corpus, *(tmp_path / output for output in outputs))
    assert result.exit_code == 1
    assert f"[{code}]" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["all.spacy"]
    assert numbers(corpus) == list(range(6))


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_costs_no_part_that_was_there(tmp_path):
    corpus, rest, held_out = (tmp_path / f"{name}.spacy" for name in ("all", "a", "b"))
    write(corpus, 6)
    rest.write_text("good")
    result = run(corpus, rest, held_out)
    assert result.exit_code == 1
    assert "[DRE335]" in result.output
    assert rest.read_text() == "good"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.spacy", "all.spacy"]
