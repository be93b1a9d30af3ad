"""Memory follows the pairs that are dealt with at a time, and not the documents of a batch."""

import pytest
from spacy.tokens import Span

from spacy_docre.storage import load_relations
from spacy_docre.token_vectors import groups

from .making import CLASSIFIER, untrained

MODELS = pytest.mark.parametrize(
    "model",
    [{}, {"tails": "generated"}, {"tails_per_head": 3}, {"exchange_layers": 1}, CLASSIFIER],
    ids=["given", "generated", "few tails", "exchange", "classifier"],
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
    nlp = untrained()
    docs = [nlp.get_pipe("docre").entity_doc(crowd(nlp, n)) for n in (5, 5, 1, 9, 2, 0)]
    tokens = list(range(22))
    divided = [(own, len(some)) for own, some in groups.in_groups(tokens, docs)]
    assert divided == [(tokens[:10], 2), (tokens[10:11], 1), (tokens[11:20], 1), (tokens[20:], 2)]
    few = [len(some) for _, some in groups.in_groups(tokens, docs, tails=2)]
    assert few == [6]


@pytest.mark.parametrize("model", [{}, CLASSIFIER], ids=["DORE", "classifier"])
def test_a_document_with_too_many_pairs_names_the_setting_that_limits_them(model, monkeypatch):
    nlp = untrained(model)
    monkeypatch.setattr(groups, "MANY", 100)
    with pytest.warns(
        UserWarning, match=r"DRW021.*'P0 P1.* 12 entities.*144 pairs.*tails_per_head"
    ):
        nlp(crowd(nlp, 12))
    monkeypatch.setattr(groups, "TOO_MANY", 143)
    with pytest.raises(ValueError, match=r"DRE061.*'P0 P1.* 12 entities.*143.*tails_per_head"):
        nlp(crowd(nlp, 12))


def test_with_few_tails_there_are_never_too_many(monkeypatch):
    nlp = untrained({"tails_per_head": 3})
    monkeypatch.setattr(groups, "MANY", 100)
    nlp(crowd(nlp, 30))
