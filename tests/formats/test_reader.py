"""Corpus files can be named in a training config as they are."""

import json
import re
import tracemalloc
import warnings
from itertools import islice

import pytest
import spacy
from spacy.util import load_config_from_str, registry

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.storage import load_relations

from . import test_pubtator as pubtator
from .documents import ada, dump, rome
from .reading import write

CONFIG = """
[train]
@readers = "spacy_docre.Corpus.v1"
path = {path}
format = "pubtator"
limit = 1

[train.settings]
unlinked = "drop"
"""


def corpus(path, **settings):
    return registry.readers.get("spacy_docre.Corpus.v1")(path, **settings)


def test_a_config_names_path_format_and_settings(tmp_path):
    text = pubtator.document(*pubtator.LINES) + pubtator.document(id="8")
    path = write(tmp_path, text)
    config = load_config_from_str(CONFIG.format(path=json.dumps(str(path))))
    read = registry.resolve(config)["train"]
    (example,) = read(spacy.blank("en"))
    assert len(load_relations(example.reference).triples) == 2
    assert (
        example.predicted.text == example.reference.text == f"{pubtator.TITLE} {pubtator.ABSTRACT}"
    )
    assert not example.predicted.spans


def test_the_pipeline_splits_the_text_and_mentions_follow_by_their_characters(tmp_path):
    path = write(tmp_path, pubtator.document(pubtator.line("tan", "X", "1")))
    nlp = spacy.blank("en")
    (example,) = corpus(path, format="pubtator")(nlp)
    assert [token.text for token in example.reference][:3] == ["Be", "tan", "ol"]
    assert [t.text for t in example.predicted] == [t.text for t in nlp(example.reference.text)]
    (entity,) = gold_entity_doc(example).entities
    start, end = entity.mentions[0]
    assert example.predicted[start:end].text == "Betanol"


def test_tokens_without_known_spaces_are_those_of_the_file(tmp_path):
    path = write(tmp_path, dump(ada(), rome()))
    examples = list(corpus(path)(spacy.blank("en")))
    assert [[t.text for t in eg.predicted] for eg in examples] == [
        [token for sentence in data["sents"] for token in sentence] for data in (ada(), rome())
    ]


def test_each_pass_reads_the_file_again(tmp_path):
    read = corpus(write(tmp_path, dump(ada(), rome())))
    nlp = spacy.blank("en")
    assert [len(list(read(nlp))) for _ in range(3)] == [2, 2, 2]


def test_what_is_left_out_is_warned_about_once(tmp_path):
    read = corpus(write(tmp_path, dump(ada(), {}, rome())), on_error="skip")
    nlp = spacy.blank("en")
    assert len(list(islice(read(nlp), 1))) == 1
    with pytest.warns(UserWarning, match=r"\[DRW301\].*1 of 3 documents"):
        assert len(list(read(nlp))) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(read(nlp))) == 2


def test_a_bad_document_stops_the_reading(tmp_path):
    path = write(tmp_path, dump(ada(), {}, rome()))
    with pytest.raises(ValueError, match=rf"\[DRE304\] {re.escape(str(path))}, document 1"):
        list(corpus(path)(spacy.blank("en")))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"path": None}, "DRE365"),
        ({"format": "conll"}, "DRE320"),
        ({"settings": {"x": 1}}, "DRE360"),
        ({"on_error": "ignore"}, "DRE321"),
        ({"limit": -1}, "DRE323"),
    ],
)
def test_a_config_that_cannot_work_is_refused_before_reading(settings, code):
    with pytest.raises(ValueError, match=rf"\[{code}\]"):
        corpus(**{"path": "missing.json", **settings})


def test_the_file_may_be_written_after_the_config_is_read(tmp_path):
    read = corpus(tmp_path / "corpus.txt")
    with pytest.raises(ValueError, match=r"\[DRE367\].*corpus\.txt, does not exist"):
        list(read(spacy.blank("en")))
    write(tmp_path, dump(ada()))
    assert len(list(read(spacy.blank("en")))) == 1


def test_a_folder_is_no_corpus(tmp_path):
    with pytest.raises(ValueError, match=r"\[DRE367\].*is a folder\. Name a file"):
        list(corpus(tmp_path)(spacy.blank("en")))


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path):
    path = tmp_path / "large.json"
    # Fields that the format does not know are part of what is read.
    padding = "x" * 50_000
    path.write_text(dump(*({**ada(), "title": str(i), "padding": padding} for i in range(200))))
    nlp = spacy.blank("en")
    read = corpus(path)
    assert len(list(islice(read(nlp), 2))) == 2
    tracemalloc.start()
    assert sum(1 for _ in read(nlp)) == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 10


def test_a_pipeline_learns_from_the_reader(tmp_path):
    path = write(tmp_path, dump(ada(), rome()))
    nlp = spacy.blank("en")
    nlp.add_pipe("docre")
    read = corpus(path)
    nlp.initialize(lambda: read(nlp))
    assert nlp.get_pipe("docre").labels == ("knows", "residence")
    losses = nlp.update(list(read(nlp)), losses={})
    assert losses["docre"] > 0
