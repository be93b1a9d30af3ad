from types import SimpleNamespace

import pytest
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity
from spacy_docre.sources.coref_chains import make_coref_chains

from .making import make_doc, one, texts

TEXT = "Marie Curie won . The Curie Institute hired her and Pierre , and they left"


class Chain:
    """Iterates mentions, as coreferee's chains do."""

    def __init__(self, *mentions):
        self.mentions = [SimpleNamespace(token_indexes=list(mention)) for mention in mentions]

    def __iter__(self):
        return iter(self.mentions)


@pytest.fixture
def doc():
    Doc.set_extension("coref_chains", default=None)
    yield make_doc(TEXT)
    Doc.remove_extension("coref_chains")


def test_head_tokens_stand_for_the_entities_around_them(doc):
    doc._.coref_chains = [Chain([1], [8])]
    merged = make_coref_chains()(doc, [one(0, 2, "PER"), one(4, 7, "ORG")])
    assert texts(doc, merged) == [["Marie Curie", "her"], ["The Curie Institute"]]


def test_the_smallest_of_nested_mentions_counts(doc):
    doc._.coref_chains = [Chain([5], [1])]
    found = [one(4, 7, "ORG"), one(5, 6, "PER"), one(0, 2, "PER")]
    assert make_coref_chains()(doc, found) == [
        Entity.of([(0, 2), (5, 6)], "PER"),
        one(4, 7, "ORG"),
    ]


def test_chains_of_mere_pronouns_are_no_entities(doc):
    doc._.coref_chains = [Chain([8], [13])]
    assert make_coref_chains()(doc, [one(0, 2)]) == [one(0, 2)]


def test_a_coordination_does_not_merge_its_parts_and_is_counted(doc):
    doc._.coref_chains = [Chain([1], [8]), Chain([8, 10], [13])]
    with pytest.warns(UserWarning, match=r"DRW102.*Marie Curie.*1 coordinated"):
        merged = make_coref_chains()(doc, [one(0, 2), one(10, 11)])
    assert texts(doc, merged) == [["Marie Curie", "her"], ["Pierre"]]


def test_documents_without_chains_keep_their_entities(doc):
    assert make_coref_chains("nowhere")(doc, [one(0, 2)]) == [one(0, 2)]
    assert make_coref_chains()(doc, [one(0, 2)]) == [one(0, 2)]
    doc._.coref_chains = []
    assert make_coref_chains()(doc, [one(0, 2)]) == [one(0, 2)]


@pytest.mark.parametrize("wrong", [[99], [-1], [], ["1"]])
def test_a_mention_beyond_the_text_is_refused(doc, wrong):
    doc._.coref_chains = [Chain([1]), Chain([8], wrong)]
    with pytest.raises(ValueError, match=r"DRE105.*Marie Curie.*chain 1 .*token_indexes"):
        make_coref_chains()(doc, [])


def test_what_holds_no_chains_is_refused(doc):
    doc._.coref_chains = 3
    with pytest.raises(ValueError, match=r"DRE108.*Marie Curie.*coref_chains"):
        make_coref_chains()(doc, [])
    doc._.coref_chains = ["not a chain"]
    with pytest.raises(ValueError, match=r"DRE105.*Marie Curie.*chain 0"):
        make_coref_chains()(doc, [])
