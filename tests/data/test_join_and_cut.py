"""Documents are joined and cut with their relations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span, SpanGroup

from spacy_docre.data.entities import Entity
from spacy_docre.data.join_and_cut import cut_doc, join_docs
from spacy_docre.data.notes import CorpusNotes, load_notes, store_notes
from spacy_docre.data.storage import clear_relations, load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.formats import to_record
from spacy_docre.sources.defaults import make_default_sources

from .making import NLP, ROLES, berg


def with_clusters(doc, first=0):
    for number, entity in enumerate(load_relations(doc).entities, first):
        name = f"coref_clusters_{number}"
        spans = [Span(doc, *mention, entity.type, entity.id) for mention in entity.mentions]
        attrs = {"type": entity.type, "id": entity.id}
        doc.spans[name] = SpanGroup(doc, name=name, attrs=attrs, spans=spans)
    doc.ents = [span for group in doc.spans.values() for span in group]
    return doc


def said(doc):
    """What relations of a document say, whatever the order of its entities is."""
    return {
        (r.label, r.roles, tuple((e.type, e.id, e.offsets) for e in r.entities), r.evidence)
        for r in doc._.relations
    }


def test_joined_documents_state_what_each_of_them_states():
    one, other = with_clusters(berg(), first=1), with_clusters(berg(), first=1)
    joined = join_docs([one, other])
    assert joined.text == f"{one.text} {other.text}"
    assert [repr(r) for r in joined._.relations] == [repr(r) for r in one._.relations] * 2
    assert [r.evidence for r in joined._.relations] == [(0,), (1,), (), (2,), (3,), ()]
    assert [e.text for e in joined.ents] == [e.text for e in one.ents] * 2
    assert sorted(joined.spans) == [f"coref_clusters_{i}" for i in range(1, 7)]
    assert joined.spans["coref_clusters_5"].attrs == {"type": "LOC", "id": "Q586"}
    assert load_relations(joined).roles == ROLES
    assert len(to_record(joined)["entities"]) == 6
    assert len(make_default_sources()(joined)) > 0


def test_a_part_keeps_the_relations_whose_entities_it_mentions():
    doc = with_clusters(berg())
    with pytest.warns(UserWarning, match=r"DRW032.*2 relations.*0 mentions"):
        part = cut_doc(doc, 7, 13)
    assert part.text == "She now lives in Kiel."
    assert [repr(r) for r in part._.relations] == ["lives_in(head='She', tail='Kiel', score=0.50)"]
    assert part._.relations[0].evidence == (0,)
    assert [e.type for e in load_relations(part).entities] == ["PER", "LOC"]
    assert {name: [s.text for s in group] for name, group in part.spans.items()} == {
        "coref_clusters_0": ["She"],
        "coref_clusters_2": ["Kiel"],
    }
    assert Doc(NLP.vocab).from_bytes(part.to_bytes())._.relations == part._.relations


def test_a_mention_that_crosses_the_cut_is_counted():
    with pytest.warns(UserWarning, match=r"DRW032.*Ann Berg.*2 relations.*1 mentions"):
        part = cut_doc(berg(), 1, 7)
    assert part._.relations == []
    assert [e.type for e in load_relations(part).entities] == ["LOC"]


def test_documents_of_which_one_is_not_annotated_are_not_joined():
    other = berg()
    clear_relations(other)
    with pytest.raises(ValueError, match=r"DRE089.*doc._.relations.*not 'Ann"):
        join_docs([berg(), other])
    assert join_docs([other, other]).text


@pytest.mark.parametrize("call", [lambda: join_docs([]), lambda: cut_doc(berg(), 3, 3)])
def test_nothing_is_neither_joined_nor_cut(call):
    with pytest.raises(ValueError, match="DRE089"):
        call()


def test_relations_with_other_roles_are_not_joined():
    doc, other = berg(), berg()
    entities = load_relations(other).entities
    store_relations(other, entities, [Triple((0, 1), "moved")])
    with pytest.raises(ValueError, match=r"DRE087.*moved"):
        join_docs([doc, other])


def test_notes_and_other_attributes_come_along():
    doc = berg()
    store_notes(
        doc,
        CorpusNotes(
            excluded_pairs=[(1, 2)],
            triple_attrs=[{"novelty": "No"}, {}, {}],
            sections=[(0, 7), (7, 13)],
            salient=[2],
            unmentioned={"born_in": 1},
            entity_attrs=[{}, {"region": "West"}, {}],
            doc_attrs={"source": "a letter"},
        ),
    )
    store_relations(doc, load_relations(doc).entities, [], attr="facts")
    joined = join_docs([doc, doc])
    notes = load_notes(joined)
    assert notes.excluded_pairs == [(1, 2), (4, 5)]
    assert [bool(attrs) for attrs in notes.triple_attrs] == [True, False, False] * 2
    assert notes.sections == [(0, 7), (7, 13), (13, 20), (20, 26)]
    assert (notes.salient, notes.unmentioned) == ([2, 5], {"born_in": 2})
    assert notes.entity_attrs == [{}, {"region": "West"}, {}] * 2
    assert len(load_relations(joined, attr="facts").entities) == 6
    with pytest.warns(UserWarning, match="DRW032"):
        notes = load_notes(cut_doc(joined, 13, 20))
    assert notes.triple_attrs == [{"novelty": "No"}]
    assert (notes.sections, notes.salient, notes.excluded_pairs) == ([(0, 7)], [], [])
    assert notes.entity_attrs == [{}, {"region": "West"}]
    with pytest.warns(UserWarning, match="DRW032"):
        assert load_notes(cut_doc(doc, 0, 7)).doc_attrs == {"source": "a letter"}


@st.composite
def parts(draw):
    """Documents of several sentences whose relations stay in one of some parts."""
    sizes = draw(st.lists(st.integers(2, 7), min_size=1, max_size=4))
    words = [f"w{i}" for i in range(sum(sizes))]
    bounds = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
    starts = [i in bounds or draw(st.booleans()) for i in range(len(words))]
    doc = Doc(NLP.vocab, words=words, sent_starts=starts)
    sentences = [sum(starts[: i + 1]) - 1 for i in range(len(words))]
    entities, triples = [], []
    for begin, end in zip(bounds, bounds[1:]):
        ranges = st.tuples(st.integers(begin, end - 1), st.integers(begin + 1, end))
        mentions = st.lists(ranges.filter(lambda r: r[0] < r[1]), min_size=1, max_size=3)
        own = draw(st.lists(mentions, min_size=2, max_size=4))
        first = len(entities)
        entities += [Entity.of(m, draw(st.sampled_from(["PER", ""]))) for m in own]
        pairs = st.permutations(range(first, len(entities))).map(lambda order: tuple(order[:2]))
        evidence = st.lists(st.sampled_from(sentences[begin:end]), max_size=2, unique=True)
        for pair in draw(st.lists(pairs, max_size=3, unique=True)):
            triples.append(Triple(pair, "r", evidence=tuple(draw(evidence))))
    order = draw(st.permutations(range(len(entities))))
    place = {old: new for new, old in enumerate(order)}
    moved = [
        Triple(tuple(place[i] for i in t.entities), t.label, t.score, t.evidence) for t in triples
    ]
    store_relations(doc, [entities[i] for i in order], moved)
    return doc, bounds


@given(parts())
def test_cutting_and_joining_give_what_was_there_where_nothing_crosses_the_cut(known):
    doc, bounds = known
    pieces = [cut_doc(doc, begin, end) for begin, end in zip(bounds, bounds[1:])]
    joined = join_docs(pieces)
    assert joined.text.rstrip() == doc.text.rstrip()
    assert said(joined) == said(doc)
    assert len(load_relations(joined).triples) == len(load_relations(doc).triples)
    assert sorted(load_relations(joined).entities, key=repr) == sorted(
        load_relations(doc).entities, key=repr
    )
    assert [s.start for s in joined.sents] == [s.start for s in doc.sents]
    for piece, begin, end in zip(pieces, bounds, bounds[1:]):
        assert said(cut_doc(joined, begin, end)) == said(piece)


@pytest.mark.parametrize("way", [lambda doc: join_docs([doc]), lambda doc: cut_doc(doc, 0, 13)])
def test_evidence_without_sentences_is_counted(way):
    doc = NLP.make_doc(berg().text)
    doc.user_data.update(berg().user_data)
    with pytest.warns(UserWarning, match=r"DRW033.*2 numbers"):
        found = way(doc)
    assert [r.evidence for r in found._.relations] == [(), (), ()]
