"""Span groups of documents whose tokens were merged or split since: spaCy keeps their old token
numbers, so that only their characters still say what they cover."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin

from spacy_docre.formats.jsonl_writer import to_record
from spacy_docre.sources.alias import make_alias
from spacy_docre.sources.coref_clusters import make_coref_clusters
from spacy_docre.sources.coref_spans import make_coref_spans
from spacy_docre.sources.span_group import make_span_group

from .making import VOCAB, make_doc, one, put_clusters, span, texts

TEXT = "Ann Berg met Bob Lee . He left Tarn ."
MENTIONS = [(0, 2, "PER"), (3, 5, "PER"), (6, 7, "PER"), (8, 9, "LOC")]
NAMES = [["Ann Berg"], ["Bob Lee"], ["He"], ["Tarn"]]

find = make_span_group("docre_mentions")


def with_mentions():
    doc = make_doc(TEXT)
    doc.spans["docre_mentions"] = [span(doc, *mention) for mention in MENTIONS]
    return doc


def merge(doc, *ranges):
    with doc.retokenize() as retokenizer:
        for start, end in ranges:
            retokenizer.merge(doc[start:end])


def split(doc, token, *orths):
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[token], list(orths), heads=[doc[token]] * len(orths))


def test_mentions_are_where_they_were_after_tokens_were_merged():
    doc = with_mentions()
    merge(doc, (0, 2))
    assert texts(doc, find(doc, [])) == NAMES


def test_mentions_are_where_they_were_after_tokens_were_split():
    doc = with_mentions()
    split(doc, 2, "m", "e", "t")
    split(doc, 0, "A", "nn")
    assert texts(doc, find(doc, [])) == NAMES


def test_a_mention_covers_all_of_the_merged_token_that_it_is_in():
    doc = with_mentions()
    merge(doc, (1, 4))
    assert texts(doc, find(doc, [])) == [
        ["Ann Berg met Bob"],
        ["Berg met Bob Lee"],
        ["He"],
        ["Tarn"],
    ]


def test_spans_made_before_and_set_after_are_followed_too():
    doc = make_doc(TEXT)
    spans = [span(doc, *mention) for mention in MENTIONS]
    merge(doc, (0, 2))
    doc.spans["docre_mentions"] = spans
    assert texts(doc, find(doc, [])) == NAMES


@pytest.mark.parametrize(
    "retokenize", [lambda doc: merge(doc, (0, 2)), lambda doc: split(doc, 0, "A", "nn")]
)
def test_moved_spans_survive_serialization(retokenize):
    doc = with_mentions()
    retokenize(doc)
    found = find(doc, [])
    from_bytes = Doc(VOCAB).from_bytes(doc.to_bytes())
    (from_bin,) = DocBin(docs=[doc]).get_docs(VOCAB)
    assert find(from_bytes, []) == find(from_bin, []) == found
    assert texts(doc, found) == NAMES


def test_clusters_are_followed():
    doc = with_mentions()
    put_clusters(doc, [[doc[3:5], doc[6:7]]])
    merge(doc, (0, 2))
    merged = make_coref_spans()(doc, find(doc, []))
    assert texts(doc, merged) == [["Ann Berg"], ["Bob Lee", "He"], ["Tarn"]]


def test_stated_entities_are_followed_and_known_to_be_stated():
    doc = make_doc(TEXT)
    put_clusters(doc, [[span(doc, 3, 5, "PER"), span(doc, 6, 7, "PER")], [span(doc, 8, 9, "LOC")]])
    merge(doc, (0, 2), (3, 5))
    found = [one(6, 7, "LOC")]
    assert texts(doc, make_coref_spans()(doc, found)) == [["Bob Lee", "He"], ["Tarn"]]
    assert make_alias()(doc, found) == found


def test_clusters_of_characters_are_followed():
    doc = with_mentions()
    Doc.set_extension("coref_clusters", default=None)
    try:
        doc._.coref_clusters = [
            [(doc[a:b].start_char, doc[a:b].end_char) for a, b in [(3, 5), (6, 7)]]
        ]
        merge(doc, (0, 2))
        merged = make_coref_clusters()(doc, find(doc, []))
    finally:
        Doc.remove_extension("coref_clusters")
    assert ["Bob Lee", "He"] in texts(doc, merged)


def test_written_documents_have_mentions_where_they_were():
    doc = make_doc(TEXT)
    put_clusters(doc, [[span(doc, 3, 5, "PER"), span(doc, 6, 7, "PER")]])
    as_before = to_record(doc)["entities"]
    merge(doc, (0, 2))
    assert to_record(doc)["entities"] == as_before


@given(st.data())
def test_a_mention_is_the_tokens_that_share_a_character_with_it(data):
    words = data.draw(st.lists(st.sampled_from(["a", "bc", "def", "ghij"]), min_size=1, max_size=8))
    spaces = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    doc = Doc(VOCAB, words=words, spaces=spaces)
    places = st.tuples(*[st.integers(0, len(words))] * 2).filter(lambda place: place[0] != place[1])
    mentions = data.draw(st.lists(places.map(sorted), min_size=1, max_size=5, unique_by=tuple))
    doc.spans["docre_mentions"] = [span(doc, start, end, "T") for start, end in mentions]
    put_clusters(doc, [[span(doc, start, end, "T")] for start, end in mentions])
    characters = [(doc[a:b].start_char, doc[a:b].end_char) for a, b in mentions]
    for _ in range(data.draw(st.integers(0, 4))):
        if data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(doc) - 1))
            merge(doc, (start, data.draw(st.integers(start + 1, len(doc)))))
        else:
            token = data.draw(st.integers(0, len(doc) - 1))
            text = doc[token].text
            if len(text) > 1 and " " not in text:
                cut = data.draw(st.integers(1, len(text) - 1))
                split(doc, token, text[:cut], text[cut:])
    expected = set()
    for begin, end in characters:
        covered = [t.i for t in doc if t.idx < end and t.idx + len(t) > begin]
        expected.add(one(covered[0], covered[-1] + 1, "T"))
    assert set(find(doc, [])) == set(make_coref_spans()(doc, [])) == expected
