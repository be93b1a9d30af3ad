"""Names that look alike and are not of the same thing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.entities import Entity
from spacy_docre.sources.alias import VALUE_TYPES, make_alias
from spacy_docre.sources.names import name_words
from spacy_docre.sources.people import may_be_one_person, person_name

from .making import make_doc, one, texts
from .test_alias import merge


@pytest.mark.parametrize(
    "names",
    [
        ["George W. Bush", "George H. W. Bush"],
        ["Bush", "George Bush", "George W. Bush", "George H. W. Bush"],
        ["George Walker Bush", "George Herbert Walker Bush"],
        ["G. W. Bush", "G. H. W. Bush", "G. Bush"],
        ["Martin Luther King Jr.", "Martin Luther King, Sr.", "King"],
        ["Elizabeth I", "Elizabeth II", "Queen Elizabeth"],
        ["John Smith II", "John Smith III"],
        ["Bush Jr.", "Bush Sr.", "Bush"],
        ["J. Smith", "John Smith", "Jane Smith"],
        ["Martin Luther", "Martin Luther King"],
        ["Mr. Curie", "Mrs. Curie", "Curie"],
        ["Mr. Bush", "Mrs. Bush", "George Bush"],
        ["Al Gore", "Tipper Gore"],
        ["George Bush", "Gerald W. Bush", "G. W. Bush"],
    ],
)
def test_people_whose_names_differ_stay_apart(names):
    assert merge(names, "PER") == [[name] for name in names]


@pytest.mark.parametrize(
    "names",
    [
        ["George W. Bush", "G. W. Bush", "G.W. Bush", "GW Bush", "Bush", "George"],
        ["George Walker Bush", "George W. Bush", "George Bush", "G. Bush"],
        ["Martin Luther King Jr.", "Martin Luther King", "King"],
        ["George Bush Jr.", "Bush Jr."],
        ["Henry VIII", "King Henry"],
        ["Vincent Willem van Gogh", "Vincent van Gogh", "van Gogh", "Gogh"],
        ["Gabriel García Márquez", "García Márquez"],
        ["Eugene O'Neill", "O’Neill"],  # noqa: RUF001
        ["Jean-Paul Sartre", "J.-P. Sartre", "Sartre"],
        ["John Smith, Ph.D.", "Dr. John Smith", "Mr. Smith"],
        ["AL GORE", "Gore"],
    ],
)
def test_parts_and_initials_that_agree_join(names):
    assert merge(names, "PER") == [names]


def test_clusters_that_share_a_part_of_two_names_stay_apart():
    doc = make_doc("George W. Bush , Bush , George H. W. Bush , Bush , Bush")
    found = [
        Entity.of([(0, 3), (4, 5)], "PER"),
        Entity.of([(6, 10), (11, 12)], "PER"),
        one(13, 14, "PER"),
    ]
    assert make_alias(only_if_unclustered=False)(doc, found) == found


def test_companies_of_different_legal_forms_stay_apart():
    for names in (["Smith & Co", "Smith Ltd", "Smith"], ["Acme Inc.", "Acme GmbH", "Acme"]):
        assert merge(names) == [[name] for name in names]
    assert merge(["Acme Corp.", "Acme", "Acme Corporation"]) == [
        ["Acme Corp.", "Acme", "Acme Corporation"]
    ]
    assert len(merge(["IBM Corp.", "International Business Machines Inc."])) == 2


def test_an_acronym_of_two_letters_leaves_out_no_word():
    assert len(merge(["Bank of America", "BA"])) == 2
    assert merge(["British Airways", "Bank of America", "BA"])[0] == ["British Airways", "BA"]
    assert len(merge(["United Nations", "UN"])) == 1


@pytest.mark.parametrize("type", VALUE_TYPES)
def test_equal_values_are_not_one_entity_unless_told_so(type):
    assert len(merge(["5", "5"], type)) == 2
    assert len(merge(["5", "5"], type, value_types=[])) == 1
    assert len(merge(["5", "5"], type, types=[type])) == 1


def test_the_same_date_is_one_entity():
    assert len(merge(["1 May 1990", "1 May 1990"], "DATE")) == 1


PARTS = {
    "title": ["", "Mr.", "Mrs.", "Dr."],
    "given": ["", "George", "G.", "Gerald"],
    "middle": ["", "W.", "Walker", "H. W.", "H."],
    "last": ["Bush", "van Bush", "Walker Bush"],
    "generation": ["", "Jr.", "Sr.", "II"],
}
PEOPLE = st.tuples(*map(st.sampled_from, PARTS.values())).map(
    lambda parts: " ".join(filter(None, parts))
)


@given(st.lists(PEOPLE, min_size=2, max_size=7))
def test_no_chain_of_names_makes_one_of_two_people(names):
    doc = make_doc(" , ".join(names))
    found, start = [], 0
    for name in names:
        end = start + len(name.split())
        found.append(one(start, end, "PER"))
        start = end + 1
    for entity in make_alias(only_if_unclustered=False)(doc, found):
        read = [person_name(name_words(doc, mention)) for mention in entity.mentions]
        assert all(may_be_one_person(*pair) for pair in itertools.combinations(read, 2)), texts(
            doc, [entity]
        )
