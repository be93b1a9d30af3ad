"""Documents whose tokens were merged or split are joined and cut by their characters."""

import warnings

import pytest
from spacy.tokens import Doc, Span

from spacy_docre.data.join_and_cut import cut_doc, join_docs
from spacy_docre.data.relations import register_extension
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.sources.defaults import make_default_sources

from ..pipe.making import BLANK, STORIES, facts_of, tell

entities_of = make_default_sources()
register_extension()


def merged():
    doc = tell(STORIES[0])
    doc.spans["docre_mentions"] = [Span(doc, 16, 17, label="X")]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[1:4])
    return doc


def split():
    doc = tell(STORIES[0])
    doc.spans["docre_mentions"] = [Span(doc, 16, 17, label="X")]
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[1], ["w", "as"], heads=[(doc[0], 0), (doc[0], 0)])
    return doc


def texts(doc):
    return [(e.type, [doc[s:t].text for s, t in e.mentions]) for e in entities_of(doc)]


@pytest.mark.parametrize("change", [merged, split])
def test_joined_documents_have_the_entities_of_each(change):
    first, second = change(), tell(STORIES[1])
    joined = join_docs([first, second])
    assert texts(joined) == texts(first) + texts(second)
    assert facts_of(joined) == facts_of(first) | facts_of(second)
    assert [span.text for span in joined.spans["docre_mentions"]] == ["in"]


@pytest.mark.parametrize("change", [merged, split])
def test_a_part_of_a_document_has_its_entities(change):
    doc = change()
    end = next(token.i for token in doc if token.text == ".") + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # relations that reach beyond it are counted
        part = cut_doc(doc, 0, end)
    assert texts(part) == [("PER", ["Ann"]), ("LOC", ["Bonn"])]
    assert facts_of(part) == {("Ann", "born_in", "Bonn")}


def test_a_single_relation_is_no_list_of_relations():
    doc = Doc(BLANK.vocab, words=["Ann", "Bonn"])
    doc.ents = [Span(doc, 0, 1, label="PER"), Span(doc, 1, 2, label="LOC")]
    store_relations(doc, entities_of(doc), [Triple((0, 1), "born_in")])
    doc._.relations = [relation] = doc._.relations
    doc._.relations = relation
    assert len(load_relations(doc).triples) == 1
