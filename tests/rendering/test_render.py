"""A page shows documents, needs nothing else, and trusts no text."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

import spacy_docre
from spacy_docre import render
from spacy_docre.data.schema import Schema
from spacy_docre.rendering.output import HtmlWriter

from ..data.making import BORN, berg
from ..graph.making import EVIL, ann, entity, hostile_records, record, relation

VOID = ("meta", "input", "path")


class Structure(HTMLParser):
    """Checks that tags are closed, and collects what scripts, styles and attributes hold."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.blocks, self.attributes = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "style"):
            self.blocks.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            tag, attrs, text = self.blocks[-1]
            self.blocks[-1] = (tag, attrs, text + data)

    def part(self, name):
        return [
            json.loads(text) for _, attrs, text in self.blocks if attrs.get("data-part") == name
        ]


def documents(html):
    return Structure(html).part("document")


def test_a_document_is_rendered_with_its_triples():
    (view,) = documents(render(berg(), page=True))
    assert [entity["text"] for entity in view["entities"]] == ["Ann Berg", "Bonn", "Kiel"]
    assert [triple["label"] for triple in view["triples"]] == ["born_in", "lives_in", "moved"]
    assert view["triples"][2]["roles"] == ["who", "from", "to"]
    assert "".join(piece[0] for piece in view["pieces"]) == berg().text


def test_several_documents_are_in_one_page():
    views = documents(render([berg(), berg()], page=True))
    assert len(views) == 2
    assert len(documents(render(iter([ann("a"), ann("b"), ann("c")]), manual=True))) == 3


def test_a_span_is_rendered_as_a_document_of_its_own():
    (view,) = documents(render(berg(BORN)[:7]))
    assert "".join(piece[0] for piece in view["pieces"]).strip() == "Ann Berg was born in Bonn."


def test_a_part_of_a_page_has_no_head_and_a_page_has_one():
    part, page = render(berg()), render(berg(), page=True)
    assert part.startswith('<div class="docre">') and part.endswith("</div>")
    assert {"html", "head", "title"} & set(Structure(part).tags) == set()
    assert page.startswith("<!DOCTYPE html>")
    assert {"html", "head", "title"} < set(Structure(page).tags)


def test_the_page_refers_to_nothing_and_may_load_nothing():
    html = render(berg(), page=True)
    parsed = Structure(html)
    assert not [a for _, a in parsed.attributes if {"src", "href", "srcset", "action"} & set(a)]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp|import\(", html)
    (policy,) = [a["content"] for _, a in parsed.attributes if "http-equiv" in a]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    # The name of the namespace of SVG is no address that anything opens.
    assert set(re.findall(r"https?://[^\"\s]+", html)) == {"http://www.w3.org/2000/svg"}


def test_the_script_writes_no_html():
    script = "".join(text for tag, attrs, text in Structure(render(berg())).blocks if not attrs)
    assert "createElement" in script
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function", script
    )


def test_the_table_is_one_for_screen_readers_and_all_controls_have_names():
    parsed = Structure(render(berg(), page=True))
    headers = [a for tag, a in parsed.attributes if tag == "th"]
    assert [header["scope"] for header in headers] == ["col"] * 5
    for tag, attrs in parsed.attributes:
        if tag in ("input", "select", "svg", "table", "section") or attrs.get("role"):
            assert attrs.get("aria-label"), (tag, attrs)
        if tag == "button":
            assert attrs["type"] == "button"
    assert sum(attrs.get("aria-live") == "polite" for _, attrs in parsed.attributes) == 2
    html = render(berg(), page=True)
    for query in ("prefers-color-scheme: dark", "prefers-reduced-motion", "forced-colors"):
        assert query in html


@settings(max_examples=25)
@given(hostile_records(), st.booleans(), st.booleans())
def test_hostile_text_stays_text(document, page, minify):
    harmless = Structure(render(ann(), manual=True, page=page, minify=minify))
    hostile = Structure(render(document, manual=True, page=page, minify=minify))
    # The same elements with the same attributes, whatever the names are.
    assert hostile.tags == harmless.tags
    assert [set(a) for _, a in hostile.attributes] == [set(a) for _, a in harmless.attributes]
    (view,) = hostile.part("document")
    assert len(view["triples"]) == len(document["relations"])


def test_a_text_that_ends_a_script_ends_none():
    document = record(EVIL, [entity(0, EVIL, EVIL), entity(1, EVIL)], [], text=EVIL * 2)
    document["relations"] = [relation(EVIL, 0, 1, description=EVIL)]
    html = render(document, manual=True, page=True, options={"title": EVIL})
    assert "alert" in html and "<script>alert" not in html and "49" not in EVIL
    assert html.count("</script>") == 3
    (view,) = documents(html)
    assert view["triples"][0]["label"] == EVIL


def test_minified_html_shows_the_same_with_fewer_characters():
    whole, small = render(berg(), page=True), render(berg(), page=True, minify=True)
    assert len(small) < len(whole)
    assert documents(small) == documents(whole)


def test_colours_are_those_of_displacy_and_of_the_options():
    def colours(**options):
        document = record("d", [entity(0, "a", "ORG"), entity(1, "b", "Thing")], [])
        (found,) = Structure(render(document, manual=True, options=options)).part("settings")
        return found["colors"] if found["by_type"] else None

    assert colours() is None
    assert colours(color_by="type") == {"ORG": "#7aecec", "Thing": "#ddd"}
    assert colours(colors={"Thing": "red"}) == {"Thing": "red"}
    assert colours(colors={"Thing": "red"}, color_by="type")["Thing"] == "red"


def test_colours_of_the_registry_are_used():
    @spacy.registry.displacy_colors("docre_test_colors")
    def colors():
        return {"DOCRE_TEST": "#123456"}

    document = record("d", [entity(0, "a", "DOCRE_TEST")], [])
    html = render(document, manual=True, options={"color_by": "type"})
    assert Structure(html).part("settings")[0]["colors"] == {"DOCRE_TEST": "#123456"}


def test_a_schema_names_relations():
    schema = Schema.from_dict({"relations": [{"label": "born_in", "name": "place of birth"}]})
    (view,) = documents(render(berg(), options={"schema": schema}))
    assert view["triples"][0]["name"] == "place of birth"


def test_a_notebook_shows_it(monkeypatch):
    shown = []

    class Module:
        HTML = str
        display = staticmethod(shown.append)

    monkeypatch.setitem(sys.modules, "IPython", Module)
    monkeypatch.setitem(sys.modules, "IPython.display", Module)
    assert render(berg(), jupyter=True) is None
    assert shown[0].startswith('<div class="tex2jax_ignore">')
    assert isinstance(render(berg(), jupyter=False), str)


def test_a_writer_writes_the_page_that_is_rendered(tmp_path):
    with HtmlWriter(tmp_path / "page.html") as writer:
        writer.write(ann("a"))
        writer.write(ann("b"))
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert page.strip() == render([ann("a"), ann("b")], page=True, manual=True)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"docs": "a text"}, "DRE741"),
        ({"docs": [ann()]}, "DRE741"),
        ({"docs": 7}, "DRE741"),
        ({"docs": berg(), "style": "ent"}, "DRE744.*ent"),
        ({"docs": berg(), "options": {"color": {}}}, "DRE742.*color_by"),
        ({"docs": berg(), "options": {"threshold": 2}}, "DRE743.*threshold"),
        ({"docs": berg(), "options": {"colors": {"PER": 7}}}, "DRE743.*colors"),
        ({"docs": berg(), "options": {"schema": {}}}, "DRE743.*schema"),
        ({"docs": berg(), "options": {"color_by": "id"}}, "DRE743.*color_by"),
        ({"docs": berg(), "options": {"title": None}}, "DRE743.*title"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        render(**arguments)


def test_importing_the_package_loads_nothing_for_rendering():
    code = "import sys, spacy_docre; print([m for m in sys.modules if '.rendering' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    assert callable(spacy_docre.render)
