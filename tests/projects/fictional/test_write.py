import pytest
import spacy
import typer
from fictional.__main__ import write
from fictional.facts import load_schema
from fictional.sample import CROSSING, LABELS, TRIPLES, sample_doc
from fictional.write import write_corpus
from spacy.tokens import DocBin
from typer.testing import CliRunner

from spacy_docre.data.relations import get_relations
from spacy_docre.data.schema import Schema


def run(*arguments):
    app = typer.Typer()
    app.command()(write)
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "new" / "folder"
    result = run(path, "--train", 6, "--dev", 2, "--test", 3, "--seed", 4)
    assert result.exit_code == 0, result.output
    assert "triples" in result.output
    return path


def test_the_splits_have_as_many_documents_as_asked_for(corpus):
    vocab = spacy.blank("en").vocab
    for split, count in (("train", 6), ("dev", 2), ("test", 3)):
        docs = list(DocBin().from_disk(corpus / f"{split}.spacy").get_docs(vocab))
        assert len(docs) == count
        assert any(get_relations(doc) for doc in docs)
        assert any(doc.spans for doc in docs) == (split != "train")  # slow to read at each pass


def test_the_schema_is_written(corpus):
    assert Schema.from_json(corpus / "schema.json") == load_schema()


def test_the_sample_is_a_text_that_needs_no_coreference_model(corpus):
    text = (corpus / "sample.txt").read_text(encoding="utf8")
    sample = sample_doc(spacy.blank("en").make_doc, seed=4 * 4 + 3)
    assert text == sample.text + "\n"
    relations = get_relations(sample)
    assert len(relations) >= TRIPLES
    assert len({relation.label for relation in relations}) >= LABELS
    assert sum(relation.crosses_sentences for relation in relations) >= CROSSING
    names = {(ent.start, ent.end) for ent in sample.ents}
    for relation in relations:
        for entity in relation.entities:
            named = [span for span in entity.mentions if (span.start, span.end) in names]
            assert {span.sent for span in named} == {span.sent for span in entity.mentions}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf8")
    result = run(tmp_path / "file")
    assert result.exit_code != 0
    with pytest.raises(ValueError, match="is a file"):
        write_corpus(tmp_path / "file", {})


def test_negative_numbers_are_refused(tmp_path):
    assert run(tmp_path, "--train", -1).exit_code != 0


def test_what_goes_wrong_leaves_the_corpus_that_was_there(tmp_path, monkeypatch):
    assert run(tmp_path, "--train", 1, "--dev", 1, "--test", 1).exit_code == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fictional.write.sample_doc", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_corpus(tmp_path, {"train": 2, "dev": 2, "test": 2}, seed=1, silent=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_named():
    result = run("/proc/corpus")
    assert result.exit_code == 1
    assert "/proc/corpus" in result.output
    assert isinstance(result.exception, SystemExit)
