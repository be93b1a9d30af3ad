"""The page shows everything, needs nothing, and trusts no text."""

import re
from html.parser import HTMLParser

import pytest
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.analysis.error_tables import analysis_tables
from spacy_docre.analysis.page import render_page
from spacy_docre.analysis.samples import sample_errors
from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.scoring import compare_all
from tests.scoring.examples import make_example

EVIL = "<script>alert('{{7*7}}')</script>"


def page_of(example, **options):
    comparisons = compare_all([example])
    samples = sample_errors([example.reference], comparisons, 5)
    facts = {"Pipeline": "training/model-last"}
    return render_page("Errors", facts, analysis_tables(comparisons), samples, **options)


class Structure(HTMLParser):
    """Checks that tags are closed, and collects them."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def structure(page):
    parser = Structure()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_page_has_tables_and_samples_and_refers_to_nothing():
    page = page_of(make_example([("likes", 0, 1)], [("knows", 0, 1), ("left", 3, 1)]))
    for text in ("training/model-last", "By relation (3 of 3)", "pair called NA", "knows", "likes"):
        assert text in page
    parsed = structure(page)
    assert parsed.tags.count("table") == 8
    assert parsed.links == []
    assert re.search(r'<mark class="role0">\s*Dora\s*</mark>', page)


def test_mentions_are_marked_without_the_space_that_follows():
    docs = []
    for triples in ([], [Triple((0, 1), "knows")]):
        words, spaces = ["Ann", "met", "Bob"], [True, True, False]
        doc = Doc(Vocab(), words=words, spaces=spaces, sent_starts=[True, False, False])
        store_relations(doc, [Entity.of([(0, 1)]), Entity.of([(2, 3)])], triples)
        docs.append(doc)
    page = page_of(Example(*docs))
    assert '<mark class="role0">Ann</mark> met <mark class="role1">Bob</mark></p>' in page


def test_text_of_documents_is_never_code():
    words = f"Ann {EVIL} Bob . She likes Bob and Cleo . Dora left ."
    example = make_example([], [(EVIL, 0, 1)], words=words)
    example.reference.user_data["title"] = EVIL
    page = page_of(example)
    parsed = structure(page)
    assert "script" not in parsed.tags
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(&#39;{{7*7}}&#39;)&lt;/script&gt;") >= 4
    assert "49" not in page


@pytest.mark.parametrize("title", ["Alzheimer's disease", "a\\b", "'90s"])
def test_documents_have_their_titles_as_names(title):
    example = make_example([], [("knows", 0, 1)])
    example.reference.user_data["title"] = title
    (sample,) = sample_errors([example.reference], compare_all([example]), 5)["Missed"][
        "pair called NA"
    ]
    assert sample.document == title


def test_the_curve_is_part_of_the_page():
    page = page_of(make_example([], []), picture=b"\x89PNG")
    (link,) = structure(page).links
    assert link == "data:image/png;base64,iVBORw=="
