"""Entities of different documents are one where the rule says so, and triples know all places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.graph.graph import Graph

from .making import ann, entity, hostile_records, record, relation


def graph_of(*records, **settings):
    graph = Graph(**settings)
    for each in records:
        graph.add(each)
    return graph


def pair(id, *entities):
    return record(id, list(entities), [relation("knows", 0, 1)])


def test_entities_with_the_same_id_are_one_whatever_they_are_called():
    graph = graph_of(
        pair("a", entity(0, "Ann", kb_id="Q1"), entity(1, "Bo", kb_id="Q2")),
        pair("b", entity(0, "Dr. Ann", kb_id="Q1"), entity(1, "Bob", kb_id="Q3")),
        merge="id",
    )
    assert [(each.kb_id, dict(each.names)) for each in graph.merged()] == [
        ("Q1", {"Ann": 1, "Dr. Ann": 1})
    ]
    assert [each.kb_id for each in graph.entities] == ["Q1", "Q2", "Q3"]


def test_entities_without_id_are_one_if_name_and_type_are_the_same():
    graph = graph_of(
        pair("a", entity(0, "Ann  BERG"), entity(1, "Jordan", "LOC")),
        pair("b", entity(0, "\uff21nn\nBerg"), entity(1, "Jordan", "PER")),
    )
    assert len(graph.entities) == 3
    (ann,) = graph.merged()
    assert (ann.name, ann.count) == ("Ann  BERG", 2)


def test_an_entity_with_an_id_is_not_one_that_is_called_the_same():
    graph = graph_of(
        pair("a", entity(0, "Georgia", kb_id="Q230"), entity(1, "Bo")),
        pair("b", entity(0, "Georgia", kb_id="Q1428"), entity(1, "Bo")),
        pair("c", entity(0, "Georgia"), entity(1, "Bo")),
    )
    assert len(graph.entities) == 4
    assert [each.name for each in graph.merged()] == ["Bo"]


def test_by_id_alone_names_merge_nothing_and_by_none_ids_do_not_either():
    assert len(graph_of(ann("a"), ann("b"), merge="id").entities) == 3
    graph = graph_of(ann("a"), ann("a"), merge="none")
    assert len(graph.entities) == 4 and len(graph.triples) == 2
    assert list(graph.merged()) == []


def test_a_triple_knows_its_count_its_best_score_and_all_places():
    graph = graph_of(ann("a", score=0.5), ann("b", score=0.9), ann("c", score=None))
    (triple,) = graph.triples
    assert (triple.count, triple.documents, triple.score) == (3, 3, 0.9)
    assert [place.document for place in triple.places] == ["a", "b", "c"]
    (evidence,) = triple.places[1].evidence
    assert evidence == (0, 0, 26, "Ann Berg was born in Bonn.")
    assert graph.names == {"P19": "place of birth"}


def test_entities_of_one_document_that_are_one_count_once_as_document():
    entities = [entity(0, "Ann"), entity(1, "Bo"), entity(2, "ann")]
    graph = graph_of(record("a", entities, [relation("knows", 0, 1), relation("knows", 2, 1)]))
    (triple,) = graph.triples
    assert (triple.count, triple.documents) == (2, 1)


def test_memory_can_be_bounded_without_changing_counts():
    graph = graph_of(*(ann(str(number)) for number in range(50)), max_places=3)
    (triple,) = graph.triples
    assert (triple.count, triple.documents, len(triple.places)) == (50, 50, 3)


def test_the_roles_of_a_relation_tell_it_apart():
    entities = [entity(i, name) for i, name in enumerate("abc")]
    moved = relation("moved", 0, 1, 2, roles=("who", "from", "to"))
    other = relation("moved", 0, 1, 2, roles=("who", "to", "from"))
    graph = graph_of(record("a", entities, [moved, other, moved]))
    assert [triple.count for triple in graph.triples] == [2, 1]


@given(st.lists(hostile_records(), max_size=4), st.sampled_from(["id+name", "id", "none"]))
def test_no_relation_is_lost_and_the_order_of_documents_changes_nothing(records, merge):
    graph, reverse = graph_of(*records, merge=merge), graph_of(*records[::-1], merge=merge)
    total = sum(len(each["relations"]) for each in records)
    assert sum(triple.count for triple in graph.triples) == total
    assert sum(len(triple.places) for triple in graph.triples) == total
    assert sorted(triple.count for triple in graph.triples) == sorted(
        triple.count for triple in reverse.triples
    )
    assert len(graph.entities) == len(reverse.entities)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match=r"DRE750.*id\+name"):
        Graph("names")


@pytest.mark.parametrize(
    "change",
    [
        {"relations": [{"label": "x"}]},
        {"relations": [relation("x", 0, 7)]},
        {"relations": [relation("x", 0, 1, roles=["only"])]},
        {"relations": [relation("x", 0, 1, score=float("nan"))]},
        {"entities": [{"id": 0}]},
        {"id": None},
    ],
)
def test_a_broken_record_is_refused_whole(change):
    graph = graph_of(ann("a"))
    with pytest.raises(ValueError, match="DRE740"):
        graph.add({**ann("b"), **change})
    (triple,) = graph.triples
    assert (graph.count, triple.count, len(graph.entities)) == (1, 1, 2)
    assert all(each.count == 1 for each in graph.entities)
