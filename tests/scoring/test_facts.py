"""The facts of the training data are found by name, and read from either kind of file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import DocBin

from spacy_docre.data.storage import clear_relations
from spacy_docre.scoring import make_relations_scorer, read_facts, train_facts, write_facts

from .examples import GOLD, make_doc, make_example

ANN_KNOWS_BOB = {("Ann", "Bob", "knows"), ("She", "Bob", "knows")}
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_triple_gives_all_pairs_of_names():
    assert train_facts([make_doc(GOLD, [("knows", 0, 1)])]) == ANN_KNOWS_BOB


def test_names_do_not_depend_on_spacing():
    doc = make_doc([[(0, 3)], [(4, 5)]], [("in", 0, 1)], words="New \n York in Rome .")
    assert train_facts([doc]) == {("New York", "Rome", "in")}


def test_relations_of_three_entities_are_no_facts():
    doc = make_doc(GOLD, [("trio", 0, 1, 2)], roles={"trio": ["a", "b", "c"]})
    assert train_facts([doc]) == set()


def test_facts_are_read_from_training_data(tmp_path):
    docs = [make_doc(GOLD, [("knows", 0, 1)]), make_doc(GOLD, [])]
    DocBin(store_user_data=True, docs=docs).to_disk(tmp_path / "train.spacy")
    assert read_facts(tmp_path / "train.spacy") == ANN_KNOWS_BOB
    with pytest.warns(UserWarning, match="DRW030"):
        assert read_facts(tmp_path / "train.spacy", attr="other") == ANN_KNOWS_BOB
    for doc in docs:
        clear_relations(doc)
    DocBin(store_user_data=True, docs=docs).to_disk(tmp_path / "train.spacy")
    with pytest.raises(ValueError, match=r"\[DRE402\].*none of its 2 documents.*'other'"):
        read_facts(tmp_path / "train.spacy", attr="other")


def test_facts_are_read_from_a_folder_of_training_data(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"\[DRE355\] .*corpus.*has no \.spacy file"):
        read_facts(folder)
    for name, triples in {"0": [], "1": [("knows", 0, 1)]}.items():
        docs = [make_doc(GOLD, triples)]
        DocBin(store_user_data=True, docs=docs).to_disk(folder / f"{name}.spacy")
    assert read_facts(folder) == ANN_KNOWS_BOB
    example = make_example([("knows", 0, 1)], [("knows", 0, 1)])
    assert make_relations_scorer(train_facts=str(folder))([example])["docre_ign_p"] is not None


def test_no_name_is_not_the_working_directory(tmp_path, monkeypatch):
    DocBin(store_user_data=True, docs=[make_doc(GOLD, [])]).to_disk(tmp_path / "train.spacy")
    monkeypatch.chdir(tmp_path)
    with pytest.warns(UserWarning, match="DRW402"):
        make_relations_scorer(train_facts="")([make_example([], [])])


def test_a_file_that_holds_no_documents_is_named(tmp_path):
    (tmp_path / "train.spacy").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"\[DRE355\] .*train\.spacy cannot be read"):
        read_facts(tmp_path / "train.spacy")


@given(st.sets(st.tuples(TEXT, TEXT, TEXT)))
def test_written_facts_are_read_again(tmp_path_factory, facts):
    path = tmp_path_factory.mktemp("facts") / "facts.json"
    write_facts(path, facts)
    assert read_facts(path) == facts


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[", "not JSON"),
        ("{}", "not a list"),
        ('[["a", "b"]]', "entry 0 is"),
        ('[["a", "b", "c"], ["a", "b", 1]]', "entry 1 is"),
        ('["abc"]', "entry 0 is"),
    ],
)
def test_other_files_are_refused(tmp_path, content, problem):
    path = tmp_path / "facts.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"\[DRE402\] .*facts.json.*{problem}"):
        read_facts(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\[DRE402\].*no such file"):
        read_facts(tmp_path / "facts.json")
