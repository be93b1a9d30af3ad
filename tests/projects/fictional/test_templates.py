import pytest
from fictional.facts import load_schema
from fictional.templates import (
    Reference,
    Statement,
    Word,
    load_groups,
    parse_group,
    parse_template,
)


def test_a_template_is_text_and_slots():
    assert parse_template("{a:poss} {b/son/daughter}, {b}, is {b.a_noun}.").pieces == (
        Reference("a", "poss"),
        " ",
        Word("b", "", "son", "daughter"),
        ", ",
        Reference("b", "subj"),
        ", is ",
        Word("b", "a_noun", "", ""),
        ".",
    )


@pytest.mark.parametrize("text", ["{a:dative}", "{a.verb}", "{a", "a}", "{long}", "{}", "{a/x}"])
def test_malformed_slots_are_refused(text):
    with pytest.raises(ValueError, match=r"sentence template .* cannot be used"):
        parse_template(text)


@pytest.mark.parametrize(
    "entry",
    [
        {"slots": {"a": "planet"}, "templates": ["{a} spins."]},
        {"slots": {"a": "person"}, "templates": ["{b} spins."]},
        {"slots": {"a": "person"}, "templates": ["{b.noun}."]},
        {"slots": {"a": "town", "b": "town"}, "states": ["spouse a b"], "templates": []},
        {"slots": {"a": "person"}, "states": ["spouse a b"], "templates": []},
    ],
)
def test_groups_that_do_not_fit_are_refused(entry):
    with pytest.raises(ValueError, match=r"sentence template .* cannot be used"):
        parse_group(entry)


def test_a_group_says_what_it_states():
    entry = {
        "slots": {"a": "person", "b": "person"},
        "states": ["spouse a b"],
        "templates": ["{a} married {b:obj}."],
    }
    assert parse_group(entry).states == (Statement("spouse", "a", "b"),)


def test_every_relation_that_nothing_implies_can_be_said_in_five_ways():
    ways = {}
    for group in load_groups():
        for state in group.states:
            ways[state.label] = ways.get(state.label, 0) + len(group.templates)
    implied = {"child_of", "owner_of", "region"}
    assert set(ways) == set(load_schema().labels) - implied
    assert min(ways.values()) >= 5


def test_there_are_templates_that_state_nothing():
    assert sum(len(group.templates) for group in load_groups() if not group.states) >= 50


def test_no_template_occurs_twice_in_a_group():
    for group in load_groups():
        texts = [template.text for template in group.templates]
        assert len(set(texts)) == len(texts)
