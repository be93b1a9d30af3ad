"""The 17-column form of CDR and GDA becomes documents with the same facts as PubTator's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.data.notes import load_notes
from spacy_docre.data.storage import load_relations
from spacy_docre.formats import ReadReport, read_docs
from spacy_docre.formats.counts import CorpusCounts

from .reading import VOCAB, mentions, read, read_reporting, triples
from .shared_data import DATA, needs

TEXT = "Betanol induced cough .|In two cases betanol led to cough and fever ."
BETANOL = ["C1", "Betanol|betanol", "Chemical", "0:7", "1:8", "0:1"]
COUGH = ["D1", "cough|cough", "Disease", "2:10", "3:11", "0:1"]
FEVER = ["D2", "fever", "Disease", "12", "13", "1"]


def pair(label, first, second, direction="L2R"):
    return [label, direction, "NON-CROSS", "0-1", "2-3", *first, *second]


def document(*pairs, id="7", text=TEXT):
    return "\t".join([id, text, *(cell for cells in pairs for cell in cells)]) + "\n"


PAIRS = [
    pair("1:CID:2", BETANOL, COUGH),
    pair("1:NR:2", BETANOL, FEVER),
    pair("not_include", COUGH, FEVER),
]


def test_entities_tokens_and_sentences_are_those_of_the_file(tmp_path):
    (doc,) = read(tmp_path, document(*PAIRS), "eog")
    assert [[token.text for token in sent] for sent in doc.sents] == [
        sentence.split() for sentence in TEXT.split("|")
    ]
    assert mentions(doc) == [
        ("C1", "Chemical", ["Betanol", "betanol"]),
        ("D1", "Disease", ["cough", "cough"]),
        ("D2", "Disease", ["fever"]),
    ]
    assert triples(doc) == [("CID", "C1", "D1")]


def test_pairs_that_are_left_out_of_evaluation_are_noted_and_counted(tmp_path):
    (doc,) = read(tmp_path, document(*PAIRS), "eog")
    assert load_notes(doc).excluded_pairs == [(1, 2)]
    counts = CorpusCounts()
    counts.add(doc)
    assert (counts.triples, counts.excluded) == (1, 1)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("1:CID:2", ("CID", "C1", "D1")),
        ("2:CID:1", ("CID", "D1", "C1")),
        ("CID", ("CID", "C1", "D1")),
    ],
)
@pytest.mark.parametrize("direction", ["L2R", "R2L"])
def test_the_label_directs_a_pair_whatever_comes_first_in_the_text(
    tmp_path, label, expected, direction
):
    (doc,) = read(tmp_path, document(pair(label, BETANOL, COUGH, direction)), "eog")
    assert triples(doc) == [expected]


def test_a_pair_may_be_in_several_relations_and_in_either_direction(tmp_path):
    labels = ["1:CID:2", "1:treats:2", "2:NR:1"]
    (doc,) = read(tmp_path, document(*(pair(each, BETANOL, COUGH) for each in labels)), "eog")
    assert triples(doc) == [("CID", "C1", "D1"), ("treats", "C1", "D1")]


def test_the_names_of_negative_and_excluded_pairs_are_settings(tmp_path):
    text = document(pair("1:none:2", BETANOL, COUGH), pair("skip", BETANOL, FEVER))
    (doc,) = read(tmp_path, text, "eog", negative="none", excluded="skip")
    assert triples(doc) == []
    assert load_notes(doc).excluded_pairs == [(0, 2)]


def test_a_document_without_pairs_has_no_entities(tmp_path):
    (doc,) = read(tmp_path, document(), "eog")
    assert mentions(doc) == triples(doc) == []


def test_a_mention_inside_a_token_covers_the_token_and_is_counted(tmp_path):
    text = document(pair("1:CID:2", BETANOL, FEVER), text=TEXT.replace("fever", "fever-like"))
    (doc,), report = read_reporting(tmp_path, text, "eog")
    assert mentions(doc)[1] == ("D2", "Disease", ["fever-like"])
    assert list(report.dropped.values()) == [1]


def test_empty_tokens_count_but_are_no_tokens_of_the_document(tmp_path):
    fever = [*FEVER[:3], "14", "15", "1"]
    text = document(pair("1:CID:2", BETANOL, fever), text=TEXT.replace("led to", "led   to"))
    (doc,) = read(tmp_path, text, "eog")
    assert mentions(doc)[1] == ("D2", "Disease", ["fever"])
    assert "" not in [token.text for token in doc]


def test_a_bar_between_spaces_is_a_token(tmp_path):
    (doc,) = read(tmp_path, document(text="a | b|c"), "eog")
    assert [[token.text for token in sent] for sent in doc.sents] == [["a", "|", "b"], ["c"]]


@pytest.mark.parametrize("change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff\n" + t])
def test_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path, change):
    docs = read(tmp_path, change(document(*PAIRS) + document(id="8")), "eog")
    assert [doc.user_data["id"] for doc in docs] == ["7", "8"]


@st.composite
def annotated(draw):
    """Sentences, entities as lists of places, and labelled pairs of them."""
    token = st.text(st.sampled_from("ab-é.("), min_size=1, max_size=3)
    sentences = draw(st.lists(st.lists(token, min_size=1, max_size=4), min_size=1, max_size=3))
    length = sum(map(len, sentences))
    places = [(a, b) for a in range(length) for b in range(a + 1, length + 1)]
    cluster = st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)
    clusters = draw(st.lists(cluster, min_size=2, max_size=4))
    pairs = st.lists(
        st.permutations(range(len(clusters))).map(lambda order: tuple(order[:2])),
        unique=True,
        max_size=4,
    )
    labels = st.sampled_from(["1:r:2", "2:r:1", "1:NR:2", "not_include"])
    return sentences, clusters, [(draw(labels), *ends) for ends in draw(pairs)]


@settings(max_examples=60)
@given(annotated())
def test_the_file_says_what_the_document_holds(tmp_path_factory, example):
    sentences, clusters, pairs = example
    tokens = [token for sentence in sentences for token in sentence]
    sentence_of = [i for i, sentence in enumerate(sentences) for _ in sentence]

    def cells(number):
        mentions = sorted(clusters[number])
        return [
            f"E{number}",
            "|".join(" ".join(tokens[a:b]) for a, b in mentions),
            "X",
            ":".join(str(a) for a, _ in mentions),
            ":".join(str(b) for _, b in mentions),
            ":".join(str(sentence_of[a]) for a, _ in mentions),
        ]

    text = "|".join(" ".join(sentence) for sentence in sentences)
    content = document(*(pair(label, cells(a), cells(b)) for label, a, b in pairs), text=text)
    stated = [(f"E{a}", f"E{b}") for label, a, b in pairs if label == "1:r:2"]
    stated += [(f"E{b}", f"E{a}") for label, a, b in pairs if label == "2:r:1"]
    directed = [(b, a) if label == "2:r:1" else (a, b) for label, a, b in pairs]
    if len(set(directed)) < len(directed):
        return
    (doc,) = read(tmp_path_factory.mktemp("eog"), content, "eog")
    assert [[token.text for token in sent] for sent in doc.sents] == sentences
    assert sorted(triples(doc)) == sorted(("r", *ends) for ends in stated)
    assert {entity.id: list(entity.mentions) for entity in load_relations(doc).entities} == {
        f"E{number}": sorted(clusters[number]) for _, *ends in pairs for number in ends
    }
    names = [entity.id for entity in load_relations(doc).entities]
    excluded = [(names[a], names[b]) for a, b in load_notes(doc).excluded_pairs]
    assert excluded == [(f"E{a}", f"E{b}") for label, a, b in pairs if label == "not_include"]


@needs("cdr", "eog")
@pytest.mark.parametrize(
    ("name", "part", "expected", "excluded"),
    [("train", "Training", 1_038, 192), ("dev", "Development", 1_012, 174)],
)
def test_both_forms_of_cdr_state_the_same(name, part, expected, excluded):
    counts, report = CorpusCounts(), ReadReport()
    columns = read_docs(
        DATA / "cdr" / "eog" / f"{name}_filter.data", VOCAB, format="eog", report=report
    )
    lines = read_docs(
        DATA / "cdr" / f"CDR_{part}Set.PubTator.txt",
        VOCAB,
        format="pubtator",
        settings={"unlinked": "drop", "sentences": False},
        report=report,
    )
    for first, second in zip(columns, lines, strict=True):
        counts.add(first)
        assert first.user_data["id"] == second.user_data["id"]
        assert sorted(triples(first)) == sorted(triples(second))
        assert summary(first) == summary(second)
    assert (counts.triples, counts.excluded) == (expected, excluded)


def summary(doc):
    """The entities with their types and numbers of mentions, which do not depend on tokens."""
    return sorted((id, type, len(texts)) for id, type, texts in mentions(doc))
