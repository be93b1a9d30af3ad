import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.entities import Entity
from spacy_docre.sources.alias import make_alias

from .making import make_doc, mentions_of, one, put_clusters, span, texts


def merge(names, type="ORG", ids=(), **settings):
    """Merge entities with these names, and show which names are one."""
    doc = make_doc(" , ".join(names))
    found, start = [], 0
    for position, name in enumerate(names):
        end = start + len(name.split())
        found.append(one(start, end, type, ids[position] if ids else ""))
        start = end + 1
    return texts(doc, make_alias(**settings)(doc, found))


@pytest.mark.parametrize(
    "names",
    [
        ["Acme", "Acme"],
        ["the United Nations", "United Nations"],
        ["Acme Inc.", "Acme", "Acme, Incorporated"],
        ["NASA", "Nasa"],
        ["U.S.", "US"],
        ["Coca-Cola", "Coca - Cola"],
        ["World Health Organization", "WHO"],
        ["United States of America", "U.S.A."],
        ["tumor necrosis factor", "TNF"],
        ["aspirin", "Aspirin"],
    ],
)
def test_names_of_the_same_thing_match(names):
    assert merge(names) == [names]


@pytest.mark.parametrize(
    "names",
    [
        ["Acme", "Emca"],
        ["Bank of America", "America"],
        ["C", "C++", "C#"],
        ["1.5", "15"],
        ["CD4", "CD4-", "CD4+"],
        ["Who", "World Health Organization"],
        ["it", "It"],
        ["the company", "the company"],
        ["World Health Organization", "Women Have Options", "WHO"],
    ],
)
def test_other_names_do_not(names):
    assert merge(names) == [[name] for name in names]


@pytest.mark.parametrize(
    "names",
    [
        ["Marie Curie", "Curie"],
        ["Marie Curie", "Marie"],
        ["Marie Skłodowska Curie", "Marie Curie", "Curie"],
        ["President Barack Obama", "Mr. Obama", "Obama"],
        ["Dr. House", "House"],
    ],
)
def test_parts_of_the_names_of_people_match(names):
    assert merge(names, "PER") == [names]


def test_a_part_of_two_names_is_left_alone():
    assert merge(["Marie Curie", "Pierre Curie", "Curie", "Pierre"], "PER") == [
        ["Marie Curie"],
        ["Pierre Curie", "Pierre"],
        ["Curie"],
    ]


def test_parts_of_other_names_do_not_match_unless_told_so():
    assert merge(["Rolling Stones", "Stones"], "BAND") == [["Rolling Stones"], ["Stones"]]
    assert len(merge(["Rolling Stones", "Stones"], "BAND", name_types=["BAND"])) == 1


def test_case_can_matter():
    assert len(merge(["Brca1", "BRCA1"], "GENE")) == 1
    assert len(merge(["Brca1", "BRCA1"], "GENE", ignore_case=False)) == 2


def test_entities_of_different_types_do_not_match():
    doc = make_doc("Paris met Paris")
    found = [one(0, 1, "LOC"), one(2, 3, "PER")]
    assert make_alias()(doc, found) == found


def test_only_the_chosen_types_are_merged():
    assert len(merge(["Acme", "Acme"], types=["PER"])) == 2
    assert len(merge(["Acme", "Acme"], types=["PER", "ORG"])) == 1


def test_documents_that_have_clusters_or_ids_are_left_alone():
    doc = make_doc("Ann and Ann and she and Bea")
    alias = make_alias()
    clustered = [one(0, 1), Entity.of([(2, 3), (4, 5)]), one(6, 7)]
    linked = [one(0, 1), one(2, 3), one(6, 7, id="Q1")]
    assert alias(doc, clustered) == clustered
    assert alias(doc, linked) == linked
    insisting = make_alias(only_if_unclustered=False)
    assert len(insisting(doc, clustered)) == len(insisting(doc, linked)) == 2


def test_documents_with_annotated_entities_are_left_alone():
    doc = make_doc("Ann and Ann")
    put_clusters(doc, [[span(doc, 0, 1, "PER")], [span(doc, 2, 3, "PER")]])
    found = [one(0, 1, "PER"), one(2, 3, "PER")]
    assert make_alias()(doc, found) == found
    assert len(make_alias(prefix="other")(doc, found)) == 1


def test_different_ids_stay_apart_and_nothing_is_guessed():
    names = ["Paris", "Paris", "Paris", "Paris"]
    merged = merge(names, ids=["Q90", "Q90", "Q167646", ""], only_if_unclustered=False)
    assert merged == [["Paris", "Paris"], ["Paris"], ["Paris"]]
    assert len(merge(names, ids=["Q90", "", "", ""], only_if_unclustered=False)) == 1


def test_pronouns_and_descriptions_in_clusters_do_not_match():
    doc = make_doc("Acme said it sold the company , and Globex said it kept the company")
    found = [
        Entity.of([(0, 1), (2, 3), (4, 6)], "ORG"),
        Entity.of([(8, 9), (10, 11), (12, 14)], "ORG"),
    ]
    assert make_alias(only_if_unclustered=False)(doc, found) == found


@pytest.mark.parametrize("text", ["", "nobody is named here"])
def test_documents_without_entities_have_none(text):
    assert make_alias()(make_doc(text), []) == []


WORDS = ["Ann", "ANN", "the", "Mr.", "Inc.", "Bea", "AB", "--", "of", "ann's"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
ALIAS = make_alias(only_if_unclustered=False)


@given(st.lists(st.tuples(NAMES, st.sampled_from(["", "Q1", "Q2"])), max_size=7), st.randoms())
def test_order_does_not_matter_and_nothing_is_lost(named, random):
    doc = make_doc(" ".join(name for name, _ in named))
    found, start = [], 0
    for name, id in named:
        end = start + len(name.split())
        found.append(one(start, end, "PER", id))
        start = end
    merged = ALIAS(doc, found)
    assert mentions_of(merged) == mentions_of(found)
    assert sum(len(entity.mentions) for entity in merged) == len(found)
    assert ALIAS(doc, random.sample(found, len(found))) == merged


@pytest.mark.parametrize("name", ["Ann Smith", "Ann{} Smith", "Ann{0} Smith{0}", "A{}n of Bonn"])
def test_thousands_of_mentions_are_merged_at_once(name):
    names = [name.format(n % 200) for n in range(1000)] + ["Smith", "AS"] * 500
    before = time.perf_counter()
    merge(names, "PER")
    assert time.perf_counter() - before < 2
