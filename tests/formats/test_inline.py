"""Text annotated in brackets is read as it is meant, and documents are written so."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin
from spacy.util import registry

from spacy_docre.cli.convert import convert
from spacy_docre.data.entities import Entity
from spacy_docre.data.relations import get_relations
from spacy_docre.data.storage import has_relations, load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.formats import read_docs, to_inline, to_record
from spacy_docre.showing import is_blank

NLP = spacy.blank("en")
BERG = r"""--- 1 | Ann Berg
[Ann Berg](PER#1) was born in [Bonn](LOC#2=Q586). [She](#1) moved to [[Kiel](LOC#3) Yard](ORG).
A new line, with \[1\].

> born_in(1, 2) evidence=0
> moved(who=1, from=2, to=3) score=0.9
"""


def read(path, text, **options):
    path = path / "in.txt"
    path.write_bytes(text.encode())
    return list(read_docs(path, NLP.vocab, format="inline", **options))


def test_brackets_are_mentions_and_lines_below_are_relations(tmp_path):
    (doc,) = read(tmp_path, BERG)
    assert doc.text.startswith(
        "Ann Berg was born in Bonn. She moved to Kiel Yard.\nA new line, with [1]"
    )
    assert repr(get_relations(doc)) == (
        "[born_in(head='Ann Berg', tail='Bonn', score=1.00), "
        "moved(who='Ann Berg', from='Bonn', to='Kiel', score=0.90)]"
    )
    stored = load_relations(doc)
    assert [(e.type, e.id, len(e.mentions)) for e in stored.entities] == [
        ("PER", "", 2),
        ("LOC", "Q586", 1),
        ("LOC", "", 1),
        ("ORG", "", 1),
    ]
    assert stored.triples[0].evidence == (0,)
    assert (doc.user_data["id"], doc.user_data["title"]) == ("1", "Ann Berg")
    assert [e.label_ for e in doc.ents] == ["PER", "LOC", "PER", "ORG"]


def test_documents_are_parted_by_lines_and_need_no_header(tmp_path):
    docs = read(tmp_path, "[Ann](PER).\n--- 2\nNone here.\n>\n---\n\nThird.\r\n")
    assert [doc.text for doc in docs] == ["Ann.", "None here.", "Third."]
    assert [has_relations(doc) for doc in docs] == [False, True, False]
    assert [doc.user_data.get("id") for doc in docs] == [None, "2", None]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("A [b] c", 1, "']'"),
        ("A\n[b", 2, "']' for each"),
        ("A\n\nb](X#1)", 3, "']'"),
        ("[b](X#1", 1, "one of"),
        ("[b](X#one)", 1, "number of an entity"),
        ("[](X#1) a", 1, "with text"),
        ("A\\", 1, "the end of the line"),
        ("[a](X#1) [b](X#2)\n> r(1, 3)", 2, "'#3'"),
        ("[a](X#1) [b](X#2)\n> r(1, 1)", 2, "different"),
        ("[a](X#1) [b](X#2)\n> r(1)", 2, "two entities"),
        ("[a](X#1) [b](X#2)\n> r(x=1, 2)", 2, "role"),
        ("[a](X#1) [b](X#2)\n> r(1, 2)\nmore", 3, "only relations"),
        ("[a](X#1) [b](X#2)\n> r(1, 2)\n> r(1, 2)", 3, "once"),
        ("[a](X#1) [b](X#2)\n> r(1, 2)\n> r(x=1, y=2)", 3, "roles"),
        ("[a](X#1) [b](X#2)\n> r 1 2", 2, r"one of \("),
        ("[a](X#1) [b](X#2)\n> r(1, 2) score=2", 2, "between 0 and 1"),
        ("[a](X#1) [b](X#2)\n> r(1, 2) sure", 2, "evidence=0,1"),
        ("[a](X#1) [b](X#2)\n> r(1, 2) evidence=7", 2, "1 sentences"),
        ("[a](X#1) [b](X#2)\n> (1, 2)", 2, "name of a relation"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path, text, line, problem):
    with pytest.raises(ValueError, match=rf"DRE\d+.*in\.txt, document 0.*line {line}.*{problem}"):
        read(tmp_path, text)
    with pytest.warns(UserWarning, match=r"DRW301.*1 of 3"):
        kept = read(tmp_path, f"---\nA.\n---\n{text}\n--- 3\nB.", on_error="skip")
    assert [doc.text for doc in kept] == ["A.", "B."]


def test_other_roles_than_those_of_an_earlier_document_are_refused(tmp_path):
    text = "[a](X#1) [b](X#2)\n> r(1, 2)\n---\n[a](X#1) [c](X#2)\n> r(x=1, y=2)"
    with pytest.raises(ValueError, match=r"DRE392.*line 5"):
        read(tmp_path, text)


def test_it_converts_and_is_written_and_a_reader_takes_it(tmp_path):
    source = tmp_path / "notes.txt"
    source.write_text(BERG)
    convert(source, tmp_path / "out.spacy", format="inline")
    (doc,) = DocBin().from_disk(tmp_path / "out.spacy").get_docs(NLP.vocab)
    assert len(load_relations(doc).triples) == 2
    convert(source, tmp_path / "out.jsonl", format="inline")
    convert(tmp_path / "out.jsonl", tmp_path / "again.txt", format="jsonl")
    (again,) = read_docs(tmp_path / "again.txt", NLP.vocab, format="inline")
    assert to_record(again) == to_record(doc)
    corpus = registry.readers.get("spacy_docre.Corpus.v1")(source, format="inline")
    assert [eg.reference.text for eg in corpus(NLP)] == [doc.text]


def test_mentions_that_cross_are_not_written():
    doc = NLP("Ann Berg Mills")
    store_relations(doc, [Entity.of([(0, 2)]), Entity.of([(1, 3)])], [])
    with pytest.raises(ValueError, match=r"DRE397.*'Berg Mills'"):
        to_inline(doc)


SIGNS = st.text(st.sampled_from("aB1 .\n\r\t\\[]()#=>-|,é😀\u2028\x0c"), min_size=1, max_size=40)
NAMES = st.text(st.sampled_from("aB \\[]()#=>-|,\n\ré"), max_size=6)
VISIBLE_NAMES = NAMES.filter(lambda name: not is_blank(name))


@st.composite
def annotated(draw):
    text = draw(SIGNS.filter(str.strip))
    doc = NLP.make_doc(text)
    for token in doc:
        token.is_sent_start = token.i == 0 or (not token.is_space and draw(st.booleans()))
    words = [token.i for token in doc if not token.is_space]
    places = st.tuples(st.sampled_from(words), st.sampled_from(words)).map(sorted)
    mentions = []
    for first, last in draw(st.lists(places, max_size=6)):
        place = (first, last + 1)
        if not any(a < place[0] < b < place[1] or place[0] < a < place[1] < b for a, b in mentions):
            mentions.append(place)
    entities = [Entity.of([place], draw(NAMES), draw(NAMES)) for place in mentions]
    for key in ("id", "title"):
        doc.user_data[key] = draw(NAMES)
    if draw(st.booleans()):
        return doc, entities, None, {}
    count = len(list(doc.sents))
    triples, roles = {}, {}
    for label in draw(st.lists(VISIBLE_NAMES, max_size=3, unique=True)):
        order = draw(st.permutations(range(len(entities))))
        arity = draw(st.integers(2, 3))
        if len(order) >= arity:
            evidence = draw(st.lists(st.integers(0, count - 1), max_size=2))
            score = draw(st.floats(0, 1))
            triples[Triple(tuple(order[:arity]), label, score, tuple(evidence))] = None
            names = st.lists(VISIBLE_NAMES, min_size=arity, max_size=arity, unique=True)
            roles[label] = tuple(draw(names)) if arity == 3 else ("head", "tail")
    return doc, entities, list(triples), {k: v for k, v in roles.items() if v != ("head", "tail")}


def by_characters(doc):
    stored = load_relations(doc)
    places = [
        (e.type, e.id, [(doc[s].idx, doc[t - 1].idx + len(doc[t - 1])) for s, t in e.mentions])
        for e in stored.entities
    ]
    scored = [(t.entities, t.label, t.score, t.evidence) for t in stored.triples]
    return doc.text, places, scored, dict(stored.roles)


@given(annotated())
def test_what_is_written_is_read_as_the_same(tmp_path_factory, known):
    doc, entities, triples, roles = known
    store_relations(doc, entities, triples or (), roles=roles)
    path = tmp_path_factory.mktemp("inline") / "in.txt"
    path.write_bytes(to_inline(doc).encode())
    (again,) = read_docs(path, NLP.vocab, format="inline")
    assert by_characters(again) == by_characters(doc)
    assert [again.user_data.get(k, "") for k in ("id", "title")] == [
        doc.user_data[k] for k in ("id", "title")
    ]
    assert isinstance(again, Doc)
