"""A document that fails takes none of its batch with it, whatever fails."""

import pytest
from spacy.tokens import Doc

from spacy_docre.data.storage import has_relations

from .making import small_pipeline, stories, without_relations

SIZES = pytest.mark.parametrize("batch_size", [1, 4, 64])
BAD = (3, 4, 11)


@pytest.fixture
def clusters():
    Doc.set_extension("coref_clusters", default=None, force=True)
    yield
    Doc.remove_extension("coref_clusters")


def documents(nlp, spoil, count=14):
    """Stories, some of which are spoilt, with their numbers."""
    docs = [without_relations(stories(nlp)[n % 3]) for n in range(count)]
    for number, doc in enumerate(docs):
        doc.user_data["number"] = number
        if number in BAD:
            spoil(doc)
    return docs


def with_none_as_cluster(doc):
    doc._.coref_clusters = [None]


def with_offsets_outside(doc):
    doc._.coref_clusters = [[(0, 9999)]]


def with_a_number_for_clusters(doc):
    doc._.coref_clusters = 5


def run(nlp, docs, batch_size):
    """The numbers of the documents that come back, and of those that the handler gets."""
    failed = []
    nlp.set_error_handler(
        lambda name, pipe, docs, error: failed.append(
            [doc.user_data["number"] for doc in docs] + [name, str(error)]
        )
    )
    try:
        found = list(nlp.pipe(docs, batch_size=batch_size))
    finally:
        nlp.set_error_handler(raise_error)
    assert all(has_relations(doc) for doc in found)
    return [doc.user_data["number"] for doc in found], failed


def raise_error(name, pipe, docs, error):
    raise error


@SIZES
@pytest.mark.parametrize(
    "spoil", [with_none_as_cluster, with_offsets_outside, with_a_number_for_clusters]
)
def test_only_documents_fail_whose_entities_cannot_be_read(trained, spoil, batch_size, clusters):
    found, failed = run(trained, documents(trained, spoil), batch_size)
    assert found == [number for number in range(14) if number not in BAD]
    assert [(number, name) for number, name, _ in failed] == [(n, "docre") for n in BAD]


@SIZES
def test_only_documents_fail_that_cannot_be_extracted_from(trained, batch_size, monkeypatch):
    pipe = trained.get_pipe("docre")
    asked, extract = [], pipe._extract

    def failing(docs, **settings):
        numbers = [doc.doc.user_data["number"] for doc in docs]
        asked.append(numbers)
        for number in numbers:
            if number in BAD:
                raise IndexError(f"number {number}")
        return extract(docs, **settings)

    monkeypatch.setattr(pipe, "_extract", failing)
    found, failed = run(trained, documents(trained, lambda doc: None), batch_size)
    assert found == [number for number in range(14) if number not in BAD]
    assert failed == [[number, "docre", f"number {number}"] for number in BAD]
    if batch_size == 4:
        # The third batch fails alone, and the last is as short as it was.
        assert asked == [
            *([0, 1, 2, 3], [0], [1], [2], [3]),
            *([4, 5, 6, 7], [4], [5], [6], [7]),
            *([8, 9, 10, 11], [8], [9], [10], [11]),
            [12, 13],
        ]


@SIZES
def test_only_documents_fail_that_cannot_be_written_to(trained, batch_size, monkeypatch):
    pipe = trained.get_pipe("docre")
    write = pipe.set_annotations

    def failing(docs, predictions):
        if any(doc.user_data["number"] in BAD for doc in docs):
            raise ValueError("full")
        write(docs, predictions)

    monkeypatch.setattr(pipe, "set_annotations", failing)
    found, failed = run(trained, documents(trained, lambda doc: None), batch_size)
    assert found == [number for number in range(14) if number not in BAD]
    assert failed == [[number, "docre", "full"] for number in BAD]


def test_without_a_handler_the_first_document_that_fails_ends_it(trained, clusters):
    docs = trained.pipe(documents(trained, with_offsets_outside), batch_size=64)
    assert [next(docs).user_data["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="DRE104"):
        next(docs)


def test_a_pipeline_that_cannot_extract_at_all_says_so_once_for_each_batch():
    nlp = small_pipeline()
    found, failed = run(nlp, documents(nlp, lambda doc: None), 10)
    assert found == []
    assert [each[:-2] for each in failed] == [[*range(10)], [*range(10, 14)]]
    assert all("DRE025" in error for *_, error in failed)
