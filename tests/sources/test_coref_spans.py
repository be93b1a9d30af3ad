import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.entities import Entity
from spacy_docre.sources.coref_spans import make_coref_spans

from .making import make_doc, mentions_of, one, put_clusters, span, texts
from .strategies import LENGTH, clusters, singletons

read = make_coref_spans()


def test_entities_in_a_cluster_merge_and_its_pronouns_join():
    doc = make_doc("Marie Curie won . Curie wept , and she left")
    put_clusters(doc, [[doc[0:2], doc[4:5], doc[8:9]]])
    merged = read(doc, [one(0, 2, "PER"), one(4, 5, "PER")])
    assert texts(doc, merged) == [["Marie Curie", "Curie", "she"]]
    assert merged[0].type == "PER"


def test_clusters_of_mere_pronouns_are_no_entities():
    doc = make_doc("It rained and it poured on Paris")
    put_clusters(doc, [[doc[0:1], doc[3:4]]])
    assert read(doc, [one(6, 7, "LOC")]) == [one(6, 7, "LOC")]


def test_clusters_that_share_a_pronoun_are_one():
    doc = make_doc("Ann said she knew that Annie was herself")
    put_clusters(doc, [[doc[0:1], doc[2:3]], [doc[2:3], doc[5:6]]])
    assert texts(doc, read(doc, [one(0, 1), one(5, 6)])) == [["Ann", "she", "Annie"]]


def test_only_numbered_groups_with_the_prefix_are_clusters():
    doc = make_doc("Ann met Bea")
    for key in (
        "coref_clusters",
        "coref_clusters_x",
        "my_coref_clusters_0",
        "coref_clusters_1_old",
    ):
        doc.spans[key] = [doc[0:1], doc[2:3]]
    found = [one(0, 1), one(2, 3)]
    assert read(doc, found) == found
    doc.spans["gold_12"] = [doc[0:1], doc[2:3]]
    assert len(make_coref_spans(prefix="gold")(doc, found)) == 1


@pytest.mark.parametrize("text", ["", "nobody is named here"])
def test_documents_without_entities_or_clusters_have_none(text):
    assert read(make_doc(text), []) == []


def test_without_a_parse_determiners_possessives_and_punctuation_do_not_matter():
    doc = make_doc('" The Acme company \'s " shares fell , so it sued')
    put_clusters(doc, [[doc[0:6], doc[10:11]]])
    assert texts(doc, read(doc, [one(2, 4, "ORG")])) == [["Acme company", "it"]]


def test_without_a_parse_a_longer_phrase_is_another_mention():
    doc = make_doc("Barack Obama and the wife of Barack Obama")
    put_clusters(doc, [[doc[0:2], doc[3:8]]])
    merged = read(doc, [one(0, 2, "PER"), one(6, 8, "PER")])
    assert texts(doc, merged) == [["Barack Obama", "the wife of Barack Obama"], ["Barack Obama"]]


def parsed():
    doc = make_doc(
        "Michelle Obama , the wife of Barack Obama , spoke to tall Ann and Bea",
        heads=[1, 9, 1, 4, 1, 4, 7, 5, 1, 9, 9, 12, 10, 12, 12],
        deps=["dep"] * 14 + ["conj"],
    )
    people = [one(0, 2, "PER"), one(6, 8, "PER"), one(12, 13, "PER"), one(14, 15, "PER")]
    return doc, people


def test_with_a_parse_a_phrase_stands_for_the_name_that_heads_it():
    doc, people = parsed()
    put_clusters(doc, [[doc[0:9], doc[11:13]]])  # "Michelle Obama, the wife of …" and "tall Ann"
    merged = read(doc, people)
    assert texts(doc, merged) == [["Michelle Obama", "Ann"], ["Barack Obama"], ["Bea"]]


def test_with_a_parse_a_phrase_does_not_stand_for_a_name_inside_it():
    doc, people = parsed()
    put_clusters(doc, [[doc[3:8], doc[0:2]]])
    assert texts(doc, read(doc, people))[:2] == [
        ["Michelle Obama", "the wife of Barack Obama"],
        ["Barack Obama"],
    ]


def test_a_coordination_does_not_stand_for_its_first_part():
    doc, people = parsed()
    put_clusters(doc, [[doc[11:15], doc[0:2]]])  # "tall Ann and Bea"
    assert texts(doc, read(doc, people))[0] == ["Michelle Obama", "tall Ann and Bea"]
    assert ["Ann"] in texts(doc, read(doc, people))


def test_types_are_decided_by_most_mentions():
    doc = make_doc("Apple or apple or Apple")
    put_clusters(doc, [[doc[0:1], doc[2:3], doc[4:5]]])
    found = [one(0, 1, "FRUIT"), one(2, 3, "ORG"), one(4, 5, "ORG")]
    assert read(doc, found) == [Entity.of([(0, 1), (2, 3), (4, 5)], "ORG")]


def test_entities_with_different_ids_stay_apart_with_one_warning():
    doc = make_doc("Paris and Paris and it and Rome and Rome")
    put_clusters(doc, [[doc[0:1], doc[2:3], doc[4:5]], [doc[6:7], doc[8:9]]])
    found = [one(n, n + 1, "LOC", f"Q{n}") for n in (0, 2, 6, 8)]
    with pytest.warns(UserWarning, match=r"DRW101.*Paris.*2 coreference clusters") as caught:
        merged = read(doc, found)
    assert len(caught) == 1
    assert texts(doc, merged) == [["Paris", "it"], ["Paris"], ["Rome"], ["Rome"]]


# Annotated clusters


def test_labelled_clusters_are_entities_by_themselves():
    doc = make_doc("Ada Lovelace and she and London")
    cluster = [span(doc, 0, 2, "PER", "Q7259"), span(doc, 3, 4, "PER", "Q7259")]
    put_clusters(doc, [cluster, [span(doc, 5, 6, "LOC")]])
    assert read(doc, []) == [Entity.of([(0, 2), (3, 4)], "PER", "Q7259"), one(5, 6, "LOC")]


def test_the_attributes_of_a_group_state_an_entity():
    doc = make_doc("Ada Lovelace and she")
    put_clusters(doc, [[doc[0:2], doc[3:4]]])
    doc.spans["coref_clusters_0"].attrs = {"type": "PER", "id": "Q7259"}
    assert read(doc, []) == [Entity.of([(0, 2), (3, 4)], "PER", "Q7259")]


def test_attributes_that_are_no_strings_are_refused():
    doc = make_doc("Ada Lovelace and she")
    put_clusters(doc, [[doc[0:2]]])
    doc.spans["coref_clusters_0"].attrs = {"id": 7259}
    with pytest.raises(ValueError, match=r"DRE107.*Ada.*'id'.*coref_clusters_0.*7259"):
        read(doc, [])


def test_found_entities_join_the_annotated_one_and_take_its_type():
    doc = make_doc("Ada Lovelace and she")
    put_clusters(doc, [[span(doc, 0, 2, "PER"), span(doc, 3, 4, "PER")]])
    assert read(doc, [one(0, 2, "ORG", "Q7259")]) == [Entity.of([(0, 2), (3, 4)], "PER", "Q7259")]


def test_annotated_entities_stay_apart_though_they_share_a_mention():
    doc = make_doc("the method and both and the model")
    stated = [Entity.of([(0, 2), (3, 4)], "METHOD"), Entity.of([(3, 4), (5, 7)], "METHOD")]
    put_clusters(doc, [[span(doc, *m, "METHOD") for m in entity.mentions] for entity in stated])
    assert read(doc, []) == stated
    assert read(doc, [one(3, 4, "METHOD"), one(5, 7, "METHOD")]) == stated
    assert read(doc, read(doc, [])) == stated


def test_annotated_mentions_do_not_match_by_their_head():
    doc, _ = parsed()
    put_clusters(doc, [[span(doc, 11, 13, "PER")], [span(doc, 12, 13, "PER")]])
    assert read(doc, []) == [one(11, 13, "PER"), one(12, 13, "PER")]


def test_equal_annotated_entities_are_one():
    doc = make_doc("Ada and Ada")
    put_clusters(doc, [[span(doc, 0, 1, "PER"), span(doc, 0, 1, "PER")], [span(doc, 0, 1, "PER")]])
    assert read(doc, []) == [one(0, 1, "PER")]


def test_an_annotated_cluster_with_two_ids_is_two_entities():
    doc = make_doc("Ada and Eve and she")
    cluster = [span(doc, 4, 5, "PER"), span(doc, 2, 3, "PER", "Q2"), span(doc, 0, 1, "PER", "Q1")]
    put_clusters(doc, [cluster])
    with pytest.warns(UserWarning, match=r"DRW101.*1 coreference clusters"):
        merged = read(doc, [])
    assert merged == [Entity.of([(0, 1), (4, 5)], "PER", "Q1"), one(2, 3, "PER", "Q2")]


def test_a_cluster_beyond_the_text_is_refused():
    doc = make_doc("Ada Lovelace wrote code")
    longer = make_doc("Ada Lovelace wrote code for it")
    put_clusters(longer, [[longer[5:6]]])
    doc.spans.from_bytes(longer.spans.to_bytes())
    with pytest.raises(ValueError, match=r"DRE103.*coref_clusters_0"):
        read(doc, [])


def test_clusters_survive_serialization():
    doc = make_doc("Ada Lovelace and she")
    put_clusters(doc, [[doc[0:2], doc[3:4]]])
    doc.spans["coref_clusters_0"].attrs = {"type": "PER", "id": "Q7259"}
    copy = make_doc("").from_bytes(doc.to_bytes())
    assert read(copy, []) == read(doc, [])


# Whatever the clusters


def quietly(doc, found):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(doc, found)


@given(singletons, clusters, st.randoms())
def test_order_does_not_matter_and_nothing_is_lost(found, groups, random):
    doc = make_doc("x " * LENGTH)
    put_clusters(doc, [[doc[slice(*mention)] for mention in group] for group in groups])
    merged = quietly(doc, found)

    shuffled = make_doc("x " * LENGTH)
    random.shuffle(groups)
    put_clusters(shuffled, [[shuffled[slice(*mention)] for mention in group] for group in groups])
    assert quietly(shuffled, random.sample(found, len(found))) == merged

    assert quietly(doc, merged) == merged
    assert mentions_of(found) <= mentions_of(merged)
    mentions = [mention for entity in merged for mention in entity.mentions]
    assert len(mentions) == len(set(mentions))


@given(st.lists(st.tuples(singletons, st.sampled_from(["", "Q1", "Q2"])), max_size=4), singletons)
def test_annotated_clusters_come_back_as_they_are(groups, found):
    doc = make_doc("x " * LENGTH)
    stated = {
        Entity.of([e.mentions[0] for e in members], "T", id) for members, id in groups if members
    }
    put_clusters(doc, [[span(doc, *m, "T", e.id) for m in e.mentions] for e in stated])
    assert set(quietly(doc, [])) == stated
    assert set(quietly(doc, quietly(doc, []))) == stated
    assert mentions_of(found) <= mentions_of(quietly(doc, found))


def test_hundreds_of_entities_in_long_clusters_are_no_problem():
    doc = make_doc("x " * 4000)
    found = [one(n, n + 1, "T") for n in range(0, 4000, 2)]
    put_clusters(doc, [[doc[n : n + 1] for n in range(s * 20, s * 20 + 20)] for s in range(200)])
    merged = read(doc, found)
    assert len(merged) == 200
    assert {len(entity.mentions) for entity in merged} == {20}
