"""Memory follows the pairs that are dealt with at a time, and not the documents of a batch."""

import pytest
from spacy.tokens import Span

from spacy_docre.data.storage import load_relations
from spacy_docre.models.pairs import groups

from .making import BILINEAR, GENERATED, untrained

MODELS = pytest.mark.parametrize(
    "model",
    [{}, GENERATED, {"top_k_tails": 3}, {"exchange_layers": 1}, BILINEAR],
    ids=["given", "generated", "few tails", "exchange", "pairs"],
)


def crowd(nlp, entities):
    """A document of nothing but people."""
    doc = nlp.make_doc(" ".join(f"P{number}" for number in range(entities)))
    doc.ents = [Span(doc, i, i + 1, label="PER") for i in range(entities)]
    return doc


@MODELS
def test_a_batch_that_is_divided_finds_the_same(model, monkeypatch):
    nlp = untrained(model, threshold=0.4)
    sizes = [5, 0, 12, 1, 7, 2, 3, 12]
    found = []
    for pairs in (groups.PAIRS, 60, 1):
        monkeypatch.setattr(groups, "PAIRS", pairs)
        docs = list(nlp.pipe([crowd(nlp, size) for size in sizes], batch_size=8))
        found.append([load_relations(doc).triples for doc in docs])
    assert any(found[0])
    for other in found[1:]:
        for one, two in zip(found[0], other):
            assert [(t.entities, t.label) for t in one] == [(t.entities, t.label) for t in two]
            assert [t.score for t in one] == pytest.approx([t.score for t in two], abs=1e-5)


def test_documents_share_a_group_until_their_pairs_fill_it(monkeypatch):
    monkeypatch.setattr(groups, "PAIRS", 50)
    assert list(groups.in_groups([25, 25, 1, 81, 4, 0])) == [[0, 1], [2], [3], [4, 5]]
    assert list(groups.in_groups([10, 10, 1, 18, 4, 0])) == [[0, 1, 2, 3, 4, 5]]
    assert list(groups.in_groups([])) == []


@pytest.mark.parametrize("model", [{}, BILINEAR], ids=["rows", "pairs"])
def test_a_document_with_too_many_pairs_names_the_setting_that_limits_them(model, monkeypatch):
    nlp = untrained(model)
    monkeypatch.setattr(groups, "MANY", 100)
    with pytest.warns(UserWarning, match=r"DRW021.*'P0 P1.* 12 entities.*144 pairs.*top_k_tails"):
        nlp(crowd(nlp, 12))
    monkeypatch.setattr(groups, "TOO_MANY", 143)
    with pytest.raises(ValueError, match=r"DRE061.*'P0 P1.* 12 entities.*143.*top_k_tails"):
        nlp(crowd(nlp, 12))


def test_with_few_tails_there_are_never_too_many(monkeypatch):
    nlp = untrained({"top_k_tails": 3})
    monkeypatch.setattr(groups, "MANY", 100)
    nlp(crowd(nlp, 30))
