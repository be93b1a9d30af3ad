from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.entities import Entity
from spacy_docre.sources.kb_id import make_kb_id

from .making import make_doc, mentions_of, one
from .strategies import LENGTH, entities

merge = make_kb_id()


def test_entities_with_the_same_id_are_one_with_the_type_of_most():
    doc = make_doc("Paris and Paris and Paris and Paris")
    found = [one(0, 1, "PER", "Q90"), one(2, 3, "LOC", "Q90"), one(4, 5, "LOC", "Q90"), one(6, 7)]
    assert merge(doc, found) == [Entity.of([(0, 1), (2, 3), (4, 5)], "LOC", "Q90"), one(6, 7)]


def test_entities_without_an_id_stay_as_they_are():
    doc = make_doc("Paris and Paris")
    assert merge(doc, [one(0, 1), one(2, 3)]) == [one(0, 1), one(2, 3)]


@given(st.lists(entities, max_size=8), st.randoms())
def test_afterwards_each_id_occurs_once_and_nothing_is_lost(found, random):
    doc = make_doc("x " * LENGTH)
    merged = merge(doc, found)
    ids = [entity.id for entity in merged if entity.id]
    assert len(ids) == len(set(ids))
    assert mentions_of(merged) == mentions_of(found)
    assert merge(doc, merged) == merged
    assert merge(doc, random.sample(found, len(found))) == merged
