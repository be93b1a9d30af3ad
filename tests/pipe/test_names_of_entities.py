"""What an entity is called: `entity.text` and `entity.span`."""

import pytest
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity
from spacy_docre.data.relations import get_relations
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

from .making import BLANK


def called(mentions, pos=None):
    """What an entity with these mentions is called."""
    words, places, tags = [], [], []
    for number, mention in enumerate(mentions):
        start = len(words)
        words += mention.split()
        places.append((start, len(words)))
        words.append(".")
        if pos is not None:
            tags += [*pos[number].split(), "PUNCT"]
    doc = Doc(BLANK.vocab, words=[*words, "Bonn"], pos=[*tags, "PROPN"] if pos else None)
    bonn = Entity.of([(len(words), len(words) + 1)])
    store_relations(doc, [Entity.of(places), bonn], [Triple((0, 1), "lies_in")])
    (relation,) = get_relations(doc)
    assert relation.head.text == relation.head.span.text
    assert relation.head.span in relation.head.mentions
    return relation.head.text


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Berg Mills", ["Her company", "the old company by the river", "it"]),
        ("Ann", ["She", "herself", "the woman", "Her mother", "whose"]),
        ("Acme", ["The company", "Its mill in Bonn", "this supplier of Globex"]),
        ("Karl", ["his father Karl", "The mayor of Bonn"]),
        ("Bank of America", ["the largest bank in the whole country"]),
        ("The Beatles", ["Beatles", "their wonderful band"]),
        ("Vincent van Gogh", ["the famous Dutch painter", "van Gogh"]),
        ("US", ["it", "us"]),
        ("东京", ["it"]),
        ("eBay", ["the auction house"]),
    ],
)
def test_names_come_before_noun_phrases_and_pronouns(name, others):
    assert called([name, *others]) == name
    assert called([*others, name]) == name


@pytest.mark.parametrize(
    ("best", "mentions"),
    [
        ("the company", ["it", "the company", "itself"]),
        ("tumor necrosis factor", ["tumor necrosis factor", "the protein", "it"]),
        ("themselves", ["they", "themselves"]),
        ("Berg Mills", ["Berg Mills", "Mills", "Mill Berge"]),
    ],
)
def test_of_the_same_kind_the_longest_counts_and_then_the_earliest(best, mentions):
    assert called(mentions) == best


def test_part_of_speech_tags_tell_names_where_capitals_do_not():
    assert called(["Berg", "das Unternehmen"], ["PROPN", "DET NOUN"]) == "Berg"
    assert called(["Unternehmen Nummer Eins", "Berg"], ["NOUN NOUN NUM", "PROPN"]) == "Berg"
    assert called(["Berg", "Jener dort"], ["PROPN", "PRON ADV"]) == "Berg"
    assert called(["iets", "die man"], ["PRON", "PRON PRON"]) == "die man"
    assert called(["他", "东京"], ["PRON", "PROPN"]) == "东京"
