from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.entities import Entity
from spacy_docre.sources.merging import EntityMerger

from .making import mentions_of, one
from .strategies import entities


@st.composite
def linked(draw):
    found = draw(st.lists(entities, min_size=1, max_size=8, unique=True))
    numbers = st.integers(0, len(found) - 1)
    return found, draw(st.lists(st.lists(numbers, min_size=1, max_size=4), max_size=5))


def merge(found, links):
    """Link in an order that depends on the entities alone."""
    merger = EntityMerger(found)
    key = {number: (e.mentions, e.type, e.id) for number, e in enumerate(found)}
    for numbers in sorted(links, key=lambda link: sorted(key[number] for number in link)):
        merger.link_all(numbers)
    return merger.merged()


@given(linked(), st.randoms())
def test_order_of_entities_and_links_does_not_matter(case, random):
    found, links = case
    order = list(range(len(found)))
    random.shuffle(order)
    moved = [[order.index(number) for number in link] for link in links]
    random.shuffle(moved)
    assert merge([found[i] for i in order], moved) == merge(found, links)


@given(linked())
def test_merging_loses_no_mention_and_no_id(case):
    found, links = case
    merged = merge(found, links)
    assert mentions_of(merged) == mentions_of(found)
    assert {e.id for e in found if e.id} == {e.id for e in merged if e.id}


@given(st.lists(entities, max_size=8, unique=True))
def test_without_links_nothing_changes(found):
    assert set(EntityMerger(found).merged()) == set(found)


@given(linked())
def test_linked_entities_without_ids_are_one(case):
    found, links = case
    merger = EntityMerger([Entity(e.mentions, e.type) for e in found])
    for numbers in links:
        assert merger.link_all(numbers)
        assert len({merger.find(number) for number in numbers}) == 1


def test_different_ids_stay_apart_and_what_has_none_joins_the_first():
    merger = EntityMerger([one(4, 5, id="Q2"), one(0, 1, id="Q1"), one(8, 9)])
    assert not merger.link_all([0, 1, 2])
    assert merger.merged() == [
        Entity.of([(0, 1), (8, 9)], id="Q1"),
        Entity.of([(4, 5)], id="Q2"),
    ]


def test_an_id_holds_for_everything_merged_with_it():
    merger = EntityMerger([one(0, 1, id="Q1"), one(2, 3), one(4, 5, id="Q2")])
    assert merger.link(0, 1)
    assert not merger.link(1, 2)


def test_the_type_is_that_of_most_mentions_and_the_earliest_of_several():
    most = EntityMerger([one(0, 1, "ORG"), Entity.of([(2, 3), (4, 5)], "PER"), one(6, 7)])
    most.link_all([0, 1, 2])
    assert most.merged()[0].type == "PER"
    tie = EntityMerger([one(2, 3, "ORG"), one(0, 1, "PER")])
    tie.link_all([0, 1])
    assert tie.merged()[0].type == "PER"


def test_references_without_an_entity_disappear():
    merger = EntityMerger([one(0, 1, "PER")])
    he = merger.add(one(2, 3), reference=True)
    her, hers = (merger.add(one(n, n + 1), reference=True) for n in (4, 6))
    merger.link(0, he)
    merger.link(her, hers)
    assert merger.merged() == [Entity.of([(0, 1), (2, 3)], "PER")]


def test_stated_entities_are_not_merged_and_decide_the_type():
    merger = EntityMerger([Entity.of([(0, 1), (2, 3)], "ORG")])
    first, second = (merger.add(one(0, 1, type), stated=True) for type in ("PER", "LOC"))
    assert merger.link(0, first)
    assert not merger.link(0, second)
    assert [entity.type for entity in merger.merged()] == ["LOC", "PER"]


def test_thousands_of_entities_merge_at_once():
    merger = EntityMerger([one(n, n + 1) for n in range(20_000)])
    merger.link_all(range(20_000))
    assert len(merger.merged()) == 1
