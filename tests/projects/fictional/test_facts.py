from fictional.facts import Fact, close, load_schema
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.schema import Schema

SCHEMA = load_schema()
FACTS = st.dictionaries(
    st.builds(Fact, st.sampled_from(SCHEMA.labels), st.integers(0, 4), st.integers(5, 9)),
    st.tuples(st.integers(0, 9)),
    max_size=8,
)


def test_the_schema_survives_json():
    assert Schema.from_dict(SCHEMA.to_dict()) == SCHEMA


def test_a_seat_in_a_town_is_a_seat_in_its_region_and_country():
    stated = {
        Fact("located_in", 2, 3): (4,),
        Fact("headquarters", 0, 1): (0,),
        Fact("located_in", 1, 2): (2,),
    }
    assert close(stated, SCHEMA) == {
        **stated,
        Fact("located_in", 1, 3): (2, 4),
        Fact("region", 0, 2): (0, 2),
        Fact("region", 0, 3): (0, 2, 4),
    }


def test_marriage_is_mutual_and_parents_have_children():
    closed = close({Fact("spouse", 0, 1): (0,), Fact("parent_of", 0, 2): (1,)}, SCHEMA)
    assert closed[Fact("spouse", 1, 0)] == (0,)
    assert closed[Fact("child_of", 2, 0)] == (1,)
    assert Fact("parent_of", 1, 2) not in closed


@given(FACTS)
def test_closing_twice_adds_nothing(stated):
    closed = close(stated, SCHEMA)
    assert close(closed, SCHEMA) == closed
    assert all(closed[fact] == evidence for fact, evidence in stated.items())
