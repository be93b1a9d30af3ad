import random

import pytest
from fictional.references import Discourse
from fictional.world import Thing

ADA = Thing(0, "person", "Ada Dunley", "Dunley", noun="pilot", pronoun="she")
EDITH = Thing(1, "person", "Edith Tarrick", "Tarrick", noun="clerk", pronoun="she")
OTTO = Thing(2, "person", "Otto Halgate", "Halgate", noun="clerk", pronoun="he")
WORKS = Thing(3, "company", "Velora General Works", "Velora", "VGW", noun="factory")
TOWN = Thing(4, "town", "Kelmouth", noun="town")
BASIN = Thing(5, "region", "Osta Basin", noun="region", article=True)
THINGS = [ADA, EDITH, OTTO, WORKS, TOWN, BASIN]


def ways(sentences, thing, case, *, pronouns=True):
    """All texts that ever refer to a thing after these sentences."""
    texts = set()
    for seed in range(60):
        discourse = Discourse(THINGS, random.Random(seed), pronouns)
        for sentence in sentences:
            for mentioned in sentence:
                discourse.refer(mentioned, "named", plainly=True)
            discourse.end_sentence()
        texts.add("".join(part.text for part in discourse.refer(thing, case, plainly=True)))
    return texts


def test_a_first_mention_is_a_full_name():
    assert ways([], ADA, "subj") == {"Ada Dunley"}
    assert ways([], BASIN, "subj") == {"the Osta Basin"}
    assert ways([], TOWN, "at") == {"in Kelmouth"}


def test_an_acronym_is_introduced_before_it_is_used():
    assert ways([], WORKS, "named") == {"Velora General Works (VGW)"}
    assert ways([], WORKS, "poss") == {"Velora General Works's"}
    assert "VGW" in ways([[WORKS]], WORKS, "subj")


@pytest.mark.parametrize("case,pronoun", [("subj", "she"), ("obj", "her"), ("poss", "her")])
def test_the_only_woman_of_the_last_sentence_becomes_a_pronoun(case, pronoun):
    assert pronoun in ways([[ADA, OTTO]], ADA, case)


def test_a_pronoun_that_could_be_somebody_else_is_not_used():
    assert "she" not in ways([[ADA, EDITH]], ADA, "subj")
    assert "she" not in ways([[ADA], [OTTO]], ADA, "subj")


def test_without_pronouns_there_are_names_only():
    assert ways([[ADA]], ADA, "named") == {"Ada Dunley", "Dunley"}
    for case in ("subj", "obj", "poss"):
        assert {"she", "her"}.isdisjoint(ways([[ADA]], ADA, case, pronouns=False))


def test_a_description_must_be_the_only_one_of_its_kind():
    assert {"the factory", "the company"} < ways([[WORKS], [ADA]], WORKS, "subj")
    assert not {"the clerk"} & ways([[EDITH], [ADA]], EDITH, "subj")


def test_there_is_the_only_place_of_the_last_sentence():
    assert "there" in ways([[ADA, TOWN]], TOWN, "at")
    assert "there" not in ways([[TOWN, BASIN]], TOWN, "at")


def test_a_thing_that_a_sentence_has_named_is_not_named_twice():
    for seed in range(20):
        discourse = Discourse(THINGS, random.Random(seed), pronouns=False)
        discourse.refer(ADA, "subj")
        discourse.refer(OTTO, "obj")
        assert discourse.refer(ADA, "poss")[0].text == "her"
        discourse.refer(EDITH, "obj")
        assert "".join(part.text for part in discourse.refer(ADA, "subj")) == "Dunley"


def test_it_is_never_the_second_of_two_companies():
    other = Thing(6, "company", "Osalis Press", "Osalis", noun="publisher")
    for sentence in ([WORKS, other], [other, WORKS]):
        assert "it" not in ways([sentence], WORKS, "subj")
    assert "it" in ways([[WORKS, TOWN]], WORKS, "subj")
